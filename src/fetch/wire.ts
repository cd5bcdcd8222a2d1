// The conversation of one fetch as lines for people (`poll --wire`), with what is secret masked and nothing that
// steers a terminal. Masked is by place (fields, configured headers, query values, user-info) and, whatever the
// place, by text: an origin may repeat what it was told. Nothing here is built unless somebody wants to read it.

import { Buffer } from 'node:buffer';
import type { RequestHeaders } from './conditional.ts';
import {
  authorizationOf,
  type Challenge,
  type Credentials,
  challengesOf,
  schemeName,
} from './credentials.ts';
import { type AnswerHeaders, firstLine, printableLine } from './headers.ts';
import type { Answer, ExchangeTimes, Failure, Unanswered } from './outcome.ts';

const mask = '***';
const longestLine = 500;
const mostHeaderLines = 200;

/** Where the secrets of a fetch are known from. */
export interface WireSubject {
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials | undefined;
}

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

/** `scheme:user:password@host` is a URL with user-info too. */
function maskedUserInfo(text: string): string {
  return text.replace(/(https?:[/\\]*|[/\\]{2,})[^\s/\\?#<>"]*@/gi, `$1${mask}@`);
}

/** What in a text is, or may be, a URL: in angle brackets, with a scheme, or with a query. */
const urlsIn = /<[^>]*>|https?:[^\s<>"]+|[^\s<>"]*\?[^\s<>"]*=[^\s<>"]*/gi;

function maskedText(text: string): string {
  return maskedUserInfo(
    text.replace(urlsIn, (url) =>
      url.startsWith('<') ? `<${maskedUrl(url.slice(1, -1))}>` : maskedUrl(url),
    ),
  );
}

/** A shorter one is masked where it belongs and nowhere else: the holes would spell it. */
const shortestSecret = 4;
/** What is configured for other reasons too, and often a word. */
const shortestWord = 8;

/** The texts that must not be seen anywhere, in any case. */
function secretsOf({ urls, headers, credentials }: WireSubject): RegExp {
  const found = new Set<string>();
  const add = (text: string, shortest: number) => {
    // As it is, as it goes over the wire, and as it stands in a URL.
    const forms = [text, Buffer.from(text).toString('latin1'), encodeURIComponent(text.toWellFormed())];
    for (const form of text.length < shortest ? [] : forms) found.add(form);
  };
  if (credentials) {
    add(credentials.kind === 'basic' ? credentials.password : credentials.token, shortestSecret);
    // Without the padding too.
    add(authorizationOf(credentials).replace(/^\w+ |=+$/g, ''), shortestSecret);
  }
  for (const value of Object.values(headers)) {
    for (const word of [value, ...value.split(/\s+/)]) add(word, shortestWord);
  }
  for (const url of urls.filter((each) => URL.canParse(each))) {
    const { searchParams, username, password } = new URL(url);
    for (const value of [...searchParams.values(), username, password]) add(value, shortestWord);
  }
  // The longest first, as one may begin with another; without any, nothing matches.
  const longestFirst = [...found].sort((one, other) => other.length - one.length);
  return new RegExp(longestFirst.map(literally).join('|') || '(?!)', 'gi');
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
