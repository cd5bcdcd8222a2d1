// How long the memory knows an entry: at least 12 months after it was last seen, and never fewer than 10,000 a
// feed. Both must be exceeded, so one short, empty or broken answer removes nothing.

import type { KnownEntry } from '../model/entry.ts';

/** Seconds: 12 months, a leap day included. */
export const keptSpan = 366 * 86_400;
export const keptEntries = 10_000;

export function forgetOld(
  entries: ReadonlyMap<string, KnownEntry>,
  nowSeconds: number,
): ReadonlyMap<string, KnownEntry> {
  const spare = entries.size - keptEntries;
  if (spare <= 0) return entries;
  const old = [...entries].filter(([, { lastSeen }]) => nowSeconds - lastSeen > keptSpan);
  if (old.length === 0) return entries;
  const longestUnseen = old.sort(([, one], [, other]) => one.lastSeen - other.lastSeen).slice(0, spare);
  const forgotten = new Set(longestUnseen.map(([hash]) => hash));
  return new Map([...entries].filter(([hash]) => !forgotten.has(hash)));
}
