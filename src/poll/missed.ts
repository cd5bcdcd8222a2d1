// Which entries of an archive (RFC 5005 §4) a feed may have missed. Pure. What is known already only shows how far the
// gap reaches: an archive holds a version of it as old as itself, so that is never taken for an update. What is older
// than the feed's first reading is history. In doubt an entry was missed, as everywhere (docs/entries.md).

import type { IdentifiedEntry } from '../diff/identity.ts';
import { entryTime } from '../diff/order.ts';
import { recognise } from '../diff/recognition.ts';
import type { Entry, Rung } from '../model/entry.ts';
import type { FeedMemory, ParsedFeed } from '../model/feed.ts';

/** Dates without a time, and zones that are left out or wrong. */
const doubtMs = 24 * 60 * 60_000;

export interface Missed {
  /** In document order. */
  readonly entries: readonly Entry[];
  /** Entries that were known before this poll: with the first the gap is closed. */
  readonly known: number;
  /** It goes back to before the first reading, beyond which nothing can have been missed. */
  readonly isHistory: boolean;
}

/** What was known of a feed, and the same with what the document, of which nothing was known, has brought. */
export interface Searched {
  readonly before: FeedMemory;
  readonly after: FeedMemory;
  readonly identity?: Rung | undefined;
}

export function missedIn(archive: ParsedFeed, { before, after, identity }: Searched): Missed {
  // As a part: ids that changed in mass are for the diff of document and archives together to find.
  const about = { memory: after, feed: archive, isPartial: true, ...(identity && { identity }) };
  const { items, known } = recognise(about);
  const isOfDocument = ({ keyHash }: IdentifiedEntry) =>
    after.entries.has(keyHash) && !before.entries.has(keyHash);
  const isKnown = (item: IdentifiedEntry) => known.has(item.keyHash) && !isOfDocument(item);
  const lastKnown = items.findLastIndex(isKnown);
  const firstReading = (before.baseline?.at ?? 0) * 1000 - doubtMs;
  const isOld = ({ entry }: IdentifiedEntry, place: number) => {
    const time = entryTime(entry);
    return time === undefined ? lastKnown >= 0 && place > lastKnown : time < firstReading;
  };
  const missed = items.filter((item, place) => !known.has(item.keyHash) && !isOld(item, place));
  const hasOld = items.some(({ entry }) => (entryTime(entry) ?? firstReading) < firstReading);
  return {
    entries: missed.map(({ entry }) => entry),
    known: items.filter(isKnown).length,
    isHistory: hasOld && missed.length === 0,
  };
}
