// A feed's memory as one text: a JSON line with everything small, one with the known entries, and one with the window.
// Entries and window are read at their first use, so that a poll that ends in 304 never pays for them, and they
// are written back as the same text when nobody changed them. Knows no store; anything it cannot
// understand is a fault, never an absent memory.

import { currentKeyRules } from '../diff/key-rules.ts';
import { StoreError } from '../errors.ts';
import type { KnownEntry, WindowEntry } from '../model/entry.ts';
import type { FeedMemory } from '../model/feed.ts';
import { readWindow, windowText } from './window-record.ts';

/**
 * 2 has the line of the window. An older feedhook refuses a record of it as newer, which is better than polling by an
 * older memory. Records of version 1 are read as they are.
 */
const version = 2;
const oldestVersion = 1;

/**
 * How every record with an empty outbox begins. The outbox stands first in the head, so that a store can
 * tell by a prefix which feeds have one; a record that begins otherwise counts as having an outbox.
 */
export const emptyOutboxPrefix = '{"outbox":[]';

/** Values that the flat list of known entries has of each: key, the four that all have, and the rare ones. */
const width = 6;

export function writeMemoryRecord(memory: FeedMemory): string {
  const { outbox, entries, window, ...rest } = memory;
  const places = window && windowText(window);
  const sizes = { known: entries.size, ...(places !== undefined && { windowLength: places.length }) };
  const head = JSON.stringify({ outbox, version, ...sizes, ...rest });
  const known = entries instanceof StoredEntries ? entries.text : writeEntries(entries);
  return places === undefined ? `${head}\n${known}` : `${head}\n${known}\n${places}`;
}

export function readMemoryRecord(feedId: string, record: string): FeedMemory {
  const lineEnd = record.indexOf('\n');
  const {
    version: _,
    known,
    windowLength,
    ...rest
  } = readHead(feedId, record.slice(0, Math.max(0, lineEnd)));
  // Its length is in the head, so that the end of the entries need not be searched for in them.
  const windowAt = windowLength === undefined ? record.length : record.length - windowLength - 1;
  const entries = new StoredEntries(feedId, known, record.slice(lineEnd + 1, windowAt));
  if (windowLength === undefined) return { ...rest, entries };
  if (windowAt <= lineEnd || record[windowAt] !== '\n') throw damaged(feedId, 'the window is not whole');
  let window: readonly WindowEntry[] | undefined;
  return {
    ...rest,
    entries,
    get window() {
      window ??= readWindow(record.slice(windowAt + 1));
      if (!window) throw damaged(feedId, 'the window is none');
      return window;
    },
  };
}

/** The outbox alone, without looking at the entries. */
export function readOutbox(feedId: string, record: string): readonly string[] {
  return readHead(feedId, record.slice(0, Math.max(0, record.indexOf('\n')))).outbox;
}

type Head = Omit<FeedMemory, 'entries' | 'window'> & {
  readonly version: number;
  readonly known: number;
  readonly windowLength?: number;
};

function readHead(feedId: string, line: string): Head {
  const head = parse(feedId, line);
  if (typeof head !== 'object' || head === null) throw damaged(feedId, 'the head is no object');
  const fields = head as Partial<Record<keyof Head, unknown>>;
  if (typeof fields.version === 'number' && fields.version > version) {
    throw new StoreError('store-newer', `memory of feed ${feedId} was written by a newer feedhook`, {
      feedId,
    });
  }
  if (typeof fields.keyRules === 'number' && fields.keyRules > currentKeyRules) {
    throw new StoreError('store-newer', `a newer feedhook made the entry keys of feed ${feedId}`, { feedId });
  }
  const isWhole =
    typeof fields.version === 'number' &&
    fields.version >= oldestVersion &&
    fields.feedId === feedId &&
    Number.isSafeInteger(fields.known) &&
    (fields.windowLength === undefined || Number.isSafeInteger(fields.windowLength)) &&
    Number.isSafeInteger(fields.sequence) &&
    typeof fields.hints === 'object' &&
    Array.isArray(fields.outbox) &&
    fields.outbox.every((id) => typeof id === 'string');
  if (!isWhole) throw damaged(feedId, 'the head lacks a field');
  return head as Head;
}

function writeEntries(entries: ReadonlyMap<string, KnownEntry>): string {
  const flat: unknown[] = [];
  for (const [key, { fingerprint, revision, firstSeen, lastSeen, ...rare }] of entries) {
    flat.push(key, fingerprint, revision, firstSeen, lastSeen, Object.keys(rare).length > 0 ? rare : 0);
  }
  return JSON.stringify(flat);
}

function readEntries(feedId: string, count: number, text: string): Map<string, KnownEntry> {
  const flat = parse(feedId, text);
  if (!Array.isArray(flat) || flat.length !== count * width) throw damaged(feedId, 'entries are missing');
  const entries = new Map<string, KnownEntry>();
  for (let at = 0; at < flat.length; at += width) {
    const key: unknown = flat[at];
    const rare: object | 0 = flat[at + 5];
    const common = {
      fingerprint: flat[at + 1],
      revision: flat[at + 2],
      firstSeen: flat[at + 3],
      lastSeen: flat[at + 4],
    };
    if (typeof key !== 'string' || !isKnownEntry(common)) {
      throw damaged(feedId, `known entry ${at / width} is not one`);
    }
    entries.set(key, rare === 0 ? common : { ...common, ...rare });
  }
  return entries;
}

function isKnownEntry(known: Partial<Record<keyof KnownEntry, unknown>>): known is KnownEntry {
  const { fingerprint, revision, firstSeen, lastSeen } = known;
  return (
    typeof fingerprint === 'string' &&
    typeof revision === 'number' &&
    typeof firstSeen === 'number' &&
    typeof lastSeen === 'number'
  );
}

/** The known entries of a stored record, parsed at the first look. Its text is what was stored. */
class StoredEntries implements ReadonlyMap<string, KnownEntry> {
  readonly text: string;
  readonly size: number;
  readonly #feedId: string;
  #parsed: Map<string, KnownEntry> | undefined;

  constructor(feedId: string, size: number, text: string) {
    this.#feedId = feedId;
    this.size = size;
    this.text = text;
  }

  get #entries(): Map<string, KnownEntry> {
    this.#parsed ??= readEntries(this.#feedId, this.size, this.text);
    return this.#parsed;
  }

  get(key: string): KnownEntry | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  forEach(visit: (value: KnownEntry, key: string, map: ReadonlyMap<string, KnownEntry>) => void): void {
    for (const [key, value] of this.#entries) visit(value, key, this);
  }

  entries() {
    return this.#entries.entries();
  }

  keys() {
    return this.#entries.keys();
  }

  values() {
    return this.#entries.values();
  }

  [Symbol.iterator]() {
    return this.#entries.entries();
  }
}

function parse(feedId: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(feedId, 'it is not JSON', cause);
  }
}

function damaged(feedId: string, why: string, cause?: unknown): StoreError {
  return new StoreError('store-corrupt', `memory of feed ${feedId} cannot be understood: ${why}`, {
    cause,
    feedId,
  });
}
