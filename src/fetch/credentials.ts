// Who asks, and whom that is told. Credentials belong to the home origin: scheme, host and port of the configured
// URL. Basic waits to be asked for unless it is preemptive, and is then offered once; Bearer goes with every request.
// Which origin a request goes to, conditional.ts decides; nothing here ever prints a secret.
// RFC 9110 §11.6.1: https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1

import { Buffer } from 'node:buffer';
import type { AnswerHeaders } from './headers.ts';

/** As in feeds.yaml, with the secrets laid open; for the origin of the configured URL alone. */
export type Credentials =
  | {
      readonly kind: 'basic';
      readonly user: string;
      readonly password: string;
      readonly isPreemptive: boolean;
    }
  | { readonly kind: 'bearer'; readonly token: string };

/** One way of authentication that an origin offers. */
export interface Challenge {
  /** As it was written; compared without regard to case. */
  readonly scheme: string;
  /** Names in lower case, quotes undone; `''` holds a token68. */
  readonly params: ReadonlyMap<string, string>;
}

/** The value of `Authorization`, one character a byte. */
export function authorizationOf(credentials: Credentials): string {
  // RFC 6750 §2.1 knows ASCII alone; whatever else is configured goes out as UTF-8.
  if (credentials.kind === 'bearer') return `Bearer ${Buffer.from(credentials.token).toString('latin1')}`;
  // RFC 7617 §2.1: charset="UTF-8" asks for UTF-8 in NFC, and a challenge without it leaves the choice to the client.
  // https://www.rfc-editor.org/rfc/rfc7617#section-2.1
  const pair = `${credentials.user}:${credentials.password}`.normalize('NFC');
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

export function isSentUnasked(credentials: Credentials): boolean {
  return credentials.kind === 'bearer' || credentials.isPreemptive;
}

export function offersBasic(headers: AnswerHeaders): boolean {
  return challengesOf(headers).some(({ scheme }) => scheme.toLowerCase() === 'basic');
}

/** Each line is read by itself, so that an open quote in one hides nothing of the next. */
export function challengesOf(headers: AnswerHeaders): Challenge[] {
  const value = headers['www-authenticate'];
  if (value === undefined) return [];
  return (typeof value === 'string' ? [value] : value).flatMap(parseChallenges);
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const equals = /[ \t]*=[ \t]*/y;
const quoted = /"((?:[^"\\]|\\.)*)(?:"|$)/y;
// What stands alone behind a scheme; the name of a parameter is followed by its value.
const token68 = /[ \t]+([0-9A-Za-z._~+/-]+=*)(?=[ \t]*(?:,|$))/y;

// RFC 9110 §11.2, §11.3: a comma parts challenges as well as their parameters, so only "=" tells a parameter from
// the next scheme. What fits nowhere is skipped.
function parseChallenges(line: string): Challenge[] {
  const challenges: (Challenge & { params: Map<string, string> })[] = [];
  for (let at = 0; at < line.length; ) {
    const word = match(token, line, at);
    if (!word) {
      at += 1;
      continue;
    }
    at = token.lastIndex;
    if (match(equals, line, at)) {
      at = equals.lastIndex;
      const value = match(quoted, line, at);
      const plain = value ? undefined : match(token, line, at);
      if (value) at = quoted.lastIndex;
      else if (plain) at = token.lastIndex;
      const text = value?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[0] ?? '';
      challenges.at(-1)?.params.set(word[0].toLowerCase(), text);
    } else {
      const alone = match(token68, line, at);
      if (alone) at = token68.lastIndex;
      challenges.push({ scheme: word[0], params: new Map(alone ? [['', alone[1] ?? '']] : []) });
    }
  }
  return challenges;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** How a final 401 came about. */
export interface Refused {
  readonly credentials: Credentials | undefined;
  readonly wereSent: boolean;
  /** Set when the 401 came from another origin than the one that the credentials are for. */
  readonly awayFrom: string | undefined;
}

/** What a final 401 means for the operator. */
export function refusal(headers: AnswerHeaders, { credentials, wereSent, awayFrom }: Refused): string {
  const offer = offered(challengesOf(headers));
  if (!credentials) return `the origin answered 401 and offers ${offer ?? 'no scheme'}; the feed has no auth`;
  if (wereSent) return `the origin refused the credentials (401) and offers ${offer ?? 'no scheme'}`;
  if (awayFrom !== undefined) return `the origin answered 401; the credentials are for ${awayFrom} alone`;
  if (offer === undefined)
    return 'the origin answered 401 without a challenge; `preemptive: true` sends Basic unasked';
  if (offersBasic(headers)) return `the origin answered 401 and offers ${offer}; it asks to be asked later`;
  return `the origin answered 401 and offers ${offer}, not Basic; nothing was sent`;
}

function offered(challenges: readonly Challenge[]): string | undefined {
  const names = new Set(challenges.map(({ scheme }) => schemeName(scheme) ?? 'an unknown scheme'));
  return names.size === 0 ? undefined : [...names].join(', ');
}

// https://www.iana.org/assignments/http-authschemes and what is used besides.
const schemes: ReadonlyMap<string, string> = new Map(
  (
    'Basic Bearer Concealed Digest DPoP GNAP HOBA Mutual Negotiate OAuth PrivateToken SCRAM-SHA-1 SCRAM-SHA-256 ' +
    'vapid NTLM Hawk AWS4-HMAC-SHA256'
  )
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
);

/** As it is usually written; any other word of an origin is not repeated to people. */
export function schemeName(scheme: string): string | undefined {
  return schemes.get(scheme.toLowerCase());
}

/** More feeds than this that wait to be asked, and the oldest pays its 401 again. */
const mostRemembered = 10_000;

/**
 * The feeds whose origin asked for credentials and took them: they are asked for with them at once, so that a 401 is
 * not paid at every poll. Other credentials are another key, and a 401 ends it.
 * RFC 7617 §2.2: https://www.rfc-editor.org/rfc/rfc7617#section-2.2
 */
export class ChallengeMemory {
  readonly #keys = new Set<string>();

  has(feedUrl: string, authorization: string): boolean {
    return this.#keys.has(keyOf(feedUrl, authorization));
  }

  note(feedUrl: string, authorization: string): void {
    // Anew, so that what is known already takes the place of nobody.
    this.forget(feedUrl, authorization);
    const [oldest] = this.#keys;
    if (oldest !== undefined && this.#keys.size >= mostRemembered) this.#keys.delete(oldest);
    this.#keys.add(keyOf(feedUrl, authorization));
  }

  forget(feedUrl: string, authorization: string): void {
    this.#keys.delete(keyOf(feedUrl, authorization));
  }
}

function keyOf(feedUrl: string, authorization: string): string {
  return `${feedUrl} ${authorization}`;
}
