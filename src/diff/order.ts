// Which of two entries is older, for the order of events and for `initial: N`. Dates only order entries;
// they never decide whether an entry is new.

import type { Entry } from '../model/entry.ts';

/** Epoch ms of the entry's own date. */
export function entryTime({ published, updated }: Entry): number | undefined {
  return [published, updated].map((text) => Date.parse(text ?? '')).find((time) => !Number.isNaN(time));
}

/**
 * By date, then by reverse document order, because feeds list the newest first. An entry without a date
 * stays with the next older one of the document.
 */
export function oldestFirst<T extends { readonly entry: Entry }>(items: readonly T[]): T[] {
  let time = Number.NEGATIVE_INFINITY;
  const timed = items.toReversed().map((item) => {
    time = entryTime(item.entry) ?? time;
    return { item, time };
  });
  return timed
    .sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)))
    .map(({ item }) => item);
}
