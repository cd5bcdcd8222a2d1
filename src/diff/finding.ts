// What one entry of a document, or one that it lost, is judged to be, and what is known of it from now on.

import type { DeletionReason, Entry, EntryKey, EntryLabel, KnownEntry, WindowEntry } from '../model/entry.ts';
import { spellingToKeep } from './alias.ts';
import { judgeUpdate, maxUpdates } from './damper.ts';
import { contentHash, fingerprint } from './fingerprint.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import type { KeyRules } from './key-rules.ts';

export interface Finding {
  readonly entry: Entry;
  readonly key: EntryKey;
  readonly keyHash: string;
  readonly sharedHash?: string;
  readonly record: KnownEntry;
  readonly kind: 'new' | 'updated' | 'deleted' | 'silent';
  readonly changed?: readonly string[];
  readonly previous?: EntryLabel;
  readonly reason?: DeletionReason;
  readonly isWithheld?: true;
}

/** An entry that was not known. */
export function meet(
  item: IdentifiedEntry,
  nowSeconds: number,
  { isBackfilled, isWithheld }: { readonly isBackfilled: boolean; readonly isWithheld: boolean },
): Finding {
  const record = {
    fingerprint: fingerprint(item.entry),
    revision: 1,
    firstSeen: nowSeconds,
    lastSeen: nowSeconds,
  };
  return {
    ...item,
    record: withSpelling(record, item.key),
    kind: isBackfilled ? 'silent' : 'new',
    ...(isWithheld && { isWithheld }),
  };
}

/** `former`: rules that its fingerprint may have been made by. `label`: how the documents before showed it. */
export function meetAgain(
  item: IdentifiedEntry,
  before: KnownEntry,
  nowSeconds: number,
  former: readonly KeyRules[],
  label: EntryLabel | undefined,
): Finding {
  const print = fingerprint(item.entry);
  const alike = print === before.fingerprint ? [] : former.map((rules) => rules.fingerprint(item.entry));
  const { announced, flaps } = judgeUpdate(before, print, nowSeconds, alike);
  const { flaps: _, isDeleted, isFormer: __, ...kept } = before;
  // Receivers hold it for deleted, so they are told whether or not it changed, as long as it has updates left.
  const isBack = isDeleted === true && before.revision <= maxUpdates;
  const isUpdated = announced.length > 0 || isBack;
  const record = {
    ...kept,
    fingerprint: print,
    revision: before.revision + Number(isUpdated),
    lastSeen: Math.max(before.lastSeen, nowSeconds),
    ...(flaps && { flaps }),
    ...(isDeleted && !isBack && { isDeleted }),
  };
  const previous = previousOf(announced, label);
  return {
    ...item,
    record: withSpelling(record, item.key),
    kind: isUpdated ? 'updated' : 'silent',
    ...(isUpdated && { changed: announced }),
    ...(isUpdated && previous && { previous }),
  };
}

/** A known entry that is gone. Its content is not kept, so the fingerprint stands for its hash. */
export function lose(
  { key, keyHash, id, url, title }: Pick<WindowEntry, 'key' | 'keyHash' | keyof EntryLabel>,
  before: KnownEntry | undefined,
  reason: DeletionReason,
): Finding[] {
  if (!before) return [];
  const entry: Entry = {
    ...(id !== undefined && { id }),
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...{ authors: [], contributors: [], categories: [], enclosures: [] },
  };
  const { flaps: _, ...kept } = before;
  const record = { ...kept, revision: before.revision + 1, isDeleted: true };
  return [{ entry, key, keyHash, record, kind: 'deleted', reason }];
}

export function hashOf({ kind, entry, record }: Finding): string {
  return kind === 'deleted' ? record.fingerprint : contentHash(entry);
}

/** The small ones of the fields that changed, as they were. */
function previousOf(changed: readonly string[], label: EntryLabel | undefined): EntryLabel | undefined {
  const { title, url } = label ?? {};
  const previous = {
    ...(title !== undefined && changed.includes('title') && { title }),
    ...(url !== undefined && changed.includes('link') && { url }),
  };
  return Object.keys(previous).length > 0 ? previous : undefined;
}

function withSpelling(record: KnownEntry, key: EntryKey): KnownEntry {
  if (record.spelling !== undefined) return record;
  const spelling = spellingToKeep(key);
  return spelling === undefined ? record : { ...record, spelling };
}
