// How long the memory knows an entry: at least 12 months after it was last seen, and never fewer than 10,000 a
// feed. Both must be exceeded, so one short, empty or broken answer removes nothing. Above it stands a ceiling:
// a feed that invents ids would otherwise grow its one record, and all that a poll costs, without end.

import type { KnownEntry } from '../model/entry.ts';

/** Seconds: 12 months, a leap day included. */
export const keptSpan = 366 * 86_400;
export const keptEntries = 10_000;
/** 20 documents of the largest size, or 270 new entries a day for 12 months; a record of some 15 MB. */
export const mostEntries = 100_000;

export function forgetOld(
  entries: ReadonlyMap<string, KnownEntry>,
  nowSeconds: number,
): ReadonlyMap<string, KnownEntry> {
  const spare = entries.size - keptEntries;
  if (spare <= 0) return entries;
  const old = [...entries.values()].filter(({ lastSeen }) => nowSeconds - lastSeen > keptSpan);
  const count = Math.max(Math.min(old.length, spare), entries.size - mostEntries);
  if (count <= 0) return entries;
  return new Map([...entries].sort(([, one], [, other]) => one.lastSeen - other.lastSeen).slice(count));
}
