// When an entry is taken out of a full window, an older one slides in at its end: unknown, and not new. Told
// apart from late publishing, which must be announced, by four signs together, and in doubt an entry is new: it
// stands below every known entry, those do not grow newer downwards, it is older than the baseline, and no dated
// known entry is older still.

import type { KnownEntry } from '../model/entry.ts';
import type { FeedMemory } from '../model/feed.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { entryTime } from './order.ts';

/** Those of `items` that slid in at the end of the document. */
export function slidIn(
  items: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
  baseline: FeedMemory['baseline'],
): Set<IdentifiedEntry> {
  // A feed that was empty had nothing outside its window.
  if (!baseline || baseline.entries === 0) return new Set();
  const lastKnown = items.findLastIndex(({ keyHash }) => known.has(keyHash));
  const times = items.slice(0, lastKnown + 1).flatMap((item) => knownTime(item, known) ?? []);
  const [topmost, lowest] = [times.at(0), times.at(-1)];
  if (topmost === undefined || lowest === undefined || lowest > topmost) return new Set();
  const limit = times.reduce((oldest, time) => Math.min(oldest, time), baseline.at * 1000);
  return new Set(items.slice(lastKnown + 1).filter(({ entry }) => (entryTime(entry) ?? limit) < limit));
}

function knownTime({ entry, keyHash }: IdentifiedEntry, known: ReadonlyMap<string, KnownEntry>) {
  return known.has(keyHash) ? entryTime(entry) : undefined;
}
