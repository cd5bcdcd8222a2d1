// Reads how long an answer asks us to stay away: Retry-After, and X-RateLimit-* once the quota is spent.
// Which answers these count for, and the cap against nonsense, are decided by the callers.

import { type AnswerHeaders, firstLine } from './headers.ts';
import { parseHttpDate } from './http-date.ts';

/** Above this a reset is a moment (epoch seconds, from 2001 on), below it a span. */
const firstEpochSeconds = 1e9;
/** Above this it is a moment in milliseconds. */
const firstEpochMs = 1e12;

/**
 * Milliseconds to wait from `now` (epoch ms), at least 0. An absolute date is measured by the answer's own
 * `Date`, so that a wrong clock on either side does no harm.
 * RFC 9110 §10.2.3: seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string, date: string | undefined, now: number): number | undefined {
  const seconds = spanSeconds(value);
  if (seconds !== undefined) return wholeMs(seconds);
  const until = parseHttpDate(value, now);
  return until === undefined ? undefined : Math.max(0, until - answeredAt(date, now));
}

/** The wait that the headers of a failure ask for. */
export function retryAfterMs(headers: AnswerHeaders, now: number): number | undefined {
  const value = firstLine(headers, 'retry-after');
  return value === undefined ? undefined : parseRetryAfter(value, firstLine(headers, 'date'), now);
}

/** The fields that the wait was read from. */
export function retryAfterFields(headers: AnswerHeaders): readonly string[] {
  const isSpan = spanSeconds(firstLine(headers, 'retry-after') ?? '') !== undefined;
  return isSpan ? ['Retry-After'] : ['Retry-After', 'Date'];
}

/** The wait until a spent quota is renewed; `undefined` while some of it remains or nobody says. */
export function rateLimitMs(headers: AnswerHeaders, now: number): number | undefined {
  const remaining = firstLine(headers, 'x-ratelimit-remaining');
  if (remaining === undefined || spanSeconds(remaining) !== 0) return undefined;
  const reset = spanSeconds(firstLine(headers, 'x-ratelimit-reset') ?? '');
  if (reset === undefined) return undefined;
  if (reset < firstEpochSeconds) return wholeMs(reset);
  const until = reset < firstEpochMs ? reset * 1_000 : reset;
  return Math.max(0, until - answeredAt(firstLine(headers, 'date'), now));
}

export const rateLimitFields: readonly string[] = ['X-RateLimit-Remaining', 'X-RateLimit-Reset'];

// The grammar has whole seconds only; some servers send fractions, and those are clear enough.
function spanSeconds(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d+(\.\d*)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

function wholeMs(seconds: number): number {
  return Math.min(Math.ceil(seconds * 1_000), Number.MAX_SAFE_INTEGER);
}

function answeredAt(date: string | undefined, now: number): number {
  return (date === undefined ? undefined : parseHttpDate(date, now)) ?? now;
}
