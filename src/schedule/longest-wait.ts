// How long a feed must be left alone after an answer: the longest of everything that anyone asks for, and who
// asked. Every term only lengthens the wait. Pure, and without jitter; when exactly the next poll is, is
// next-poll.ts.

import type { DocumentHints } from '../model/feed.ts';
import type { NextPollReason, PollTerms } from '../model/poll.ts';

/** What the configuration says of one feed's polls. */
export interface PollPlan {
  readonly feedId: string;
  /** Set on the feed itself. */
  readonly intervalMs?: number;
  readonly defaultIntervalMs: number;
  /** A cron expression; it takes the place of the interval. */
  readonly schedule?: { readonly expression: string; readonly timezone: string };
  /** False: ttl, sy and skip* of the document are not followed. */
  readonly documentHints: boolean;
}

export interface Asked {
  readonly plan: PollPlan;
  readonly terms: PollTerms;
  readonly hints: DocumentHints;
  /** In a row, this one included. */
  readonly failures: number;
  /** True after a 410. */
  readonly gone?: boolean;
}

export interface Wait {
  readonly waitMs: number;
  readonly reason: NextPollReason;
}

/** What one of those who may ask did ask for; `askedMs` is the wait before its cap, 0 for nothing. */
export interface Term extends Wait {
  readonly askedMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** No hint holds longer; it guards against nonsense such as a max-age of years. */
export const capMs = 7 * dayMs;

/** The first listed wins a tie. */
export function longestWait(terms: readonly Term[]): Term {
  return terms.reduce((longest, term) => (term.waitMs > longest.waitMs ? term : longest));
}

/** Everything that may ask for a wait, in the order of docs/http.md, those that ask for nothing included. */
export function waitTerms({
  plan,
  terms,
  hints,
  failures,
  gone = terms.gone ?? false,
}: Asked): readonly Term[] {
  const { ttlMinutes = 0, syMinutes = 0 } = plan.documentHints ? hints : {};
  return [
    uncapped(ownWait(plan, terms.hasValidators)),
    capped(terms.freshnessMs, terms.freshnessSource ?? 'max-age'),
    capped(ttlMinutes * minuteMs, 'ttl'),
    capped(syMinutes * minuteMs, 'sy'),
    capped(terms.retryAfterMs, 'retry-after'),
    capped(terms.rateLimitMs, 'rate-limit'),
    gone ? uncapped({ waitMs: 12 * hourMs, reason: 'gone-check' }) : backoff(failures),
  ];
}

/** What we ask of ourselves, whatever the origin says. */
export function ownWait(plan: PollPlan, hasValidators: boolean): Wait {
  if (plan.schedule) return { waitMs: 0, reason: 'schedule' };
  if (isInterval(plan.intervalMs)) return { waitMs: plan.intervalMs, reason: 'interval' };
  const interval = isInterval(plan.defaultIntervalMs) ? plan.defaultIntervalMs : hourMs;
  // Without validators every poll costs the origin a whole document.
  if (!hasValidators && interval < dayMs) return { waitMs: dayMs, reason: 'no-validators' };
  return { waitMs: interval, reason: 'interval' };
}

/** An interval that is none would be a hot loop. */
function isInterval(ms: number | undefined): ms is number {
  return ms !== undefined && ms > 0;
}

function backoff(failures: number): Term {
  return capped(failures > 0 ? 30 * minuteMs * 2 ** (failures - 1) : 0, 'failure-backoff');
}

function uncapped({ waitMs, reason }: Wait): Term {
  return { waitMs, reason, askedMs: waitMs };
}

type CappedReason =
  Extract<NextPollReason, `${string}-capped`> extends `${infer Reason}-capped` ? Reason : never;

/** Nonsense (negative, not a number) asks for nothing. */
function capped(askedMs: number | undefined, reason: CappedReason): Term {
  if (askedMs === undefined || !(askedMs > 0)) return { waitMs: 0, reason, askedMs: 0 };
  return askedMs > capMs
    ? { waitMs: capMs, reason: `${reason}-capped`, askedMs }
    : { waitMs: askedMs, reason, askedMs };
}
