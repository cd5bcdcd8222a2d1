// From the entries of one document to what each is known by: the ladder (ladder.ts), then the known spelling of
// its URL (alias.ts), then a narrower key where several entries bear one (shared-key.ts). Pure: the same
// document against the same memory always gives the same keys, and keys make the ids of events.

import type { Entry, EntryKey, KnownEntry, Rung } from '../model/entry.ts';
import { knownSpelling } from './alias.ts';
import { type IdentifiedEntry, identified } from './identified-entry.ts';
import { ladderKey } from './ladder.ts';
import { narrowShared } from './shared-key.ts';

export type { IdentifiedEntry } from './identified-entry.ts';
export { chooseRung } from './ladder.ts';

/**
 * One for each distinct entry, in document order. Entries that nothing could recognise are left out. `keyOf` is another
 * ladder than that of now only to find what an earlier one made (former-keys.ts).
 */
export function identify(
  entries: readonly Entry[],
  rung: Rung,
  known: ReadonlyMap<string, KnownEntry>,
  keyOf: (entry: Entry, rung: Rung) => EntryKey | undefined = ladderKey,
): IdentifiedEntry[] {
  const climbed = entries.flatMap((entry) => {
    const item = keyOf === ladderKey ? climb(entry, rung) : withKey(entry, keyOf(entry, rung));
    return item ?? [];
  });
  return distinct(narrowShared(knownSpelling(climbed, known), known));
}

// As for fingerprints: the same object needs no second digest.
const climbs = new WeakMap<Entry, Map<Rung, IdentifiedEntry | undefined>>();

function climb(entry: Entry, rung: Rung): IdentifiedEntry | undefined {
  const made = climbs.get(entry) ?? new Map<Rung, IdentifiedEntry | undefined>();
  if (made.size === 0) climbs.set(entry, made);
  if (!made.has(rung)) made.set(rung, withKey(entry, ladderKey(entry, rung)));
  return made.get(rung);
}

function withKey(entry: Entry, key: EntryKey | undefined): IdentifiedEntry | undefined {
  return key && identified(entry, key);
}

/** RFC 4287 §4.1.1: of entries with one id the one with the latest `updated` is shown. */
// https://www.rfc-editor.org/rfc/rfc4287#section-4.1.1
function distinct(items: readonly IdentifiedEntry[]): IdentifiedEntry[] {
  const kept = new Map<string, IdentifiedEntry>();
  for (const item of items) {
    const other = kept.get(item.keyHash);
    if (!other || versionTime(item) > versionTime(other)) kept.set(item.keyHash, item);
  }
  return [...kept.values()];
}

function versionTime({ entry }: IdentifiedEntry): number {
  return Date.parse(entry.updated ?? entry.published ?? '') || Number.NEGATIVE_INFINITY;
}
