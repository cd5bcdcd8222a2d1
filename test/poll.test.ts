// One poll, on a real SQLite store and a real loopback origin: what is learned, what is kept, and what a
// crash at each line of the commit order costs.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../src/backend/open.ts';
import { StoreError } from '../src/errors.ts';
import { createFeedClient, type FeedClient } from '../src/fetch/client.ts';
import { createGuard } from '../src/fetch/egress.ts';
import { silentLog } from '../src/log.ts';
import type { FeedState } from '../src/model/feed.ts';
import { fanOut } from '../src/outbox/fan-out.ts';
import { type PollEnd, type PolledFeed, type PollTools, poll, relayOf } from '../src/poll.ts';
import type { Backend } from '../src/ports.ts';
import { nextTick } from '../src/schedule/calendar.ts';
import { FakeClock } from './support/fake-clock.ts';
import { startServer, type TestServer } from './support/http-server.ts';
import { type TemporaryFolder, temporaryFolder } from './support/temporary.ts';

const limits = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxHeaderBytes: 16_384,
  maxWireBytes: 10_000,
  maxBodyBytes: 50_000,
  maxRedirects: 5,
  maxDepth: 100,
  maxReferences: 1_000,
  maxTags: 10_000,
  maxEntries: 100,
};

let folder: TemporaryFolder;
let clock: FakeClock;
let backend: Backend;
let client: FeedClient;
let origin: TestServer;
let state: FeedState | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock();
  state = undefined;
  origin = await startServer((_request, response) => void response.writeHead(404).end());
  client = createFeedClient({
    clock,
    limits,
    guard: createGuard({ audience: 'feeds', allow: ['loopback'] }),
    userAgent: 'feedhook/test',
  });
  await open();
});

afterEach(async () => {
  await client.close();
  await backend.close();
  await origin.close();
  await folder[Symbol.asyncDispose]();
});

async function open(): Promise<void> {
  backend = await openBackend({
    store: { kind: 'sqlite', path: folder.file('feedhook.db') },
    clock,
    log: silentLog,
    exclusive: true,
  });
}

const tools = (over: Partial<PollTools> = {}): PollTools => ({
  clock,
  store: backend.store,
  queue: backend.deliveries,
  client,
  limits,
  nextTick,
  fanOut: (_feedId, events) =>
    fanOut(events, undefined, [{ id: 'app', events: ['entry.new', 'entry.updated'] }]),
  ...over,
});

function feed(over: Partial<PolledFeed> = {}): PolledFeed {
  return {
    id: 'log',
    url: `${origin.url}/feed`,
    defaultIntervalMs: 3_600_000,
    initial: 'none',
    labels: [],
    documentHints: true,
    headers: {},
    plan: { feedId: 'log', defaultIntervalMs: 3_600_000, documentHints: true },
    ...over,
  };
}

async function pollFeed(over: Partial<PolledFeed> = {}): Promise<PollEnd> {
  const end = await poll(feed(over), state, tools());
  state = end.state;
  return end;
}

const item = (n: number) =>
  `<item><guid isPermaLink="false">entry-${n}</guid><title>Entry ${n}</title><link>https://example.org/${n}</link></item>`;
const rss = (numbers: readonly number[]) =>
  `<rss version="2.0"><channel><title>Log</title>${numbers.map(item).join('')}</channel></rss>`;

/** Answers 200 with `body` and its own ETag, or 304. */
function serve(body: string | Buffer, headers: Record<string, string> = {}): void {
  const etag = `"${Buffer.from(body).length}-${Buffer.from(body).subarray(-200).toString('hex').slice(-60)}"`;
  origin.answer = (request, response) => {
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, 'content-type': 'application/rss+xml', ...headers }).end(body);
  };
}

async function deliveredKeys(): Promise<string[]> {
  const deliveries = await backend.deliveries.list({}, 1_000);
  const events = await backend.store.readEvents(deliveries.map(({ eventId }) => eventId));
  return events.map(({ entryKey }) => entryKey ?? '').sort();
}

describe('a poll', () => {
  test('the first one is the baseline: entries are known, nothing is delivered, the request is unconditional', async () => {
    serve(rss([2, 1]));
    const { summary, fetched } = await pollFeed();
    expect([summary.outcome, summary.entries, summary.events, fetched.figures.conditional]).toEqual([
      'unchanged',
      2,
      0,
      false,
    ]);
    expect((await backend.store.readMemory('log'))?.entries.size).toBe(2);
  });

  test('the next one sends the validators and a 304 leaves the memory as it is', async () => {
    serve(rss([1]));
    await pollFeed();
    const before = await backend.store.readMemory('log');
    const { summary } = await pollFeed();
    expect(summary.outcome).toBe('notModified');
    expect(origin.requests[1]?.headers['if-none-match']).toBe(before?.validators?.etag);
    expect(await backend.store.readMemory('log')).toEqual(before);
  });

  test('a new entry becomes one stored event and one delivery, and the outbox is empty again', async () => {
    serve(rss([1]));
    await pollFeed();
    serve(rss([2, 1]));
    const { summary, events } = await pollFeed();
    expect([summary.outcome, events.length]).toEqual(['updated', 1]);
    expect(await deliveredKeys()).toEqual(['guid:entry-2']);
    expect((await backend.store.readMemory('log'))?.outbox).toEqual([]);
  });

  test('a changed entry is an event for those who asked for updates; a moved date alone is none', async () => {
    serve(rss([1]).replace('</item>', '<pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate></item>'));
    await pollFeed();
    serve(rss([1]).replace('</item>', '<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>'));
    expect((await pollFeed()).events).toEqual([]);
    serve(rss([1]).replace('Entry 1', 'Entry one'));
    const [event] = (await pollFeed()).events;
    expect([event?.type, event && JSON.parse(event.body).data.changed]).toEqual(['entry.updated', ['title']]);
    expect(await deliveredKeys()).toEqual(['guid:entry-1']);
  });

  test('what was left out or recognised silently is counted in the summary', async () => {
    serve(rss([1]));
    expect((await pollFeed()).summary.notes).toEqual({});
    serve(rss([2, 1]).replace('</channel>', '<item><category>nothing</category></item></channel>'));
    expect((await pollFeed()).summary).toMatchObject({ entries: 3, events: 1, notes: { skipped: 1 } });
  });

  test('a 200 with the same bytes is unchanged, and its new validators are kept', async () => {
    serve(rss([1]));
    await pollFeed();
    origin.answer = (_request, response) =>
      void response.writeHead(200, { etag: '"new"', 'content-type': 'application/rss+xml' }).end(rss([1]));
    expect((await pollFeed()).summary.outcome).toBe('unchanged');
    expect((await backend.store.readMemory('log'))?.validators?.etag).toBe('"new"');
  });

  test('a 200 without validators drops those that are stored', async () => {
    serve(rss([1]));
    await pollFeed();
    origin.answer = (_request, response) => void response.writeHead(200).end(rss([2, 1]));
    await pollFeed();
    expect((await backend.store.readMemory('log'))?.validators).toBeUndefined();
    expect(state?.nextPoll.reason).toBe('no-validators');
  });

  test('the request is noted in the state, with a next poll, before it leaves', async () => {
    let noted: FeedState | undefined;
    origin.answer = async (_request, response) => {
      noted = (await backend.store.readStates(['log'])).get('log');
      response.writeHead(200).end(rss([1]));
    };
    await pollFeed();
    expect(noted?.requestedAt).toBe(clock.now());
    expect(noted?.nextPoll.at).toBeGreaterThanOrEqual(clock.now() + 3_600_000);
  });

  test('a memory that cannot be read is a failed poll and no request', async () => {
    serve(rss([1]));
    await pollFeed();
    const store = Object.assign(Object.create(backend.store), {
      readMemory: () => Promise.reject(new StoreError('store-failed', 'planted')),
    });
    await expect(poll(feed(), state, tools({ store }))).rejects.toThrow(StoreError);
    expect(origin.requests).toHaveLength(1);
  });
});

describe('bad input changes nothing that is known', () => {
  const huge = 'x'.repeat(limits.maxWireBytes);
  const deep = (levels: number) =>
    `<rss version="2.0"><channel>${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}</channel></rss>`;
  const bomb = `<!DOCTYPE rss [<!ENTITY a "${'0123456789'.repeat(10)}">${[...'bcdefgh']
    .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefgh'[index]};`.repeat(10)}">`)
    .join('')}]><rss version="2.0"><channel><title>&h;</title>${item(9)}</channel></rss>`;
  const cases: [name: string, code: string | RegExp, answer: TestServer['answer']][] = [
    [
      'an HTML page',
      'not-a-feed',
      (_q, r) =>
        void r.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Error</body></html>'),
    ],
    ['an empty body', 'empty', (_q, r) => void r.writeHead(200).end()],
    [
      'a document cut inside an entry',
      'incomplete-xml',
      (_q, r) => void r.writeHead(200).end(rss([3, 2, 1]).slice(0, 150)),
    ],
    [
      'a body shorter than its length',
      'truncated',
      (_q, r) => {
        r.writeHead(200, { 'content-length': '5000' }).write(rss([3]));
        setImmediate(() => r.socket?.destroy());
      },
    ],
    [
      'a body over the limit',
      'too-large',
      (_q, r) => void r.writeHead(200).end(rss([3]).replace('Log', huge)),
    ],
    [
      '10,000 levels',
      'too-deep',
      (_q, r) => void r.writeHead(200, { 'content-encoding': 'identity' }).end(deep(1_000)),
    ],
    [
      'an entity bomb',
      /entity-expansion|invalid-xml|too-many-references/,
      (_q, r) => void r.writeHead(200).end(bomb),
    ],
    ['a 500', 'http-500', (_q, r) => void r.writeHead(500).end('oops')],
    ['a 404', 'http-404', (_q, r) => void r.writeHead(404).end()],
    ['a redirect loop', 'too-many-redirects', (_q, r) => void r.writeHead(302, { location: '/feed' }).end()],
  ];

  test.each(cases)(
    '%s is an outcome with a stable code, and the entries after it arrive',
    async (_name, code, answer) => {
      serve(rss([1]));
      await pollFeed();
      const before = await backend.store.readMemory('log');
      origin.answer = answer;
      const { summary } = await pollFeed();
      expect(summary.outcome).toBe('failed');
      expect(summary.code).toEqual(typeof code === 'string' ? code : expect.stringMatching(code));
      expect(state?.failures).toBe(1);
      expect(await backend.store.readMemory('log')).toEqual(before);

      serve(rss([3, 2, 1]));
      const { fetched } = await pollFeed();
      expect(fetched.figures.conditional).toBe(true);
      expect(await deliveredKeys()).toEqual(['guid:entry-2', 'guid:entry-3']);
      expect(state?.failures).toBe(0);
    },
  );
});

describe('a crash at any line of the commit order', () => {
  const lines = ['writeState', 'addEvents', 'writeMemory', 'add', 'writeMemory', 'writeState'];

  class Crash extends Error {}

  /** Tools whose n-th write (from 0) never happens, nor any after it. */
  function crashingAt(n: number): PollTools {
    let writes = 0;
    const guarded = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(object, name) {
          const member = Reflect.get(object, name);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            if (lines.includes(String(name)) && writes++ >= n) return Promise.reject(new Crash(String(name)));
            return Reflect.apply(member, object, args);
          };
        },
      });
    return tools({ store: guarded(backend.store), queue: guarded(backend.deliveries) });
  }

  test.each(lines.map((name, n) => [n, name] as const))(
    'before write %i (%s): after a restart every entry is delivered under one id',
    async (n) => {
      serve(rss([1]));
      await pollFeed();
      serve(rss([3, 2, 1]));
      await expect(poll(feed(), state, crashingAt(n))).rejects.toThrow(Crash);

      await backend.close();
      await open();
      for (const feedId of await backend.store.feedsWithOutbox()) {
        const memory = await backend.store.readMemory(feedId);
        if (memory) await relayOf({ id: feedId }, memory, tools());
      }
      state = (await backend.store.readStates(['log'])).get('log');
      await pollFeed();
      expect(await deliveredKeys()).toEqual(['guid:entry-2', 'guid:entry-3']);
      expect(await backend.store.feedsWithOutbox()).toEqual([]);
    },
  );

  test('without a crash there are exactly these writes', async () => {
    serve(rss([1]));
    await pollFeed();
    serve(rss([3, 2, 1]));
    await expect(poll(feed(), state, crashingAt(lines.length))).resolves.toBeDefined();
  });
});
