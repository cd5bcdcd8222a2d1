// One installation that polls two feeds of fixed content, on a store of its own: a second one, or the same after a restart, has
// to make the same ids and bytes. Run as a program it is another process: STORE ORIGIN.

import { openBackend } from '../../src/backend/open.ts';
import { createFeedClient } from '../../src/fetch/client.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { silentLog } from '../../src/log.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { poll } from '../../src/poll.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { polledFeed } from '../support/polled-feed.ts';

const limits = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxInterimResponses: 10,
  maxHeaderBytes: 16_384,
  maxWireBytes: 1_000_000,
  maxBodyBytes: 1_000_000,
  maxRedirects: 5,
  maxDepth: 100,
  maxReferences: 1_000,
  maxTags: 10_000,
  maxEntries: 100,
};

export const feedIds = ['log', 'news'] as const;

export interface InstallationOptions {
  readonly store: string;
  readonly origin: string;
  /** In this order. */
  readonly feeds?: readonly string[];
  readonly intervalMs?: number;
  /** How often each is polled, an hour between. */
  readonly polls?: number;
  readonly startAt?: string;
  /** The validators are lost, so every document comes and is read again. */
  readonly forgets?: boolean;
}

export interface StoredText {
  readonly id: string;
  readonly body: string;
}

/** What is stored and owed after that: the ids and bytes that leave, oldest first of each feed. */
export async function run(options: InstallationOptions): Promise<StoredText[]> {
  const { store, feeds = feedIds, polls = 1, forgets = false } = options;
  const clock = new FakeClock(options.startAt ?? '2026-11-20T09:20:11.482Z');
  const backend = await openBackend({
    store: { kind: 'sqlite', path: store },
    clock,
    log: silentLog,
    exclusive: true,
  });
  const client = createFeedClient({
    clock,
    limits,
    guard: createGuard({ audience: 'feeds', allow: ['loopback'] }),
    userAgent: 'feedhook/test',
  });
  const tools = {
    ...{ clock, client, limits, maxArchives: 0, floodLimit: 50, nextTick },
    ...{ store: backend.store, queue: backend.deliveries },
    fanOut: (feedId: string, events: readonly StoredEvent[]) =>
      events.map(({ id }) => ({ eventId: id, endpointId: 'app', feedId })),
  };
  try {
    const states = new Map<string, FeedState>();
    for (let count = 0; count < polls; count++) {
      for (const id of feeds) {
        const { ends, faults } = await poll(sourceOf(id, options), forgets ? new Map() : states, tools);
        if (faults.length > 0) throw faults[0] ?? new Error(`${id} was not polled`);
        for (const { state } of ends) states.set(state.feedId, state);
      }
      await clock.advance(3_600_000);
    }
    const owed = await backend.deliveries.list({}, 1_000);
    const events = await backend.store.readEvents(owed.map(({ eventId }) => eventId));
    return events
      .map(({ id, body }) => ({ id, body: body.replaceAll(options.origin, 'http://origin.example') }))
      .sort(byId);
  } finally {
    await client.close();
    await backend.close();
  }
}

function byId(a: StoredText, b: StoredText): number {
  return a.id < b.id ? -1 : 1;
}

function sourceOf(id: string, { origin, intervalMs }: InstallationOptions) {
  const url = `${origin}/${id}`;
  const feed = polledFeed({ id, url, ...(intervalMs !== undefined && { intervalMs }) });
  return { url, site: '127.0.0.1', lane: { gapMs: 0 }, feeds: [{ ...feed, initial: 'all' as const }] };
}

if (import.meta.main) {
  const [store = '', origin = ''] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await run({ store, origin, polls: 2, forgets: true })));
}
