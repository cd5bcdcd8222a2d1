// entries x what is known -> changes. Pure: the same document against the same memory gives the same changes, so a
// poll that is repeated after a crash repeats its events under their ids. Decides what is new, updated, or known;
// never cuts: a document with 5,000 new entries has 5,000 changes. What identity means: docs/entries.md.

import type { Entry, EntryChange, KnownEntry, Rung } from '../model/entry.ts';
import type { FeedMemory, ParsedFeed } from '../model/feed.ts';
import { spellingToKeep } from './alias.ts';
import { slidIn } from './backfill.ts';
import { judgeUpdate } from './damper.ts';
import { contentHash, fingerprint } from './fingerprint.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { identify } from './identity.ts';
import { chooseRung, isIdentifiable } from './ladder.ts';
import { oldestFirst } from './order.ts';
import { type Rekeyed, rekeyByContent, rekeyByRung } from './rekey.ts';
import { forgetOld } from './retention.ts';

export interface DiffInput {
  readonly memory: FeedMemory;
  readonly feed: ParsedFeed;
  /** A 226 shows what changed and nothing else, so what it lacks and its order prove nothing. */
  readonly isPartial: boolean;
  /** Which entries of the first document become events. */
  readonly initial: 'none' | 'all' | number;
  /** Overrides the rung; known entries of this document are re-keyed. */
  readonly identity?: Rung;
  readonly nowSeconds: number;
}

export interface EntryDiff {
  /** The stored one, or this very document when it is the first. */
  readonly baseline: { readonly at: number; readonly entries: number };
  readonly rung: Rung;
  /** All that is known from now on. */
  readonly entries: ReadonlyMap<string, KnownEntry>;
  /** The number of the last entry event. */
  readonly sequence: number;
  /** Oldest first: in the order in which events are made. */
  readonly changes: readonly EntryChange[];
  /** Entries of the document that were known before, by whatever key. */
  readonly known: number;
  /** Entries with no id, link, title or text. */
  readonly skipped: number;
  /** Older entries that slid into the window, and known ones under a new key: both without events. */
  readonly backfilled: number;
  readonly rekeyed: number;
}

/** One entry of the document, judged. */
interface Finding {
  readonly item: IdentifiedEntry;
  readonly entry: Entry;
  readonly record: KnownEntry;
  readonly kind: 'new' | 'updated' | 'silent';
  readonly changed?: readonly string[];
}

export function diffEntries(input: DiffInput): EntryDiff {
  const { memory, feed, nowSeconds, isPartial } = input;
  const rung = rungOf(input);
  const items = identify(feed.entries, rung, memory.entries);
  const rekeyed = rekeyedEntries(input, rung, items);
  const known = rekeyed.size > 0 ? new Map([...memory.entries, ...rekeyed]) : memory.entries;
  const slid = isPartial ? new Set() : slidIn(items, known, memory.baseline);
  const findings = items.map((item) => {
    const before = known.get(item.keyHash);
    return before ? meetAgain(item, before, nowSeconds) : meet(item, slid.has(item), nowSeconds);
  });
  const changes = numbered(announced(findings, input), memory);
  return {
    baseline: memory.baseline ?? { at: nowSeconds, entries: items.length },
    rung: rungAfter(input, rung, items),
    entries: forgetOld(remember(known, findings), nowSeconds),
    sequence: memory.sequence + changes.length,
    changes,
    known: items.filter(({ keyHash }) => known.has(keyHash)).length,
    skipped: feed.entries.filter((entry) => !isIdentifiable(entry)).length,
    backfilled: slid.size,
    rekeyed: rekeyed.size,
  };
}

function rungOf({ identity, memory, feed }: DiffInput): Rung {
  return identity ?? storedRung(memory) ?? chooseRung(feed.entries);
}

/** Stands from the first entries on; an empty first document must not choose one. */
function storedRung(memory: FeedMemory): Rung | undefined {
  return memory.entries.size > 0 ? memory.rung : undefined;
}

/** An empty or partial document re-keys hardly anything, so the rung before stands until a whole one has come. */
function rungAfter({ memory, isPartial }: DiffInput, rung: Rung, items: readonly IdentifiedEntry[]): Rung {
  return isPartial || items.length === 0 ? (storedRung(memory) ?? rung) : rung;
}

function rekeyedEntries(input: DiffInput, rung: Rung, items: readonly IdentifiedEntry[]): Rekeyed {
  const { memory, feed, isPartial } = input;
  if (memory.entries.size === 0) return new Map();
  if (memory.rung !== undefined && memory.rung !== rung) {
    return rekeyByRung(items, identify(feed.entries, memory.rung, memory.entries), memory.entries);
  }
  return isPartial ? new Map() : rekeyByContent(items, memory.entries);
}

function meet(item: IdentifiedEntry, isBackfilled: boolean, nowSeconds: number): Finding {
  const spelling = spellingToKeep(item.key);
  return {
    item,
    entry: item.entry,
    record: {
      fingerprint: fingerprint(item.entry),
      revision: 1,
      firstSeen: nowSeconds,
      lastSeen: nowSeconds,
      ...(spelling !== undefined && { spelling }),
    },
    kind: isBackfilled ? 'silent' : 'new',
  };
}

function meetAgain(item: IdentifiedEntry, before: KnownEntry, nowSeconds: number): Finding {
  const print = fingerprint(item.entry);
  const { announced, flaps } = judgeUpdate(before, print, nowSeconds);
  const { flaps: _, ...kept } = before;
  const isUpdated = announced.length > 0;
  return {
    item,
    entry: item.entry,
    record: {
      ...kept,
      fingerprint: print,
      revision: before.revision + Number(isUpdated),
      lastSeen: Math.max(before.lastSeen, nowSeconds),
      ...(flaps && { flaps }),
    },
    kind: isUpdated ? 'updated' : 'silent',
    ...(isUpdated && { changed: announced }),
  };
}

/** Those that become events, oldest first; of the first document only what `initial` asks for. */
function announced(findings: readonly Finding[], { memory, initial }: DiffInput): Finding[] {
  const changed = oldestFirst(findings.filter(({ kind }) => kind !== 'silent'));
  if (memory.baseline || initial === 'all') return changed;
  return initial === 'none' || initial <= 0 ? [] : changed.slice(-initial);
}

function numbered(findings: readonly Finding[], memory: FeedMemory): EntryChange[] {
  return findings.map(({ item, record, kind, changed }, index) => ({
    type: kind === 'new' ? 'entry.new' : 'entry.updated',
    entry: item.entry,
    key: item.key,
    revision: record.revision,
    sequence: memory.sequence + index + 1,
    isInitial: memory.baseline === undefined,
    ...(changed && { changed }),
    contentHash: contentHash(item.entry),
    firstSeen: record.firstSeen,
  }));
}

function remember(
  known: ReadonlyMap<string, KnownEntry>,
  findings: readonly Finding[],
): Map<string, KnownEntry> {
  const entries = new Map(known);
  for (const { item, record } of findings) entries.set(item.keyHash, record);
  for (const hash of new Set(findings.flatMap(({ item }) => item.sharedHash ?? []))) {
    const record = entries.get(hash);
    if (record) entries.set(hash, { ...record, isShared: true });
  }
  return entries;
}
