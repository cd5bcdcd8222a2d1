// What the headers of an answer say of how much and how soon: Retry-After, and the rate limit fields in the forms that services
// really send. Pure, and total: what cannot be read is not there, and no value is longer than a day.

import { parseHttpDate } from '../fetch/http-date.ts';
import { parseRetryAfter } from '../fetch/retry-after.ts';

/** `remaining` requests within the next `resetMs`. */
export interface QuotaLeft {
  readonly remaining: number;
  readonly resetMs: number;
}

/** Names in lower case. */
export type QuotaHeaders = Readonly<Record<string, string>>;

/** No service means more than a day; a longer wait would only keep the operator from seeing that something is wrong. */
const longestMs = 86_400_000;
const mostRemaining = 1_000_000_000;

/** RFC 9110 §10.2.3: seconds or a date, the latter measured by the answer's own `Date`. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
export function retryAfterMs(headers: QuotaHeaders, now: number): number | undefined {
  const value = headers['retry-after'];
  const waitMs = value === undefined ? undefined : parseRetryAfter(value, headers.date, now);
  return waitMs === undefined ? undefined : bounded(waitMs);
}

/** Of several that an answer names, the one that is used up first. */
export function limitOf(headers: QuotaHeaders, now: number): QuotaLeft | undefined {
  return tightest([...structured(headers.ratelimit ?? ''), ...separate(headers, now)]);
}

export function tightest(limits: readonly QuotaLeft[]): QuotaLeft | undefined {
  let found: QuotaLeft | undefined;
  for (const each of limits) {
    const isTighter =
      found === undefined ||
      each.remaining < found.remaining ||
      (each.remaining === found.remaining && each.resetMs > found.resetMs);
    if (isTighter) found = each;
  }
  return found;
}

function* separate(headers: QuotaHeaders, now: number): Generator<QuotaLeft> {
  // Discord's is a span, with fractions. https://docs.discord.com/developers/topics/rate-limits#header-format
  const after = secondsIn(headers['x-ratelimit-reset-after']);
  const reset =
    after === undefined ? resetIn(headers['x-ratelimit-reset'], headers.date, now) : after * 1_000;
  const old = limit(headers['x-ratelimit-remaining'], reset);
  if (old) yield old;
  // Drafts 00 to 06: seconds. https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06#section-5
  const seconds = secondsIn(headers['ratelimit-reset']);
  const draft = limit(headers['ratelimit-remaining'], seconds === undefined ? undefined : seconds * 1_000);
  if (draft) yield draft;
}

const mostItems = 10;
const mostCharacters = 1_000;

/**
 * `limit=100, remaining=0, reset=30` (draft 07) is one limit; `"minute";r=0;t=30, "day";r=900;t=3600` (later ones) several.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
function structured(field: string): QuotaLeft[] {
  const text = field.slice(0, mostCharacters);
  const items = /\bremaining=/.test(text) ? [text] : text.split(',', mostItems);
  return items.flatMap((item) => {
    const remaining = /(?:^|[;,\s])(?:r|remaining)=(\d+)/.exec(item)?.[1];
    const reset = secondsIn(/(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(item)?.[1]);
    return limit(remaining, reset === undefined ? undefined : reset * 1_000) ?? [];
  });
}

function limit(remaining: string | undefined, resetMs: number | undefined): QuotaLeft | undefined {
  const left = secondsIn(remaining);
  if (left === undefined || resetMs === undefined) return undefined;
  return { remaining: Math.min(Math.floor(left), mostRemaining), resetMs: bounded(resetMs) };
}

/** Above this a reset is a moment (epoch seconds, from 2001 on), below it a span. */
const firstEpochSeconds = 1e9;
/** Above this it is a moment in milliseconds. */
const firstEpochMs = 1e12;

function resetIn(value: string | undefined, date: string | undefined, now: number): number | undefined {
  const reset = secondsIn(value);
  if (reset === undefined || reset < firstEpochSeconds)
    return reset === undefined ? undefined : reset * 1_000;
  const answeredAt = (date === undefined ? undefined : parseHttpDate(date, now)) ?? now;
  return Math.max(0, (reset < firstEpochMs ? reset * 1_000 : reset) - answeredAt);
}

function secondsIn(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,15}(?:\.\d{0,9})?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** Whole milliseconds, never too few. */
export function bounded(ms: number): number {
  return Math.min(Math.ceil(ms), longestMs);
}
