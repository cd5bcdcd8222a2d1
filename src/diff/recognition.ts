// What each entry of a document is known by, and what is known of it under the key of now: the rung, then what moved
// from former ladders, then what the publisher gave new ids. Decides nothing of events.

import type { KnownEntry, Rung } from '../model/entry.ts';
import type { FeedMemory, ParsedFeed } from '../model/feed.ts';
import { type Churn, churnOf, recognised, withRecognised } from './churn.ts';
import { movedKeys, withMoved } from './former-keys.ts';
import type { IdentifiedEntry } from './identified-entry.ts';
import { identify } from './identity.ts';
import { type KeyRules, keyRules, newest } from './key-rules.ts';
import { chooseRung } from './ladder.ts';

export interface RecognitionInput {
  readonly memory: FeedMemory;
  readonly feed: ParsedFeed;
  /** A 226 shows what changed and nothing else, so what it lacks and its order prove nothing. */
  readonly isPartial: boolean;
  /** Overrides the rung; known entries are re-keyed. */
  readonly identity?: Rung;
  /** Oldest first; the last makes the keys. */
  readonly rules?: readonly KeyRules[];
}

export interface Recognition {
  /** The one that made the keys. */
  readonly rung: Rung;
  /** The one that stands after this document. */
  readonly nextRung: Rung;
  /** In document order, one for each distinct entry. */
  readonly items: readonly IdentifiedEntry[];
  readonly known: ReadonlyMap<string, KnownEntry>;
  /** `keyHash` before -> `keyHash` now. */
  readonly renamed: ReadonlyMap<string, string>;
  /** The ids of the document changed in mass. */
  readonly churn?: Churn;
}

export function recognise(input: RecognitionInput): Recognition {
  const { memory, feed, isPartial, rules = keyRules } = input;
  const rung = input.identity ?? storedRung(memory) ?? chooseRung(feed.entries);
  const items = identify(feed.entries, rung, memory.entries, newest(rules).keyOf);
  const moved = movedKeys(items, feed.entries, memory, rung, rules);
  const settled = withMoved(memory.entries, moved);
  const window = memory.window ?? [];
  const matches = isPartial ? new Map() : recognised(items, settled, window);
  const unknown = items.filter(({ keyHash }) => !settled.has(keyHash)).length;
  const churn = churnOf(items, matches, unknown, window);
  return {
    rung,
    nextRung: nextRung(input, rung, items),
    items,
    known: withRecognised(settled, items, matches),
    renamed: new Map([...moved, ...matches].map(([keyHash, { from }]) => [from, keyHash])),
    ...(churn && { churn }),
  };
}

/** Stands from the first entries on; an empty first document must not choose one. */
function storedRung(memory: FeedMemory): Rung | undefined {
  return memory.entries.size > 0 ? memory.rung : undefined;
}

/** An empty or partial document re-keys hardly anything, so the rung before stands until a whole one has come. */
function nextRung(
  { memory, isPartial }: RecognitionInput,
  rung: Rung,
  items: readonly IdentifiedEntry[],
): Rung {
  return isPartial || items.length === 0 ? (storedRung(memory) ?? rung) : rung;
}
