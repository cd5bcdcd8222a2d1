// Mass change of ids: the publisher issues them anew (an export, a new CMS), which would announce the whole feed again.
// Decides which unknown entries of a document are known ones under other ids, whether that makes a change in mass, and
// which of the entries that were not recognised wait for the operator. docs/entries.md, "New ids for all".

import type { Entry, EntryLabel, KnownEntry, WindowEntry } from '../model/entry.ts';
import { fieldDigest, fingerprint, nothing } from './fingerprint.ts';
import type { Moved } from './former-keys.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { entryTime } from './order.ts';
import { labelOf } from './window.ts';

/** Fewer unknown ids than this are ordinary news, and fewer recognised ones prove no change in mass by themselves. */
export const fewestChurned = 5;
/** `limits.floodLimit` where nothing else is said. */
export const usualFloodLimit = 50;

const longestSample = 5;

/** What `feed.identity_churn` tells. */
export interface Churn {
  readonly matched: number;
  readonly sample: readonly (EntryLabel & { readonly previousId?: string })[];
}

/** `keyHash` under the new id -> what is known of the entry. Empty unless half or more of the ids are unknown. */
export function recognised(
  items: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
  window: readonly WindowEntry[],
): ReadonlyMap<string, Moved> {
  const unknown = items.filter(({ keyHash }) => !known.has(keyHash));
  const matches = new Map<string, Moved>();
  const isNews = unknown.length < fewestChurned || unknown.length * 2 < items.length;
  if (isNews || known.size === 0) return matches;
  const absent = absentByLikeness(items, unknown, known, window);
  const common = commonPairs(items);
  const claimed = new Set<Moved>();
  for (const { entry, keyHash } of unknown) {
    const match = likenesses(entry, common)
      .map((likeness) => latest(absent.get(likeness), claimed))
      .find((each) => each && isSeenAfter(entry, each.record));
    if (!match) continue;
    claimed.add(match);
    matches.set(keyHash, match);
  }
  return matches;
}

/**
 * The known entries with those that were recognised: they keep revision and first sighting, and how they look now is no
 * update. The old keys stay, marked, in case the ids come back.
 */
export function withRecognised(
  known: ReadonlyMap<string, KnownEntry>,
  items: readonly IdentifiedEntry[],
  matches: ReadonlyMap<string, Moved>,
): ReadonlyMap<string, KnownEntry> {
  if (matches.size === 0) return known;
  const entries = new Map(known);
  for (const { entry, keyHash } of items) {
    const match = matches.get(keyHash);
    if (!match) continue;
    const { revision, firstSeen, lastSeen } = match.record;
    entries.set(match.from, { ...match.record, isFormer: true });
    entries.set(keyHash, { fingerprint: fingerprint(entry), revision, firstSeen, lastSeen });
  }
  return entries;
}

/**
 * A change in mass, told from one entry that was issued again among much news: half of the unknown were recognised, or
 * as many as chance does not bring.
 */
export function churnOf(
  items: readonly IdentifiedEntry[],
  matches: ReadonlyMap<string, Moved>,
  unknown: number,
  window: readonly WindowEntry[],
): Churn | undefined {
  if (matches.size === 0 || (matches.size < fewestChurned && matches.size * 2 < unknown)) return undefined;
  const idBefore = new Map(window.map(({ keyHash, id }) => [keyHash, id]));
  const sample = items.filter(({ keyHash }) => matches.has(keyHash)).slice(0, longestSample);
  return {
    matched: matches.size,
    sample: sample.map(({ entry, keyHash }) => {
      const previousId = idBefore.get(matches.get(keyHash)?.from ?? '');
      return { ...labelOf(entry), ...(previousId !== undefined && { previousId }) };
    }),
  };
}

/**
 * Of a document whose ids changed in mass: the unknown entries that may be old ones which were not recognised. They are
 * older than the newest known one, or undated and many. `items` are all of the document, `unknown` some of them.
 */
export function heldBack(
  items: readonly IdentifiedEntry[],
  unknown: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
  floodLimit: number,
): Set<IdentifiedEntry> {
  const newest = newestTime(items, known);
  const undated = unknown.filter(({ entry }) => entryTime(entry) === undefined);
  const older = unknown.filter(({ entry }) => (entryTime(entry) ?? newest) < newest);
  return new Set(undated.length > floodLimit ? [...older, ...undated] : older);
}

/** A date later than the entry was ever seen says nothing of what is new. */
function newestTime(items: readonly IdentifiedEntry[], known: ReadonlyMap<string, KnownEntry>): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { entry, keyHash } of items) {
    const time = entryTime(entry);
    const record = known.get(keyHash);
    if (record && time !== undefined && time > newest && time <= record.lastSeen * 1000) newest = time;
  }
  return newest;
}

/**
 * A monitor that reports "down" every day gives each report a new id and the same text. So a dated entry
 * is the known one only if it was published by the time that one was last seen.
 */
function isSeenAfter(entry: Entry, { lastSeen }: KnownEntry): boolean {
  return (entryTime(entry) ?? Number.NEGATIVE_INFINITY) <= lastSeen * 1000;
}

/**
 * Dated: title with link, content or date; every field where the pair is common. Undated: every field, and
 * there must be a title and a link.
 */
function likenesses(entry: Entry, common: ReadonlySet<string>): string[] {
  const print = fingerprint(entry);
  const time = entryTime(entry);
  if (time !== undefined)
    return [...pairs(print, inSeconds(time)).filter((pair) => !common.has(pair)), print];
  return fieldDigest(print, 'title') === nothing || fieldDigest(print, 'link') === nothing ? [] : [print];
}

function pairs(print: string, datedAt: number | undefined): string[] {
  const title = fieldDigest(print, 'title');
  if (title === nothing) return [];
  return [
    ...(['link', 'content'] as const)
      .filter((name) => fieldDigest(print, name) !== nothing)
      .map((name) => `${name}:${title}.${fieldDigest(print, name)}`),
    ...(datedAt === undefined ? [] : [`date:${title}.${datedAt}`]),
  ];
}

/** Pairs that several entries of the document bear: alerts of one title that all link to one page. */
function commonPairs(items: readonly IdentifiedEntry[]): Set<string> {
  const seen = new Set<string>();
  const common = new Set<string>();
  for (const { entry } of items) {
    const time = entryTime(entry);
    for (const pair of pairs(fingerprint(entry), time === undefined ? undefined : inSeconds(time))) {
      if (seen.has(pair)) common.add(pair);
      seen.add(pair);
    }
  }
  return common;
}

/**
 * Known entries that the document lacks, by what they look like; the last seen at the end. Of tens of thousands hardly one
 * has the title of an unknown entry, as all that are alike have, so that only those are looked at.
 */
function absentByLikeness(
  items: readonly IdentifiedEntry[],
  unknown: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
  window: readonly WindowEntry[],
): Map<string, Moved[]> {
  const present = new Set(items.map(({ keyHash }) => keyHash));
  const titles = new Set(unknown.map(({ entry }) => fieldDigest(fingerprint(entry), 'title')));
  const datedAt = new Map(window.map((place) => [place.keyHash, place.datedAt]));
  const missing = [...known]
    .filter(([, { fingerprint: print }]) => titles.has(fieldDigest(print, 'title')))
    .filter(([hash, { isFormer, isDeleted }]) => !present.has(hash) && !isFormer && !isDeleted)
    .map(([from, record]) => ({ from, record }));
  const absent = new Map<string, Moved[]>();
  for (const match of missing.sort((one, other) => one.record.lastSeen - other.record.lastSeen)) {
    const { fingerprint: print } = match.record;
    for (const likeness of [print, ...pairs(print, datedAt.get(match.from))]) {
      const others = absent.get(likeness);
      if (others) others.push(match);
      else absent.set(likeness, [match]);
    }
  }
  return absent;
}

/** The last of `matches` that is not claimed. Takes the claimed ones off, so that equal entries cost no square. */
function latest(matches: Moved[] | undefined, claimed: ReadonlySet<Moved>): Moved | undefined {
  for (let last = matches?.at(-1); last && claimed.has(last); last = matches?.at(-1)) matches?.pop();
  return matches?.at(-1);
}

function inSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
