// A feed's memory as one text: a JSON line with everything small, then a JSON line with the known entries.
// The entries are read at their first use, so that a poll that ends in 304 never pays for them, and they
// are written back as the same text when nobody changed them. Knows no store; anything it cannot
// understand is a fault, never an absent memory.

import { StoreError } from '../errors.ts';
import type { KnownEntry } from '../model/entry.ts';
import type { FeedMemory } from '../model/feed.ts';

const version = 1;

/**
 * How every record with an empty outbox begins. The outbox stands first in the head, so that a store can
 * tell by a prefix which feeds have one; a record that begins otherwise counts as having an outbox.
 */
export const emptyOutboxPrefix = '{"outbox":[]';

/** Values that the flat list of known entries has of each: key, the four that all have, and the rare ones. */
const width = 6;

export function writeMemoryRecord(memory: FeedMemory): string {
  const { outbox, entries, ...rest } = memory;
  const head = JSON.stringify({ outbox, version, known: entries.size, ...rest });
  return `${head}\n${entries instanceof StoredEntries ? entries.text : writeEntries(entries)}`;
}

export function readMemoryRecord(feedId: string, record: string): FeedMemory {
  const lineEnd = record.indexOf('\n');
  const { version: _, known, ...rest } = readHead(feedId, record.slice(0, Math.max(0, lineEnd)));
  return { ...rest, entries: new StoredEntries(feedId, known, record.slice(lineEnd + 1)) };
}

/** The outbox alone, without looking at the entries. */
export function readOutbox(feedId: string, record: string): readonly string[] {
  return readHead(feedId, record.slice(0, Math.max(0, record.indexOf('\n')))).outbox;
}

type Head = Omit<FeedMemory, 'entries'> & { readonly version: number; readonly known: number };

function readHead(feedId: string, line: string): Head {
  const head = parse(feedId, line);
  if (typeof head !== 'object' || head === null) throw damaged(feedId, 'the head is no object');
  const fields = head as Partial<Record<keyof Head, unknown>>;
  if (typeof fields.version === 'number' && fields.version > version) {
    throw new StoreError('store-newer', `memory of feed ${feedId} was written by a newer feedhook`, {
      feedId,
    });
  }
  const isWhole =
    fields.version === version &&
    fields.feedId === feedId &&
    Number.isSafeInteger(fields.known) &&
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
