// The world of FAULTS group A: one feed, polled by poll() on a real SQLite store, and a raw origin that answers with
// bytes. `survives` is the oracle of FAULTS §3 as far as it applies here: the code, the untouched memory, the
// last good validators, and every entry delivered once in the end.

import { afterEach, beforeEach, expect } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { createFeedClient, type FeedClient, type FetchLimits } from '../../src/fetch/client.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { silentLog } from '../../src/log.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { fanOut } from '../../src/outbox/fan-out.ts';
import type { ParseLimits } from '../../src/parse/parse.ts';
import { type PollEnd, poll } from '../../src/poll.ts';
import type { Backend } from '../../src/ports.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { limits as fetchLimits } from '../fetch/clients.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { polledFeed } from '../support/polled-feed.ts';
import { type RawConnection, type RawOrigin, startRawOrigin, toEachRequest } from '../support/raw-origin.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** The defaults of FAULTS §2, but for the bodies, which tests want small. */
export const limits: FetchLimits & ParseLimits = {
  ...fetchLimits,
  maxDepth: 100,
  maxReferences: 500_000,
  maxTags: 200_000,
  maxEntries: 5_000,
};

export type Answer = (connection: RawConnection, head: string) => void | Promise<void>;

export interface FaultWorld {
  readonly clock: FakeClock;
  readonly origin: RawOrigin;
  readonly backend: Backend;
  /** What the last poll left. */
  readonly state: FeedState | undefined;
  /** What the origin does with each request from now on. */
  answer: Answer;
  /** Answers 200 with `body`, its length and a tag of its own; 304 to that tag. */
  publish(body: string): void;
  /** Polls now, due or not; `feedId` says for whom. */
  poll(feedId?: string): Promise<PollEnd>;
  /** Moves the clock to the next poll, and polls. */
  pollWhenDue(): Promise<PollEnd>;
  /** The entry keys of every delivery there is, sorted; one twice is one delivered twice. */
  delivered(): Promise<string[]>;
  /** The types of the events about the feed itself, in the order they were made. */
  told(): Promise<string[]>;
  /** The heads of the requests so far. */
  readonly heads: readonly string[];
}

/** A world for each test of the file. */
export function eachTestInItsWorld(): () => FaultWorld {
  let world: OpenWorld | undefined;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });
  return () => {
    if (world === undefined) throw new Error('the world is only there inside a test');
    return world;
  };
}

interface OpenWorld extends FaultWorld {
  close(): Promise<void>;
}

async function openWorld(): Promise<OpenWorld> {
  const clock = new FakeClock();
  const folder = await temporaryFolder();
  const store = { kind: 'sqlite', path: folder.file('feedhook.db') } as const;
  const backend = await openBackend({ store, clock, log: silentLog, exclusive: true });
  const client = createFeedClient({
    clock,
    limits,
    guard: createGuard({ audience: 'feeds', allow: ['loopback'] }),
    userAgent: 'feedhook/test',
  });
  const origin = await startRawOrigin(toEachRequest((connection, head) => world.answer(connection, head)));
  const world = assemble({ clock, backend, client, origin, folder });
  return world;
}

interface Parts {
  readonly clock: FakeClock;
  readonly backend: Backend;
  readonly client: FeedClient;
  readonly origin: RawOrigin;
  readonly folder: TemporaryFolder;
}

function assemble({ clock, backend, client, origin, folder }: Parts): OpenWorld {
  const states = new Map<string, FeedState>();
  const world: OpenWorld = {
    clock,
    backend,
    origin,
    get state() {
      return states.get('log');
    },
    get heads() {
      return origin.heads;
    },
    answer: (connection) => connection.end(),
    publish(body) {
      world.answer = feedAnswer(body);
    },
    async poll(feedId = 'log') {
      const url = `${origin.url}/${feedId}`;
      const { ends } = await poll(
        { url, site: '127.0.0.1', lane: { gapMs: 0 }, feeds: [polledFeed({ id: feedId, url })] },
        states,
        {
          clock,
          store: backend.store,
          queue: backend.deliveries,
          client,
          limits,
          maxArchives: 10,
          floodLimit: 50,
          nextTick,
          fanOut: (_feedId, events) => fanOut(events, { id: 'f', labels: [] }, [endpoint]),
        },
      );
      const [end] = ends;
      if (end === undefined) throw new Error('the records of the feed are at fault');
      states.set(feedId, end.state);
      return end;
    },
    async pollWhenDue() {
      const at = world.state?.nextPoll.at ?? clock.now();
      if (!Number.isFinite(at)) throw new Error('the feed is parked');
      await clock.advance(at - clock.now());
      return world.poll();
    },
    delivered: async () => (await deliveredEvents(backend)).flatMap(({ entryKey }) => entryKey ?? []).sort(),
    told: async () =>
      (await deliveredEvents(backend)).map(({ type }) => type).filter((type) => type.startsWith('feed.')),
    async close() {
      await client.close();
      await backend.close();
      await origin[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
  return world;
}

const endpoint = {
  id: 'app',
  events: [
    'entry.new',
    'entry.updated',
    'entry.deleted',
    'feed.error',
    'feed.recovered',
    'feed.gone',
    'feed.identity_churn',
  ],
} as const;

/** Oldest first. */
async function deliveredEvents({ deliveries, store }: Backend) {
  const all = await deliveries.list({}, 10_000);
  return store.readEvents(all.map(({ eventId }) => eventId).reverse());
}

/** A well-behaved origin: a length, both validators, a 304 to its own tag. */
function feedAnswer(body: string): Answer {
  const { etag, lastModified } = validatorsOf(body);
  const validators = `ETag: ${etag}\r\nLast-Modified: ${lastModified}\r\n`;
  const bytes = Buffer.from(body);
  return async (connection, head) => {
    if (head.includes(`If-None-Match: ${etag}\r\n`)) {
      return connection.write(`HTTP/1.1 304 Not Modified\r\n${validators}\r\n`);
    }
    await connection.write(
      `HTTP/1.1 200 OK\r\n${validators}Content-Type: application/rss+xml\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    await connection.write(bytes);
  };
}

/** What `publish` gives a body; the tag names the body's length and its end. */
export function validatorsOf(body: string): { readonly etag: string; readonly lastModified: string } {
  const tail = Buffer.from(body.slice(0, 300)).toString('base64url').slice(-40);
  return { etag: `"${body.length}-${tail}"`, lastModified: 'Fri, 20 Nov 2026 08:00:00 GMT' };
}

/** Answers with these bytes and ends the connection. */
export function bytes(...parts: readonly (string | Uint8Array)[]): Answer {
  return async (connection) => {
    for (const part of parts) await connection.write(part);
    connection.end();
  };
}

const item = (n: number) =>
  `<item><guid isPermaLink="false">entry-${n}</guid><title>Entry ${n}</title><link>https://example.org/${n}</link></item>`;

/** The entries `from` … `to`, newest first. */
export function document(from: number, to: number, title = 'Log'): string {
  const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => to - at);
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>${title}</title>${numbers.map(item).join('')}</channel></rss>`;
}

export function keysOf(from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => `guid:entry-${from + at}`).sort();
}

/** Two entries are known before the fault, two more appear with it. */
export const before = document(1, 2);
export const after = document(1, 4);

/**
 * Polls a good document, then `broken` as often as said, then the good document with two more entries; checks that
 * the faults have the code, taught nothing, cost no entry and repeated none. Returns the ends of the broken polls.
 */
export async function survives(
  world: FaultWorld,
  broken: Answer,
  code: string | RegExp,
  times = 1,
): Promise<PollEnd[]> {
  world.publish(before);
  await world.poll();
  const memory = await world.backend.store.readMemory('log');
  world.answer = broken;
  const ends: PollEnd[] = [];
  for (let time = 0; time < times; time++) ends.push(await world.pollWhenDue());
  for (const { summary } of ends) {
    expect(summary.outcome).toBe('failed');
    expect(summary.code).toEqual(typeof code === 'string' ? code : expect.stringMatching(code));
  }
  expect(await world.backend.store.readMemory('log')).toEqual(memory);
  expect(world.state?.failures).toBe(times);
  await recovers(world);
  return ends;
}

/** The next good poll asks with the last good pair, delivers what is new once, and the one after it nothing. */
export async function recovers(world: FaultWorld): Promise<void> {
  world.publish(after);
  const { summary } = await world.pollWhenDue();
  expect(summary.outcome).toBe('updated');
  expect(world.heads.at(-1)).toContain(`If-None-Match: ${validatorsOf(before).etag}\r\n`);
  expect(world.heads.at(-1)).toContain(`If-Modified-Since: ${validatorsOf(before).lastModified}\r\n`);
  expect(world.state?.failures).toBe(0);
  expect((await world.pollWhenDue()).summary.outcome).toBe('notModified');
  expect(await world.delivered()).toEqual(keysOf(3, 4));
}
