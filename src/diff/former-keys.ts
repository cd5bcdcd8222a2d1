// Entries that are known under a key which another ladder made: the operator changed `identity`, or a release changed
// the key rules. Such an entry moves to its new key with all that is known of it, silently. Keys of entries that no
// document has shown since stay as they are, so the ladders that made them are remembered and tried for every unknown
// entry. Ids that the publisher changed are no concern of this file: churn.ts.

import type { Entry, KnownEntry, Rung } from '../model/entry.ts';
import type { FeedMemory, FormerLadder } from '../model/feed.ts';
import { fieldDigest, fingerprint } from './fingerprint.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { identify } from './identity.ts';
import { type KeyRules, newest } from './key-rules.ts';
import { entryTime } from './order.ts';

/** What was known of an entry, and the `keyHash` that it was known under. */
export interface Moved {
  readonly from: string;
  readonly record: KnownEntry;
}

/** There are three rungs; more ladders than this take several changes of the rules. */
const mostLadders = 8;

/** `keyHash` of the new key -> what moves to it. */
export function movedKeys(
  items: readonly IdentifiedEntry[],
  entries: readonly Entry[],
  memory: FeedMemory,
  rung: Rung,
  rules: readonly KeyRules[],
): ReadonlyMap<string, Moved> {
  const known = memory.entries;
  const moved = new Map<string, Moved>();
  if (known.size === 0) return moved;
  const taken = new Set(items.map(({ keyHash }) => keyHash));
  for (const ladder of otherLadders(memory, { rung, keyRules: newest(rules).version })) {
    const unknown = items.filter(({ keyHash }) => !known.has(keyHash) && !moved.has(keyHash));
    const made = rules.find(({ version }) => version === ladder.keyRules);
    if (unknown.length === 0 || !made) continue;
    const isCertain = ladder.rung === memory.rung;
    const before = identify(entries, ladder.rung, known, made.keyOf);
    const hashBefore = new Map(before.map(({ entry, keyHash }) => [entry, keyHash]));
    for (const { entry, keyHash } of unknown) {
      const from = hashBefore.get(entry) ?? '';
      const record = taken.has(from) ? undefined : known.get(from);
      if (!record || !(isCertain || mayBe(entry, record))) continue;
      taken.add(from);
      moved.set(keyHash, { from, record });
    }
  }
  return moved;
}

/** A key that several entries bore stays, to mark them as shared; another one has done its duty. */
export function withMoved(
  known: ReadonlyMap<string, KnownEntry>,
  moved: ReadonlyMap<string, Moved>,
): ReadonlyMap<string, KnownEntry> {
  if (moved.size === 0) return known;
  const settled = new Map(known);
  for (const { from, record } of moved.values()) if (!record.isShared) settled.delete(from);
  for (const [keyHash, { record }] of moved) {
    const { isShared: _, spelling: __, ...kept } = record;
    settled.set(keyHash, kept);
  }
  return settled;
}

/**
 * What the memory is to say of its ladders beside `next`. `used` made the keys of this document; the two differ when a
 * part of a feed came by an override, which may be taken back before the whole does.
 */
export function laddersAfter(
  memory: FeedMemory,
  used: FormerLadder,
  next: FormerLadder,
): readonly FormerLadder[] {
  return memory.entries.size === 0 ? [] : otherLadders(memory, next, used).slice(0, mostLadders);
}

function otherLadders(memory: FeedMemory, now: FormerLadder, used = now): FormerLadder[] {
  const { rung = now.rung, keyRules = 1, formerLadders = [] } = memory;
  const all = [used, { rung, keyRules }, ...formerLadders];
  const texts = new Map(all.map((each) => [JSON.stringify(each), each]));
  return [...texts.values()].filter((each) => each.rung !== now.rung || each.keyRules !== now.keyRules);
}

/**
 * An operator leaves a rung because it takes different entries for one. So what comes under a key of that rung later
 * than the change is the known entry only if it was published by the time that one was last seen, or, without
 * a date, if it bears the same title.
 */
function mayBe(entry: Entry, { fingerprint: print, lastSeen }: KnownEntry): boolean {
  const time = entryTime(entry);
  if (time !== undefined) return time <= lastSeen * 1000;
  return fieldDigest(fingerprint(entry), 'title') === fieldDigest(print, 'title');
}
