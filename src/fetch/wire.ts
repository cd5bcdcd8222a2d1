// The conversation of one fetch as lines for people (`poll --wire`), with what is secret masked and nothing that
// steers a terminal. Masked is by place (fields, configured headers, query values, user-info) and, whatever the
// place, by text: an origin may repeat what it was told. Nothing here is built unless somebody wants to read it.

import type { RequestHeaders } from './conditional.ts';
import { type Challenge, challengesOf, schemeName } from './credentials.ts';
import { type AnswerHeaders, firstLine, printableLine } from './headers.ts';
import type { Answer, ExchangeTimes, Failure, Unanswered } from './outcome.ts';
import { secretsOf, type WireSubject } from './wire-secrets.ts';

const mask = '***';
const longestLine = 500;
const mostHeaderLines = 200;

export class Wire {
  readonly #write: (line: string) => void;
  readonly #secrets: RegExp;
  readonly #configured: ReadonlySet<string>;

  constructor(write: (line: string) => void, subject: WireSubject) {
    this.#write = write;
    this.#secrets = secretsOf(subject);
    this.#configured = new Set(Object.keys(subject.headers).map((name) => name.toLowerCase()));
  }

  request(url: URL, headers: RequestHeaders): void {
    const target = maskedUrl(this.#hide(url.pathname + url.search));
    this.#line(`> GET ${target} HTTP/1.1`);
    this.#line(`> host: ${url.host}`);
    this.#headerLines('>', pairsOf(headers), (name, value) => {
      return this.#configured.has(name) ? mask : maskedValue(name, value);
    });
  }

  /** The connection and the head of an answer, if there is one. */
  answer(answer: Answer | Unanswered): void {
    const { times } = answer;
    if (times?.peer !== undefined) this.#line(`* ${connectionOf(times)}`);
    if (answer.status === undefined) return;
    this.#line(`< ${times?.protocol ?? 'HTTP/1.1'} ${answer.status}`);
    const { headers } = answer;
    this.#headerLines('<', linesIn(headers), maskedValue);
  }

  /** `decodedBytes` is known for a document alone. */
  body({ headers, wireBytes, times }: Answer, decodedBytes?: number): void {
    const coding = firstLine(headers, 'content-encoding');
    const decoded = coding === undefined || decodedBytes === undefined ? '' : ` -> ${decodedBytes} bytes`;
    const headersAfter = times?.headersMs === undefined ? '' : `, headers after ${times.headersMs} ms`;
    const doneAfter = times === undefined ? '' : `, done after ${times.totalMs} ms`;
    this.#line(
      `* body ${wireBytes} bytes${coding === undefined ? '' : ` ${coding}`}${decoded}${headersAfter}${doneAfter}`,
    );
  }

  following(status: number, url: URL): void {
    this.#line(`* following ${status} to ${maskedUrl(this.#hide(url.href))}`);
  }

  again(why: string): void {
    this.#line(`* asking again: ${why}`);
  }

  failed({ code, message }: Failure): void {
    this.#line(`* failed: ${code}: ${maskedText(this.#hide(message))}`);
  }

  #headerLines(
    mark: '>' | '<',
    headers: Iterable<readonly [string, string]>,
    shown: (name: string, value: string) => string,
  ): void {
    let count = 0;
    for (const [name, value] of headers) {
      count += 1;
      if (count <= mostHeaderLines)
        this.#line(`${mark} ${name}: ${shown(name.toLowerCase(), this.#hide(value))}`);
    }
    if (count > mostHeaderLines) this.#line(`* and ${count - mostHeaderLines} header lines more`);
  }

  /** Before places are masked, as that may cut a secret in two; and after, as it undoes quotes. */
  #hide(text: string): string {
    return text.replace(this.#secrets, mask);
  }

  #line(text: string): void {
    this.#write(printableLine(this.#hide(text), longestLine));
  }
}

function* pairsOf(headers: RequestHeaders): Generator<[string, string]> {
  for (let at = 0; at < headers.length; at += 2) yield [headers[at] ?? '', headers[at + 1] ?? ''];
}

function* linesIn(headers: AnswerHeaders): Generator<[string, string]> {
  for (const [name, value = ''] of Object.entries(headers)) {
    for (const line of typeof value === 'string' ? [value] : value) yield [name, line];
  }
}

function connectionOf({ peer, connectMs, tlsMs }: ExchangeTimes): string {
  if (connectMs === undefined) return `kept connection to ${peer}`;
  return `connected to ${peer} in ${connectMs} ms${tlsMs === undefined ? '' : `, TLS in ${tlsMs} ms`}`;
}

/** Fields that hold a secret by their name, those of custom schemes included. */
const secretNames = /authori[sz]ation|authentication-info|cookie|token|secret|session|password|api-?key/;

/** Fields whose whole value is a URL, however it is written. */
const urlNames: ReadonlySet<string> = new Set(['location', 'content-location', 'sourcemap']);

function maskedValue(name: string, value: string): string {
  if (secretNames.test(name)) return mask;
  if (name === 'www-authenticate' || name === 'proxy-authenticate') return maskedChallenges(value);
  return urlNames.has(name) ? maskedUrl(value) : maskedText(value);
}

// Digest's nonce and opaque are as good as a session; the realm tells people which password is meant.
function maskedChallenges(value: string): string {
  return challengesOf({ 'www-authenticate': value }).map(maskedChallenge).join(', ') || mask;
}

function maskedChallenge({ scheme, params }: Challenge): string {
  const shown = [...params].map(([name, value]) => {
    if (name === '') return mask;
    return `${name}=${name === 'realm' ? `"${maskedText(value)}"` : mask}`;
  });
  return [schemeName(scheme) ?? mask, shown.join(', ')].join(' ').trimEnd();
}

// Of the text, not of a parsed URL: what an origin sends need not be one. In a URL "\" counts as "/", and a query
// part without "=" is a value.
function maskedUrl(url: string): string {
  const [, beforeQuery = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? [];
  const values = query?.split('&').map((part) => part.replace(/^([^=]*=)?.+$/s, `$1${mask}`));
  return `${maskedUserInfo(beforeQuery)}${values ? `?${values.join('&')}` : ''}${fragment ? `#${mask}` : ''}`;
}

// `scheme:user:password@host` is a URL with user-info too. Each run of slashes is tried from its first alone: an origin
// that sends thousands of them must not cost seconds.
function maskedUserInfo(text: string): string {
  return text.replace(/(https?:[/\\]*|(?<![/\\])[/\\]{2,})[^\s/\\?#<>"]*@/gi, `$1${mask}@`);
}

/** What a text is taken apart into: what stands in angle brackets, and words. Read once, from left to right. */
const pieces = /(<)([^>]*)|[^\s<>"]+/g;

function maskedText(text: string): string {
  const masked = text.replace(pieces, (piece, bracket?: string, inside = '') => {
    if (bracket !== undefined) return bracket + maskedUrl(inside);
    return isUrlLike(piece) ? maskedUrl(piece) : piece;
  });
  return maskedUserInfo(masked);
}

/** With a scheme, or with a query. */
function isUrlLike(word: string): boolean {
  const query = word.indexOf('?');
  return (query >= 0 && word.includes('=', query)) || /https?:/i.test(word);
}
