// The unbroken row of failures of an endpoint: when it is long enough to stop sending, and when it has lasted so long that people
// are told, and in the end nothing is sent any more. Pure.

import type { FailureRow } from '../model/endpoint.ts';

interface Failure {
  readonly endedAt: number;
  readonly eventIds: readonly string[];
}

const hour = 3_600_000;
const openAfter = 5;
/** One event that fails again and again is no proof. */
const openOver = 3;
const disableAfterMs = 120 * hour;
/** Two failures with five days of sleep between them are no five days of failures. */
const leastSpreadMs = 12 * hour;
const levels = [90, 75, 50] as const;

export function longer(row: FailureRow | undefined, { endedAt, eventIds }: Failure): FailureRow {
  if (row === undefined) {
    return { count: 1, since: endedAt, lastAt: endedAt, eventIds: eventIds.slice(0, openOver) };
  }
  const all = [...new Set([...row.eventIds, ...eventIds])].slice(0, openOver);
  return {
    ...row,
    count: row.count + 1,
    lastAt: Math.max(row.lastAt, endedAt),
    eventIds: all.length === row.eventIds.length ? row.eventIds : all,
  };
}

/** Whether it is time to stop sending. */
export function isDue({ count, eventIds }: FailureRow): boolean {
  return count >= openAfter && eventIds.length >= openOver;
}

/** Percent of the time after which the endpoint is disabled, where nobody has been told of it yet; 100 ends it. */
export function newLevel(
  { since, lastAt, warned }: FailureRow,
  before: FailureRow | undefined,
): 50 | 75 | 90 | 100 | undefined {
  const percent = (100 * (lastAt - since)) / disableAfterMs;
  const isSpread = before !== undefined && before.lastAt - before.since >= leastSpreadMs;
  if (percent >= 100 && isSpread) return 100;
  return levels.find((level) => percent >= level && level > (warned ?? 0));
}
