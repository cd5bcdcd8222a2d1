// Several entries under one id (or, in a feed of links, one link): the known one keeps it, the others get a
// narrower key, and the memory marks it as shared, so that an unknown link under it is a new entry.
// Entries are told apart by their link under an id, and by title, else text, under a link.

import type { EntryKey, KnownEntry } from '../model/entry.ts';
import { fieldDigest, fingerprint, nothing } from './fingerprint.ts';
import { type IdentifiedEntry, identified } from './identified-entry.ts';
import { narrowedKey } from './ladder.ts';

export function narrowShared(
  items: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
): readonly IdentifiedEntry[] {
  const keepers = new Map<string, string>();
  for (const [hash, group] of groupsToCheck(items, known)) {
    const marks = group.map(markOf);
    const before = known.get(hash);
    if (!before?.isShared && new Set(marks.filter((mark) => mark !== nothing)).size < 2) continue;
    // Nothing known: the last of the document, the oldest, as if the feed had been read from its beginning.
    keepers.set(hash, before ? markIn(before.fingerprint, group[0]?.key) : (marks.at(-1) ?? nothing));
  }
  if (keepers.size === 0) return items;
  return items.flatMap((item) => {
    const keeper = keepers.get(item.keyHash);
    if (keeper === undefined) return item;
    if (markOf(item) === keeper) return { ...item, sharedHash: item.keyHash };
    // With neither link nor text it says nothing that the keeper does not say better.
    const narrowed = narrowedKey(item.entry, item.key);
    return narrowed ? { ...identified(item.entry, narrowed), sharedHash: item.keyHash } : [];
  });
}

/** Groups of more than one, and single entries whose key is known to be shared. */
function groupsToCheck(items: readonly IdentifiedEntry[], known: ReadonlyMap<string, KnownEntry>) {
  const groups = new Map<string, IdentifiedEntry[]>();
  for (const item of items) {
    if (item.key.source === 'hash') continue;
    const group = groups.get(item.keyHash);
    if (group) group.push(item);
    else groups.set(item.keyHash, [item]);
  }
  return [...groups].filter(([hash, group]) => group.length > 1 || known.get(hash)?.isShared === true);
}

function markOf({ entry, key }: IdentifiedEntry): string {
  return markIn(fingerprint(entry), key);
}

function markIn(print: string, key: EntryKey | undefined): string {
  if (key?.source === 'guid') return fieldDigest(print, 'link');
  const title = fieldDigest(print, 'title');
  return title === nothing ? fieldDigest(print, 'content') : title;
}
