// How fast an endpoint that says "too much" (429, 502, 503, 504) is sent to from then on, and until when it rests. Pure; the
// queue keeps the pace. Answers to requests that had left before the pace was set say nothing new: several at a time are told
// "too much" for one reason, and doubling for each of them would stop the endpoint for minutes.

import type { EndpointCondition, Pace } from '../model/endpoint.ts';
import type { Rate } from '../ports.ts';

export interface Paced {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** From here on when nobody said how much it takes: ten a second. */
const firstGapMs = 100;
const longestGapMs = 60_000;
/** A pace that is as good as none. */
const leastGapMs = 5;
/** Limits are counted by the second or more: the rest of it teaches nothing either. */
const episodeMs = 1_000;
/** At each step up the gap shrinks to this, after at least so many successes, which took at least so long. */
const stepUp = 0.8;
const stepSuccesses = 3;
const stepMs = 10_000;
/** Nobody may stop us for longer. */
export const longestRestMs = 24 * 3_600_000;

/** Whether an attempt was told no more than the one because of which the endpoint was slowed. */
export function isKnownSlow(pace: Pace | undefined, { startedAt }: Paced): boolean {
  return pace !== undefined && startedAt <= pace.since + episodeMs;
}

/** After "too much". */
export function slowed(pace: Pace | undefined, { endedAt }: Paced, rate: Rate | undefined): Pace {
  const gapMs = pace?.gapMs ?? Math.max(firstGapMs / 2, rateGapMs(rate));
  return { gapMs: Math.min(2 * gapMs, longestGapMs), since: endedAt, good: 0 };
}

/** After a success; `undefined`: as fast as configured again. */
export function quickened(
  pace: Pace,
  { startedAt, endedAt }: Paced,
  rate: Rate | undefined,
): Pace | undefined {
  if (startedAt <= pace.since) return pace;
  const good = pace.good + 1;
  if (good < Math.max(stepSuccesses, stepMs / pace.gapMs)) return { ...pace, good };
  const gapMs = Math.round(pace.gapMs * stepUp);
  return gapMs <= Math.max(leastGapMs, rateGapMs(rate)) ? undefined : { gapMs, since: endedAt, good: 0 };
}

/** The later of the rests asked for before and now. One that is over is none, and a clock that was set back lengthens none. */
export function restsUntil(
  { restsUntil: before = 0 }: EndpointCondition,
  waitMs: number | undefined,
  endedAt: number,
): number | undefined {
  const asked = waitMs === undefined ? 0 : endedAt + Math.min(waitMs, longestRestMs);
  const until = Math.min(Math.max(asked, before), endedAt + longestRestMs);
  return until > endedAt ? until : undefined;
}

function rateGapMs(rate: Rate | undefined): number {
  return rate === undefined ? 0 : rate.perMs / rate.count;
}
