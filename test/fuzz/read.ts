// The way of a document through the program, from bytes to the events of its entries, as a poll goes it: decode, parse,
// diff, render. What is thrown beside a refusal with a code comes out as it is.

import type { FeedMemory } from '../../src/model/feed.ts';
import type { FetchedDocument } from '../../src/model/poll.ts';
import { type Learned, learn } from '../../src/poll/learn.ts';
import { polledFeed } from '../support/polled-feed.ts';

/** The defaults of FAULTS §2. */
export const limits = { maxDepth: 100, maxReferences: 500_000, maxTags: 200_000, maxEntries: 5_000 };
const floodLimit = 50;

export interface Served {
  readonly bytes: Uint8Array;
  readonly contentType?: string;
  readonly url: string;
}

const startedAt = Date.parse('2026-11-20T09:00:00Z');
const hour = 3_600_000;
const tools = { limits, floodLimit, clock: { now: () => startedAt } };

export const nothingKnown: FeedMemory = {
  feedId: 'fuzz',
  hints: {},
  entries: new Map(),
  sequence: 0,
  outbox: [],
};

/** Everything in a first document becomes an event, so that every entry is rendered. */
const feed = { ...polledFeed({ id: 'fuzz', url: 'https://fuzz.example/feed' }), initial: 'all' as const };

export function read(served: Served, memory: FeedMemory = nothingKnown, hours = 0): Learned {
  const at = { ...tools, clock: { now: () => startedAt + hours * hour } };
  return learn(feed, memory, fetched(served), at);
}

function fetched({ bytes, contentType, url }: Served): FetchedDocument {
  return {
    kind: 'document',
    status: 200,
    body: bytes,
    ...(contentType !== undefined && { contentType }),
    validators: { url },
    url,
    hops: [],
    figures: {
      exchanges: [],
      requests: 1,
      conditional: false,
      wireBytes: bytes.length,
      decodedBytes: bytes.length,
      durationMs: 0,
    },
    terms: { endedAt: startedAt },
  };
}

/** Reads with what another reading left, an hour later; without what would spare this one if the bytes are the same. */
export function readAfter({ memory }: Learned, served: Served): Learned {
  const { bodyHash: _, ...known } = memory ?? nothingKnown;
  return read(served, known, 1);
}
