// How many attempts of the last five minutes went well, in spans of half a minute, and whether too many of them failed. Bounded,
// and of an endpoint in good health only as much as can matter is counted, so that it is not written at every attempt.

import type { EndpointCondition } from '../model/endpoint.ts';

type Recent = NonNullable<EndpointCondition['recent']>;

const spanMs = 30_000;
export const windowMs = 5 * 60_000;
const leastAttempts = 10;
const failingShare = 0.7;
/**
 * While nothing fails, more successes than these in a span are not counted. An endpoint that takes more must fail in so many
 * attempts that which share it was makes no difference.
 */
const countedWell = 25;

export function counted(before: Recent | undefined, at: number, isGood: boolean): Recent {
  // A span from the future was counted by a clock that has been set back since.
  const kept = (before ?? []).filter(([start]) => start <= at && start > at - windowMs);
  const last = kept.at(-1);
  if (last === undefined || at >= last[0] + spanMs) return [...kept, span(at, isGood)];
  const [start, good, bad] = last;
  const isEnough = isGood && good >= countedWell && kept.every(([, , failed]) => failed === 0);
  // The very same one says that there is nothing to write.
  if (isEnough) return kept.length === before?.length ? before : kept;
  return [...kept.slice(0, -1), isGood ? [start, good + 1, bad] : [start, good, bad + 1]];
}

export function isMostlyFailing(recent: Recent): boolean {
  const bad = recent.reduce((sum, [, , failed]) => sum + failed, 0);
  const all = recent.reduce((sum, [, good, failed]) => sum + good + failed, 0);
  return all >= leastAttempts && bad >= failingShare * all;
}

function span(at: number, isGood: boolean): Recent[number] {
  return [at, isGood ? 1 : 0, isGood ? 0 : 1];
}
