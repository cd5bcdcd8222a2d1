// Reads documents one after another as a poll does, keeping the memory between them.

import { type DiffInput, diffEntries, type EntryDiff } from '../../src/diff/diff.ts';
import type { Entry } from '../../src/model/entry.ts';
import type { FeedMemory, ParsedFeed } from '../../src/model/feed.ts';

export const startSeconds = Date.parse('2026-11-20T09:00:00Z') / 1000;
export const hour = 3600;
export const day = 24 * hour;

export function entry(fields: Partial<Entry> = {}): Entry {
  return { authors: [], contributors: [], categories: [], enclosures: [], ...fields };
}

/** An entry with id, link and title made from its name. */
export function post(name: string, fields: Partial<Entry> = {}): Entry {
  return entry({
    id: `tag:example.org,2026:${name}`,
    url: `https://example.org/${name}`,
    title: `Post ${name}`,
    ...fields,
  });
}

export function documentOf(entries: readonly Entry[]): ParsedFeed {
  return {
    format: 'atom10',
    hubUrls: [],
    authors: [],
    contributors: [],
    categories: [],
    hints: {},
    entries,
    tombstones: [],
    flaws: [],
  };
}

export const emptyMemory: FeedMemory = {
  feedId: 'example',
  hints: {},
  entries: new Map(),
  sequence: 0,
  outbox: [],
};

export class Reader {
  memory: FeedMemory = emptyMemory;
  now = startSeconds;
  readonly #options: Partial<DiffInput>;

  constructor(options: Partial<DiffInput> = {}) {
    this.#options = options;
  }

  /** Reads one document, an hour after the one before unless told otherwise. */
  read(entries: readonly Entry[], options: Partial<DiffInput> = {}, elapsed = hour): EntryDiff {
    this.now += elapsed;
    const diff = diffEntries({
      memory: this.memory,
      feed: documentOf(entries),
      isPartial: false,
      initial: 'none',
      nowSeconds: this.now,
      ...this.#options,
      ...options,
    });
    const { baseline, rung, keyRules, formerLadders, entries: known, window, sequence } = diff;
    const kept = { baseline, rung, keyRules, formerLadders, entries: known, window, sequence };
    this.memory = { ...this.memory, ...kept };
    return diff;
  }
}

/** A reader that has baselined `entries`. */
export function readerOf(entries: readonly Entry[], options: Partial<DiffInput> = {}): Reader {
  const reader = new Reader(options);
  reader.read(entries);
  return reader;
}

/** Changes as `new Post a`, `updated Post b`. */
export function told({ changes }: EntryDiff): string[] {
  return changes.map(({ type, entry: { title, id } }) => `${type.slice('entry.'.length)} ${title ?? id}`);
}

export function keys({ changes }: EntryDiff): string[] {
  return changes.map(({ key }) => key.value);
}
