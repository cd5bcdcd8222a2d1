// When a feed is polled next, and why then: docs/http.md, "The next poll". Pure; the same answer gives the same
// time whenever it is computed, since the jitter is made from a hash.
//
//   at = end of answer + longest wait + jitter, then the next tick of the schedule, then the next
//   moment outside skipHours and skipDays, until both agree
//
// The lane's free slot, which may come later still, is the scheduler's matter.

import type { NextPoll } from '../model/poll.ts';
import { nextTick as calendarTick } from './calendar.ts';
import { hashFraction } from './hash-fraction.ts';
import {
  type Asked,
  capMs,
  longestWait,
  ownWait,
  type PollPlan,
  type Term,
  type Wait,
  waitTerms,
} from './longest-wait.ts';
import { skipAt } from './skip.ts';

export type { PollPlan } from './longest-wait.ts';

export type NextTick = (expression: string, timezone: string, afterMs: number) => number;

export interface NextPollInput extends Asked {
  /** Epoch ms; set for a feed whose polls have ended. */
  readonly parkedAt?: number | undefined;
  readonly nextTick?: NextTick;
}

/** The next poll with every step that led to it, for people (explain.ts). */
export interface NextPollSteps {
  readonly terms: readonly Term[];
  readonly longest: Wait;
  readonly jitterMs: number;
  /** Of the schedule, at or after the end of the wait. Epoch ms. */
  readonly tickAt?: number;
  readonly poll: NextPoll;
}

const longestJitterMs = 30 * 60_000;

/** The last moment that a Date can tell. */
const endOfTime = 8.64e15;

export function nextPoll(input: NextPollInput): NextPoll {
  return nextPollSteps(input).poll;
}

export function nextPollSteps(input: NextPollInput): NextPollSteps {
  const { plan, terms, hints, parkedAt, nextTick = calendarTick } = input;
  const all = waitTerms(input);
  const longest = longestWait(all);
  const { waitMs, reason } = longest;
  // A schedule is a promise of times of day, so its ticks have no jitter.
  const jitterMs = plan.schedule ? 0 : jitterOf(plan.feedId, terms.endedAt, waitMs);
  const asked = Math.min(terms.endedAt + waitMs + jitterMs, endOfTime);
  // The tick at which this very poll ended is not the next one.
  const ticked = tickFrom(plan, Math.max(asked, terms.endedAt + 1), nextTick);
  const steps = { terms: all, longest, jitterMs, ...(plan.schedule && { tickAt: ticked }) };
  if (parkedAt !== undefined) return { ...steps, poll: { at: Number.POSITIVE_INFINITY, reason: 'parked' } };
  const poll =
    plan.schedule && ticked > asked ? { at: ticked, reason: 'schedule' as const } : { at: asked, reason };
  if (!plan.documentHints) return { ...steps, poll };
  const moved = outsideSkipped(poll, (at) => {
    const skipped = skipAt(at, hints);
    // With the jitter again, or every feed that skips the night would be polled at the same second.
    // Half an hour at most, it cannot reach into the next skipped hour.
    return skipped && { at: tickFrom(plan, skipped.until + jitterMs, nextTick), reason: skipped.reason };
  });
  return { ...steps, poll: moved };
}

/**
 * Noted before a request leaves, so that a crash costs one wait and never a second request. The answer may
 * still end after the crash, and waits count from there: all the jitter there can be is longer than that takes.
 */
export function provisionalPoll(
  plan: PollPlan,
  requestedAt: number,
  nextTick: NextTick = calendarTick,
  hasValidators = true,
): NextPoll {
  const { waitMs, reason } = ownWait(plan, hasValidators);
  const at = Math.min(requestedAt + Math.max(waitMs + jitterLimit(waitMs), 1), endOfTime);
  return { at: tickFrom(plan, at, nextTick), reason };
}

/** The most that is added to a wait, so that feeds asked together drift apart. */
export function jitterLimit(waitMs: number): number {
  return Math.min(waitMs / 10, longestJitterMs);
}

function jitterOf(feedId: string, endedAt: number, waitMs: number): number {
  return Math.floor(hashFraction(`${feedId}:${endedAt}`) * jitterLimit(waitMs));
}

/** `at` itself may be the tick. */
function tickFrom({ schedule }: PollPlan, at: number, nextTick: NextTick): number {
  return schedule ? nextTick(schedule.expression, schedule.timezone, at - 1) : at;
}

/** Skips that would put the poll off for more than a week (they cover every tick) are not followed. */
function outsideSkipped(poll: NextPoll, move: (at: number) => NextPoll | undefined): NextPoll {
  let found = poll;
  for (;;) {
    const moved = move(found.at);
    if (!moved) return found;
    if (moved.at > poll.at + capMs) return poll;
    found = moved;
  }
}
