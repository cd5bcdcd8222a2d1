// What an answer means: a complete document, nothing new, or a failure; and what it asks of the next request.
// The table is in docs/http.md. Only a complete 200 or 226 brings a document; every status that is not
// in the table is a failure of its own name.

import type { Code } from '../errors.ts';
import type {
  FetchedDocument,
  FetchedFailure,
  FetchedFeed,
  FetchedNotModified,
  Validators,
} from '../model/poll.ts';
import { validatorsAfter304, validatorsOfDocument } from './conditional.ts';
import { decodeContent } from './content-coding.ts';
import { type Freshness, freshnessFields, freshnessOf } from './freshness.ts';
import { type AnswerHeaders, firstLine, linesOf, wholeList } from './headers.ts';
import { networkError } from './network-error.ts';
import { rateLimitFields, rateLimitMs, retryAfterFields, retryAfterMs } from './retry-after.ts';

/** One answer whose headers are complete. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The body as it was on the wire; empty for an answer whose body nobody wants. */
  readonly wire: Uint8Array;
  readonly wireBytes: number;
  /** Why the body of a wanted answer is not complete. */
  readonly fault?: Failure;
  readonly times?: ExchangeTimes;
}

/** No complete header block came. */
export interface Unanswered {
  readonly fault: Failure;
  /** The connection had been kept from an earlier request, and its end crossed this one. */
  readonly wasKept?: boolean;
  readonly times?: ExchangeTimes;
  readonly status?: undefined;
  readonly wireBytes?: undefined;
}

/** Where the time of one request went, in milliseconds; the connection's part is absent on a kept one. */
export interface ExchangeTimes {
  /** Look-up and connect, then the TLS handshake. */
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** From the request to its headers, and to the end of the body. */
  readonly headersMs?: number;
  readonly totalMs: number;
  /** The peer, `address:port`; absent if the request never got as far as a connection. */
  readonly peer?: string;
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2';
}

export interface Failure {
  readonly code: Code;
  readonly message: string;
}

export interface Asked {
  readonly url: URL;
  /** What made the request conditional. */
  readonly validators: Validators | undefined;
  readonly maxBodyBytes: number;
}

type Base = 'url' | 'hops' | 'figures' | 'terms';
export type Outcome =
  | Omit<FetchedDocument, Base>
  | Omit<FetchedNotModified, Base>
  | Omit<FetchedFailure, Base>;

export type AnswerTerms = FetchedFeed['terms'];

/** Whether an answer of this status may be a document, so that its body is worth reading. */
export function bringsDocument(status: number): status is 200 | 226 {
  return status === 200 || status === 226;
}

/** Only a document takes time. */
export function judgeAnswer(answer: Answer, asked: Asked): Outcome | Promise<Outcome> {
  const { status, fault } = answer;
  if (bringsDocument(status)) return fault ? failed(status, fault) : judgeDocument(status, answer, asked);
  if (status === 304) return judgeNotModified(answer, asked);
  // RFC 9110 §15.3.7: only an answer to a Range, which we never send.
  if (status === 206)
    return failed(status, { code: 'partial-content', message: 'a 206 that nobody asked for' });
  return failed(status, { code: `http-${status}`, message: `the origin answered ${status}` });
}

export function failed(status: number | undefined, { code, message }: Failure): Omit<FetchedFailure, Base> {
  return { kind: 'failed', ...(status !== undefined && { status }), code, message };
}

async function judgeDocument(status: 200 | 226, { headers, wire }: Answer, asked: Asked): Promise<Outcome> {
  const contentType = firstLine(headers, 'content-type');
  try {
    return {
      kind: 'document',
      status: isPartial(headers) ? 226 : status,
      body: await decodeContent(headers, wire, asked.maxBodyBytes),
      ...(contentType !== undefined && { contentType }),
      validators: validatorsOfDocument(asked.url, headers),
    };
  } catch (error) {
    return failed(status, networkError(error));
  }
}

// RFC 3229 §10.5.2: IM names the manipulation; some servers apply "feed" and still say 200.
function isPartial(headers: AnswerHeaders): boolean {
  return /(?:^|[\s,])feed(?=$|[\s,;])/i.test(wholeList(headers, 'im') ?? '');
}

// RFC 9110 §15.4.5: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
function judgeNotModified({ headers }: Answer, asked: Asked): Outcome {
  if (asked.validators === undefined) {
    return failed(304, { code: 'unsolicited-304', message: 'a 304 to a request without validators' });
  }
  const validators = validatorsAfter304(asked.validators, headers);
  return { kind: 'notModified', status: 304, ...(validators && { validators }) };
}

/** What the last answer, or the lack of one, asks of the next request; `now` (epoch ms) is its end. */
export function termsOf(answer: Answer | undefined, outcome: Outcome, now: number): AnswerTerms {
  if (answer === undefined) return { endedAt: now };
  const { headers, status } = answer;
  const freshness = freshnessOf(headers, now);
  // RFC 9110 §10.2.3 speaks of 503 and redirects, RFC 6585 §4 of 429; any failure may ask for time.
  const retryAfter = outcome.kind === 'failed' ? retryAfterMs(headers, now) : undefined;
  const rateLimit = rateLimitMs(headers, now);
  const said = saidOf(headers, freshness, retryAfter, rateLimit);
  return {
    endedAt: now,
    ...(freshness && { freshnessMs: freshness.freshnessMs, freshnessSource: freshness.source }),
    ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
    ...(rateLimit !== undefined && { rateLimitMs: rateLimit }),
    ...(said && { said }),
    ...(status === 410 && { gone: true }),
  };
}

/** The lines behind the spans that ask for anything. */
function saidOf(
  headers: AnswerHeaders,
  freshness: Freshness | undefined,
  retryAfter = 0,
  rateLimit = 0,
): AnswerTerms['said'] {
  const isFresh = freshness !== undefined && freshness.freshnessMs > 0;
  if (!isFresh && retryAfter <= 0 && rateLimit <= 0) return undefined;
  return {
    ...(isFresh && { freshness: linesOf(headers, freshnessFields[freshness.source]) }),
    ...(retryAfter > 0 && { retryAfter: linesOf(headers, retryAfterFields(headers)) }),
    ...(rateLimit > 0 && { rateLimit: linesOf(headers, rateLimitFields) }),
  };
}
