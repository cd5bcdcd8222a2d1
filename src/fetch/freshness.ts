// How long an answer stays fresh, which is how long its origin wants no further request. http-cache-semantics
// reads the directives; nothing else of it is used, because its validators and its idea of what may be stored
// are made for caches (docs/http.md).
// RFC 9111 §4.2: https://www.rfc-editor.org/rfc/rfc9111#section-4.2

import CachePolicy from 'http-cache-semantics';
import { type AnswerHeaders, firstLine, wholeList } from './headers.ts';
import { parseHttpDate } from './http-date.ts';

export interface Freshness {
  /** What is left of the lifetime at the end of the answer, at least 0. */
  readonly freshnessMs: number;
  readonly source: 'max-age' | 'expires';
}

/** The fields that a lifetime is read from, by its source. */
export const freshnessFields: Readonly<Record<Freshness['source'], readonly string[]>> = {
  'max-age': ['Cache-Control', 'Age'],
  expires: ['Expires', 'Date', 'Age'],
};

/** Time stands still in it: the only clock that counts is the one of the answer. */
class HeldPolicy extends CachePolicy {
  now(): number {
    return 0;
  }
}

// We are a private cache (no s-maxage), guess nothing from Last-Modified (RFC 9111 §4.2.2), and take
// `immutable` for no lifetime of its own.
const rules = { shared: false, cacheHeuristic: 0, immutableMinTimeToLive: 0 } as const;

/** `undefined` when the answer says nothing about it; `now` (epoch ms) stands in for a missing Date. */
export function freshnessOf(headers: AnswerHeaders, now: number): Freshness | undefined {
  const control = directives(headers);
  // RFC 9111 §5.3: max-age wins over Expires.
  if (control !== undefined && /(?:^|[\s,])(?:max-age|no-cache|no-store)(?=$|[\s,=])/.test(control)) {
    return { freshnessMs: remainingMs(headers, { 'cache-control': control }), source: 'max-age' };
  }
  const expires = firstLine(headers, 'expires');
  if (expires === undefined) return undefined;
  return { freshnessMs: remainingMs(headers, lifeSpan(headers, expires, now)), source: 'expires' };
}

// What the library reads in another way. RFC 9111 §5.2.2.4: no-cache with names is about those fields alone.
// §4.2.1: of a directive that is there twice, the first counts. §1.2.2: a number beyond all sense is 2^31.
// And a common slip: semicolons for commas.
// https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
function directives(headers: AnswerHeaders): string | undefined {
  const control = wholeList(headers, 'cache-control')?.toLowerCase();
  // Nearly always there is nothing of the kind.
  if (control === undefined || !/no-cache\s*=|max-age.*max-age|\d{11}|;/.test(control)) return control;
  let isRepeated = false;
  return control
    .replace(/no-cache\s*=\s*(?:"[^"]*"|[^\s,]*)/g, '')
    .replace(/\d{11,}/g, '2147483648')
    .replaceAll(';', ',')
    .replace(/(?<=^|[\s,])max-age[^,]*/g, (directive) => {
      const kept = isRepeated ? '' : directive;
      isRepeated = true;
      return kept;
    });
}

// The status and the Vary of an answer would make the library say "not storable", so it gets the fields that
// speak of time and no other.
function remainingMs(headers: AnswerHeaders, lifetime: Record<string, string>): number {
  const age = /^\d{1,10}/.exec(firstLine(headers, 'age') ?? '')?.[0] ?? '0';
  const policy = new HeldPolicy({ headers: {} }, { status: 200, headers: { ...lifetime, age } }, rules);
  return Math.max(0, Math.round((policy.maxAge() - policy.age()) * 1_000));
}

// The library reads the old date forms by the local time zone, so it gets them in the form of today.
function lifeSpan(headers: AnswerHeaders, expires: string, now: number): Record<string, string> {
  const date = parseHttpDate(firstLine(headers, 'date') ?? '', now) ?? now;
  // RFC 9111 §5.3: a date that cannot be read, "0" above all, lies in the past.
  const end = parseHttpDate(expires, now) ?? 0;
  return { date: new Date(date).toUTCString(), expires: new Date(end).toUTCString() };
}
