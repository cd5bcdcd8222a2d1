// skipHours and skipDays: the hours and days, in GMT, at which a feed asks not to be polled. Pure.
//
// RSS 2.0, optional channel elements: https://www.rssboard.org/skip-hours-days

import type { DocumentHints } from '../model/feed.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface Skipped {
  /** The first moment after the skipped hours and days. */
  readonly until: number;
  readonly reason: 'skip-hours' | 'skip-days';
}

/** Nothing when `at` (epoch ms) is a moment like any other. */
export function skipAt(at: number, { skipHours = [], skipDays = [] }: DocumentHints): Skipped | undefined {
  const hours = skippable(
    skipHours.map((hour) => (hour === 24 ? 0 : hour)),
    24,
  );
  const days = skippable(skipDays, 7);
  let until = at;
  let reason: Skipped['reason'] | undefined;
  for (;;) {
    // Both lists leave a gap somewhere, so this ends within a week.
    if (days.has(dayOf(until))) {
      reason ??= 'skip-days';
      until = nextMultiple(until, dayMs);
    } else if (hours.has(hourOf(until))) {
      reason ??= 'skip-hours';
      until = nextMultiple(until, hourMs);
    } else {
      return reason && { until, reason };
    }
  }
}

/** A list that names everything, or nothing that exists, asks for nothing. */
function skippable(list: readonly number[], count: number): ReadonlySet<number> {
  const valid = new Set(list.filter((value) => Number.isInteger(value) && value >= 0 && value < count));
  return valid.size < count ? valid : new Set();
}

// By arithmetic, since a Date ends in the year 275760 and a nonsense time must not throw.
const hourOf = (at: number) => Math.floor(at / hourMs) % 24;
/** 1970 began on a Thursday; 0 is Sunday. */
const dayOf = (at: number) => (Math.floor(at / dayMs) + 4) % 7;
const nextMultiple = (at: number, spanMs: number) => (Math.floor(at / spanMs) + 1) * spanMs;
