// The same entries under new keys. Two causes: the operator overrides the rung, or the publisher issues all ids
// anew (an export, a new CMS), which would announce the whole feed again. A re-keyed entry keeps its
// revision and first sighting, silently; its old key stays known, in case the ids come back.

import type { Entry, KnownEntry } from '../model/entry.ts';
import { fieldDigest, fingerprint, nothing } from './fingerprint.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { entryTime } from './order.ts';

/** Fewer unknown ids than this are ordinary news. */
export const fewestChurned = 5;

/** `keyHash` under the new key -> what is known of the entry. */
export type Rekeyed = ReadonlyMap<string, KnownEntry>;

/** Another rung: the entries of this document are known under their keys of the rung before. */
export function rekeyByRung(
  items: readonly IdentifiedEntry[],
  before: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
): Rekeyed {
  const hashBefore = new Map(before.map(({ entry, keyHash }) => [entry, keyHash]));
  return new Map(
    items.flatMap(({ entry, keyHash }) => {
      const record = known.has(keyHash) ? undefined : known.get(hashBefore.get(entry) ?? '');
      return record ? [[keyHash, plain(record, record.fingerprint)] as const] : [];
    }),
  );
}

/** Mass change of ids: half or more of the document's keys, and at least `fewestChurned`, are unknown. */
export function rekeyByContent(
  items: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
): Rekeyed {
  const unknown = items.filter(({ keyHash }) => !known.has(keyHash));
  if (unknown.length < fewestChurned || unknown.length * 2 < items.length) return new Map();
  const absent = absentByLikeness(items, known);
  const common = commonPairs(items);
  const claimed = new Set<KnownEntry>();
  const rekeyed = new Map<string, KnownEntry>();
  for (const { entry, keyHash } of unknown) {
    const print = fingerprint(entry);
    const record = likenesses(entry, print, common)
      .map((likeness) => latest(absent.get(likeness), claimed))
      .find((each) => each && isSeenAfter(entry, each));
    if (!record) continue;
    claimed.add(record);
    rekeyed.set(keyHash, plain(record, print));
  }
  return rekeyed;
}

/**
 * A monitor that reports "down" every day gives each report a new id and the same text. So a dated entry
 * is the known one only if it was published by the time that one was last seen.
 */
function isSeenAfter(entry: Entry, { lastSeen }: KnownEntry): boolean {
  return (entryTime(entry) ?? Number.NEGATIVE_INFINITY) <= lastSeen * 1000;
}

/**
 * Dated: title and link, or title and content; every field where the pair is common. Undated: every field, and
 * there must be a title and a link.
 */
function likenesses(entry: Entry, print: string, common: ReadonlySet<string>): string[] {
  if (entryTime(entry) !== undefined) return [...pairs(print).filter((pair) => !common.has(pair)), print];
  return fieldDigest(print, 'title') === nothing || fieldDigest(print, 'link') === nothing ? [] : [print];
}

function pairs(print: string): string[] {
  const title = fieldDigest(print, 'title');
  if (title === nothing) return [];
  return (['link', 'content'] as const)
    .filter((name) => fieldDigest(print, name) !== nothing)
    .map((name) => `${name}:${title}.${fieldDigest(print, name)}`);
}

/** Pairs that several entries of the document bear: alerts of one title that all link to one page. */
function commonPairs(items: readonly IdentifiedEntry[]): Set<string> {
  const seen = new Set<string>();
  const common = new Set<string>();
  for (const pair of items.flatMap(({ entry }) => pairs(fingerprint(entry)))) {
    if (seen.has(pair)) common.add(pair);
    seen.add(pair);
  }
  return common;
}

/** Known entries that the document lacks, by what they look like; the last seen at the end. */
function absentByLikeness(items: readonly IdentifiedEntry[], known: ReadonlyMap<string, KnownEntry>) {
  const present = new Set(items.map(({ keyHash }) => keyHash));
  const missing = [...known].filter(([hash]) => !present.has(hash)).map(([, record]) => record);
  const absent = new Map<string, KnownEntry[]>();
  for (const record of missing.sort((one, other) => one.lastSeen - other.lastSeen)) {
    for (const likeness of [record.fingerprint, ...pairs(record.fingerprint)]) {
      const others = absent.get(likeness);
      if (others) others.push(record);
      else absent.set(likeness, [record]);
    }
  }
  return absent;
}

/** The last of `records` that is not claimed. Takes the claimed ones off, so that equal entries cost no square. */
function latest(records: KnownEntry[] | undefined, claimed: ReadonlySet<KnownEntry>): KnownEntry | undefined {
  for (let last = records?.at(-1); last && claimed.has(last); last = records?.at(-1)) records?.pop();
  return records?.at(-1);
}

/** What belongs to the old key alone stays with it. */
function plain({ revision, firstSeen, lastSeen }: KnownEntry, print: string): KnownEntry {
  return { fingerprint: print, revision, firstSeen, lastSeen };
}
