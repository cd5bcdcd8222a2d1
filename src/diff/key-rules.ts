// The versions of the rules by which keys and fingerprints are made. Keys outlive releases: a release that makes another
// key or another fingerprint of the same entry adds a version here, with frozen copies of what it replaces, so that what
// is stored is recognised under the rules that made it. Which of these rules a feed still needs: former-keys.ts.

import type { Entry, EntryKey, Rung } from '../model/entry.ts';
import type { FeedMemory } from '../model/feed.ts';
import { fingerprint } from './fingerprint.ts';
import { ladderKey } from './ladder.ts';

export interface KeyRules {
  readonly version: number;
  readonly keyOf: (entry: Entry, rung: Rung) => EntryKey | undefined;
  readonly fingerprint: (entry: Entry) => string;
}

/** Oldest first; the last makes the keys. A version is never removed, and what it makes never changes. */
export const keyRules: readonly KeyRules[] = [{ version: 1, keyOf: ladderKey, fingerprint }];

/** What the memory says of itself; a higher number than this was written by a newer feedhook. */
export const currentKeyRules = newest(keyRules).version;

export function newest(rules: readonly KeyRules[]): KeyRules {
  const last = rules.at(-1);
  if (!last) throw new RangeError('there are no key rules');
  return last;
}

/** Those by which something that is stored of the feed may have been made, and that make nothing any more. */
export function replacedRules(memory: FeedMemory, rules: readonly KeyRules[]): KeyRules[] {
  const stored = [memory, ...(memory.formerLadders ?? [])].map(({ keyRules: version = 1 }) => version);
  return rules.slice(0, -1).filter(({ version }) => stored.includes(version));
}
