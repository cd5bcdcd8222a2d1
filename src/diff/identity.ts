// From the entries of one document to what each is known by: the ladder (ladder.ts), then the known spelling of
// its URL (alias.ts), then a narrower key where several entries bear one (shared-key.ts). Pure: the same
// document against the same memory always gives the same keys, and keys make the ids of events.

import type { Entry, KnownEntry, Rung } from '../model/entry.ts';
import { knownSpelling } from './alias.ts';
import { type IdentifiedEntry, identified } from './identified-entry.ts';
import { ladderKey } from './ladder.ts';
import { narrowShared } from './shared-key.ts';

export type { IdentifiedEntry } from './identified-entry.ts';
export { chooseRung } from './ladder.ts';

/** One for each distinct entry, in document order. Entries that nothing could recognise are left out. */
export function identify(
  entries: readonly Entry[],
  rung: Rung,
  known: ReadonlyMap<string, KnownEntry>,
): IdentifiedEntry[] {
  const climbed = entries.flatMap((entry) => {
    const key = ladderKey(entry, rung);
    return key ? [identified(entry, key)] : [];
  });
  return distinct(narrowShared(knownSpelling(climbed, known), known));
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
