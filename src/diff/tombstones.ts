// Entries that the feed itself says are gone (RFC 6721). A tombstone names an entry by its id, so it reaches only those
// that are known by their ids. It wins over the entry beside it unless that one is of a later date.
// https://www.rfc-editor.org/rfc/rfc6721#section-3

import type { Entry, KnownEntry, Tombstone } from '../model/entry.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { identify } from './identity.ts';

/** Seconds after its deletion in which caches may still have shown an entry; one seen later was shown again. */
const longestCached = 86_400;

export interface Burial {
  /** Entries that the document shows and at the same time calls deleted. */
  readonly beaten: ReadonlySet<string>;
  /** Known ones to be announced as deleted, once. */
  readonly deleted: readonly IdentifiedEntry[];
}

export function bury(
  tombstones: readonly Tombstone[],
  items: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
): Burial {
  if (tombstones.length === 0) return { beaten: new Set(), deleted: [] };
  const shown = new Map(items.map((item) => [item.keyHash, item.entry]));
  const whenDeleted = latestOf(tombstones);
  const named = identify([...whenDeleted.keys()].map(nameless), 'guid', known).map((grave) => ({
    grave,
    at: whenDeleted.get(grave.entry.id ?? '') ?? Number.NaN,
  }));
  const standing = named.filter(({ grave, at }) => isBuried(shown.get(grave.keyHash), at));
  return {
    beaten: new Set(standing.flatMap(({ grave: { keyHash } }) => (shown.has(keyHash) ? keyHash : []))),
    deleted: standing
      .filter(({ grave: { keyHash }, at }) => isNews(known.get(keyHash), at, shown.has(keyHash)))
      .map(({ grave }) => grave),
  };
}

/** By id. A document may list several deletions of one entry that was shown again in between. */
function latestOf(tombstones: readonly Tombstone[]): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const { ref, deletedAt } of tombstones) {
    const at = Date.parse(deletedAt ?? '');
    const before = latest.get(ref) ?? Number.NaN;
    latest.set(ref, at < before || Number.isNaN(at) ? before : at);
  }
  return latest;
}

/** A comparison with an unknown time is false: an entry that is shown and cannot be compared stays. */
function isBuried(shown: Entry | undefined, deletedAt: number): boolean {
  return shown === undefined || Date.parse(shown.updated ?? shown.published ?? '') <= deletedAt;
}

/** A feed lists a tombstone for as long as it likes, and the entry may have come and gone since. */
function isNews(known: KnownEntry | undefined, deletedAt: number, isShown: boolean): boolean {
  if (!known || known.isDeleted || known.isFormer) return false;
  return isShown || !(known.lastSeen * 1000 > deletedAt + longestCached * 1000);
}

function nameless(id: string): Entry {
  return { id, authors: [], contributors: [], categories: [], enclosures: [] };
}
