// entries x what is known -> changes. Pure: the same document against the same memory gives the same changes, so a
// poll that is repeated after a crash repeats its events under their ids. Decides what is new, updated, deleted, withheld
// or known; never cuts: a document with 5,000 new entries has 5,000 changes. What identity means: docs/entries.md.

import type { EntryChange, KnownEntry, Rung, WindowEntry } from '../model/entry.ts';
import type { FormerLadder } from '../model/feed.ts';
import { slidIn } from './backfill.ts';
import { changesOf } from './changes.ts';
import { type Churn, heldBack, usualFloodLimit } from './churn.ts';
import { type Finding, lose, meet, meetAgain } from './finding.ts';
import { laddersAfter } from './former-keys.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { keyRules, newest, replacedRules } from './key-rules.ts';
import { isIdentifiable } from './ladder.ts';
import { type Recognition, type RecognitionInput, recognise } from './recognition.ts';
import { forgetOld } from './retention.ts';
import { bury } from './tombstones.ts';
import { nextWindow } from './window.ts';

export interface DiffInput extends RecognitionInput {
  /** Which entries of the first document become events. */
  readonly initial: 'none' | 'all' | number;
  readonly nowSeconds: number;
  /** Undated entries that a document may announce in which the ids changed in mass. */
  readonly floodLimit?: number;
}

/** What is found; the fields that the memory has too are what it is to say from now on. */
export interface EntryDiff {
  /** The stored one, or this very document when it is the first. */
  readonly baseline: { readonly at: number; readonly entries: number };
  readonly rung: Rung;
  readonly keyRules: number;
  readonly formerLadders: readonly FormerLadder[];
  /** All that is known. */
  readonly entries: ReadonlyMap<string, KnownEntry>;
  readonly window: readonly WindowEntry[];
  /** The number of the last entry event. */
  readonly sequence: number;
  /** In the order in which events are made. */
  readonly changes: readonly EntryChange[];
  /** Entries of the document that were known before, by whatever key. */
  readonly known: number;
  /** Entries with no id, link, title or text. */
  readonly skipped: number;
  /** Older entries that slid into the window, and known ones under a new key: both without events. */
  readonly backfilled: number;
  readonly rekeyed: number;
  /** New entries that wait for the operator. */
  readonly withheld: number;
  /** The ids of the document changed in mass. */
  readonly churn?: Churn;
}

/** A document, judged entry by entry. */
interface Verdict {
  readonly shown: readonly Finding[];
  readonly lost: readonly Finding[];
  readonly window: readonly WindowEntry[];
  readonly backfilled: number;
}

export function diffEntries(input: DiffInput): EntryDiff {
  const { memory, feed, nowSeconds, rules = keyRules } = input;
  const recognition = recognise(input);
  const { items, known, renamed, churn } = recognition;
  const { shown, lost, window, backfilled } = judge(input, recognition);
  const changes = changesOf(shown, lost, memory, input.initial);
  const { version: keyRulesOfNow } = newest(rules);
  const used = { rung: recognition.rung, keyRules: keyRulesOfNow };
  const next = { rung: recognition.nextRung, keyRules: keyRulesOfNow };
  return {
    baseline: memory.baseline ?? { at: nowSeconds, entries: items.length },
    ...next,
    formerLadders: laddersAfter(memory, used, next),
    entries: forgetOld(remember(known, [...shown, ...lost]), nowSeconds),
    window,
    sequence: memory.sequence + changes.length,
    changes,
    known: items.filter(({ keyHash }) => known.has(keyHash)).length,
    skipped: feed.entries.filter((entry) => !isIdentifiable(entry)).length,
    backfilled,
    rekeyed: renamed.size,
    withheld: changes.filter(({ isWithheld }) => isWithheld).length,
    ...(churn && { churn }),
  };
}

function judge(input: DiffInput, recognition: Recognition): Verdict {
  const { memory, feed, isPartial, nowSeconds, rules = keyRules } = input;
  const { known, renamed, churn } = recognition;
  const { beaten, deleted } = bury(feed.tombstones, recognition.items, known);
  const items = recognition.items.filter(({ keyHash }) => !beaten.has(keyHash));
  const slid = isPartial ? new Set<IdentifiedEntry>() : slidIn(items, known, memory.baseline);
  const unknown = items.filter((item) => !known.has(item.keyHash) && !slid.has(item));
  const held = churn ? heldBack(items, unknown, known, input.floodLimit ?? usualFloodLimit) : new Set();
  const former = replacedRules(memory, rules);
  const before = memory.window ?? [];
  const labels = new Map(before.map((place) => [renamed.get(place.keyHash) ?? place.keyHash, place]));
  const { window, vanished } = nextWindow({
    before,
    items,
    isPartial,
    // What could not be read, or was read for something else, looks like what is not there.
    provesAbsence: !churn && feed.flaws.length === 0,
    renamed,
    buried: new Set([...beaten, ...deleted.map(({ keyHash }) => keyHash)]),
    isKnown: (keyHash) => known.has(keyHash),
    canVanish: (place) => canVanish(place, known.get(place.keyHash)),
  });
  return {
    shown: items.map((item) => {
      const record = known.get(item.keyHash);
      return record
        ? meetAgain(item, record, nowSeconds, former, labels.get(item.keyHash))
        : meet(item, nowSeconds, { isBackfilled: slid.has(item), isWithheld: held.has(item) });
    }),
    lost: [
      ...deleted.flatMap(({ entry, key, keyHash }) =>
        lose({ ...entry, ...labels.get(keyHash), key, keyHash }, known.get(keyHash), 'tombstone'),
      ),
      ...vanished.flatMap((place) => lose(place, known.get(place.keyHash), 'vanished')),
    ],
    window,
    backfilled: slid.size,
  };
}

/** A key that is made of title and text, or of a link beside a shared id, changes with an edit. */
function canVanish({ key }: WindowEntry, record: KnownEntry | undefined): boolean {
  const { isShared, isDeleted, isFormer } = record ?? {};
  const isStable = key.source === 'guid' || key.source === 'link';
  return record !== undefined && isStable && !isShared && !isDeleted && !isFormer;
}

function remember(
  known: ReadonlyMap<string, KnownEntry>,
  findings: readonly Finding[],
): Map<string, KnownEntry> {
  const entries = new Map(known);
  for (const { keyHash, record } of findings) entries.set(keyHash, record);
  for (const hash of new Set(findings.flatMap(({ sharedHash }) => sharedHash ?? []))) {
    const record = entries.get(hash);
    if (record) entries.set(hash, { ...record, isShared: true });
  }
  return entries;
}
