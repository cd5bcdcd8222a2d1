// Entries that an Atom feed says are gone. Whether one was known, and what follows, is decided by the diff.
// RFC 6721 §3: https://www.rfc-editor.org/rfc/rfc6721#section-3

import type { Tombstone } from '../model/entry.ts';
import { readDate } from './date.ts';
import type { FeedDraft } from './feed-draft.ts';
import type { ParseLimits } from './limits.ts';
import { attributeOf, type XmlElement } from './xml.ts';

/** `ref` is the id of the entry; without it nothing is said. */
export function tombstoneOf(element: XmlElement): Tombstone | undefined {
  const ref = attributeOf(element, 'ref');
  const deletedAt = readDate(attributeOf(element, 'when'));
  return ref === undefined ? undefined : { ref, ...(deletedAt !== undefined && { deletedAt }) };
}

/** As many as entries may be; the entries count even where the dead are too many. */
export function boundTombstones({ tombstones, flaws }: FeedDraft, { maxEntries }: ParseLimits): void {
  if (tombstones.length <= maxEntries) return;
  tombstones.length = maxEntries;
  flaws.push({ message: `only the first ${maxEntries} deleted entries are read` });
}
