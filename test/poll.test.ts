// One poll, on a real SQLite store and a real loopback origin: what is learned, what is kept, and what a
// crash at each line of the commit order costs.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../src/backend/open.ts';
import { Secret } from '../src/config/secret.ts';
import { StoreError } from '../src/errors.ts';
import { createFeedClient, type FeedClient, type FeedRequest } from '../src/fetch/client.ts';
import { createGuard } from '../src/fetch/egress.ts';
import { silentLog } from '../src/log.ts';
import { eventTypes } from '../src/model/event.ts';
import type { FeedMemory, FeedState } from '../src/model/feed.ts';
import { fanOut } from '../src/outbox/fan-out.ts';
import {
  type OutageNotes,
  type PollEnd,
  type PolledFeed,
  type PolledSource,
  type PollTools,
  poll,
  relayOf,
  type SourceEnd,
} from '../src/poll.ts';
import type { Backend, FeedStore } from '../src/ports.ts';
import { nextTick } from '../src/schedule/calendar.ts';
import { Crash, crashingAt } from './poll/crashing.ts';
import { FakeClock } from './support/fake-clock.ts';
import { startServer, type TestServer } from './support/http-server.ts';
import { polledFeed } from './support/polled-feed.ts';
import { type TemporaryFolder, temporaryFolder } from './support/temporary.ts';

const limits = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxInterimResponses: 10,
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
  maxArchives: 10,
  floodLimit: 50,
  nextTick,
  fanOut: (_feedId, events) =>
    fanOut(events, { id: 'f', labels: [] }, [{ id: 'app', events: ['entry.new', 'entry.updated'] }]),
  ...over,
});

function feed(over: Partial<PolledFeed> = {}): PolledFeed {
  return { ...polledFeed({ id: 'log', url: `${origin.url}/feed` }), ...over };
}

/** The feed as a source of its own, which nearly every feed is. */
const sourceOf = (...feeds: PolledFeed[]): PolledSource => ({
  url: feeds[0]?.url ?? '',
  site: '127.0.0.1',
  lane: { gapMs: 0 },
  feeds,
});

const states = () => new Map(state ? [[state.feedId, state]] : []);

async function pollFeed(over: Partial<PolledFeed> = {}): Promise<PollEnd> {
  const { ends, faults } = await poll(sourceOf(feed(over)), states(), tools());
  const [end] = ends;
  if (!end) throw faults[0] ?? new Error('no end');
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
    const store = storeWith({
      readMemory: () => Promise.reject(new StoreError('store-failed', 'planted')),
    });
    await expect(poll(sourceOf(feed()), states(), tools({ store }))).rejects.toThrow(StoreError);
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

/** The store with some methods of its own. */
function storeWith(own: Partial<FeedStore>): FeedStore {
  return new Proxy(backend.store, {
    get(object, name) {
      const member = Reflect.get(own, name) ?? Reflect.get(object, name);
      return typeof member === 'function' ? member.bind(object) : member;
    },
  });
}

const lines = ['noteRequest', 'addEvents', 'writeMemory', 'add', 'writeMemory', 'writeState'];

/** Tools whose n-th write (from 0) never happens, nor any after it. */
function crashingTools(n: number): PollTools {
  return tools(crashingAt(backend, lines, n));
}

describe('a crash at any line of the commit order', () => {
  test.each(lines.map((name, n) => [n, name] as const))(
    'before write %i (%s): after a restart every entry is delivered under one id',
    async (n) => {
      serve(rss([1]));
      await pollFeed();
      serve(rss([3, 2, 1]));
      await expect(poll(sourceOf(feed()), states(), crashingTools(n))).rejects.toThrow(Crash);

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
    await expect(poll(sourceOf(feed()), states(), crashingTools(lines.length))).resolves.toBeDefined();
  });
});

describe('POLITENESS rule 21: two feeds with one URL', () => {
  const one = (over: Partial<PolledFeed> = {}) => feed({ id: 'one', plan: plan('one'), ...over });
  const two = (over: Partial<PolledFeed> = {}) => feed({ id: 'two', plan: plan('two'), ...over });
  const plan = (feedId: string, intervalMs?: number) => ({
    feedId,
    defaultIntervalMs: 3_600_000,
    documentHints: true,
    ...(intervalMs !== undefined && { intervalMs }),
  });

  async function pollBoth(feeds = [one(), two()], over: Partial<PollTools> = {}): Promise<SourceEnd> {
    const stored = await backend.store.readStates(['one', 'two']);
    return poll(sourceOf(...feeds), stored, tools(over));
  }

  const deliveries = async () => (await backend.deliveries.list({}, 100)).map(({ feedId }) => feedId).sort();
  const ifNoneMatch = () => origin.requests.map(({ headers }) => headers['if-none-match']);

  test('make one request, whose answer each learns for itself', async () => {
    serve(rss([1]));
    await pollBoth();
    serve(rss([2, 1]));
    const { ends, faults } = await pollBoth();
    expect(origin.requests).toHaveLength(2);
    expect(ifNoneMatch()[1]).toBeDefined();
    expect(faults).toEqual([]);
    expect(ends.map(({ summary }) => [summary.outcome, summary.events])).toEqual([
      ['updated', 1],
      ['updated', 1],
    ]);
    expect(await deliveries()).toEqual(['one', 'two']);
    const [a, b] = ends.map(({ events }) => events[0]?.id);
    expect(a).not.toBe(b);
  });

  test('share a 304 as well', async () => {
    serve(rss([1]));
    await pollBoth();
    const { ends } = await pollBoth();
    expect(ends.map(({ summary }) => summary.outcome)).toEqual(['notModified', 'notModified']);
    expect(origin.requests).toHaveLength(2);
  });

  test('wait as long as the more patient of both', async () => {
    serve(rss([1]));
    const patient = two({ plan: plan('two', 7_200_000) });
    const { ends } = await pollBoth([one(), patient]);
    const stored = await backend.store.readStates(['one', 'two']);
    expect(stored.get('one')?.nextPoll).toEqual(stored.get('two')?.nextPoll);
    expect(ends[0]?.state.nextPoll.at).toBeGreaterThanOrEqual(clock.now() + 7_200_000);
  });

  test('of which one was just added ask once for the whole document, then together with validators', async () => {
    serve(rss([1]));
    await pollBoth([one()]);
    await pollBoth();
    await pollBoth();
    expect(ifNoneMatch().map((tag) => tag !== undefined)).toEqual([false, false, true]);
    expect((await backend.store.readMemory('two'))?.baseline?.entries).toBe(1);
    expect(await deliveries()).toEqual([]);
  });

  test('send no validators that only one of them holds', async () => {
    serve(rss([1]));
    await pollBoth();
    const memory = await backend.store.readMemory('two');
    if (!memory?.validators) throw new Error('no validators');
    await backend.store.writeMemory({ ...memory, validators: { ...memory.validators, etag: '"older"' } });
    await pollBoth();
    expect(ifNoneMatch()[1]).toBeUndefined();
  });

  test('both have the request noted before it leaves', async () => {
    let noted: (number | undefined)[] = [];
    origin.answer = async (_request, response) => {
      const stored = await backend.store.readStates(['one', 'two']);
      noted = ['one', 'two'].map((id) => stored.get(id)?.requestedAt);
      response.writeHead(200).end(rss([1]));
    };
    await pollBoth();
    expect(noted).toEqual([clock.now(), clock.now()]);
  });

  test('count the request and its bytes once', async () => {
    serve(rss([1]));
    const { ends } = await pollBoth();
    expect(ends.map(({ state: { totals } }) => [totals.polls, totals.requests])).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect(ends[1]?.summary.wireBytes).toBe(0);
  });

  test('that a stop cuts off count the request once, and both keep it noted', async () => {
    serve(rss([1]));
    await pollBoth();
    const stop = new AbortController();
    origin.answer = () => stop.abort();
    const stored = await backend.store.readStates(['one', 'two']);
    const { ends } = await poll(sourceOf(one(), two()), stored, tools(), { signal: stop.signal });
    expect(ends.map(({ summary, state }) => [summary.code, state.score?.requests])).toEqual([
      ['aborted', 2],
      ['aborted', 0],
    ]);
    for (const { state } of ends) expect(state.nextPoll.at).toBeGreaterThan(clock.now() + 3_599_999);
    expect([...(await backend.store.readStates(['one', 'two'])).values()]).toEqual(
      ends.map((end) => end.state),
    );
  });

  test('of which one has a damaged memory go on with the other, which alone is asked for', async () => {
    serve(rss([1]));
    await pollBoth();
    const readMemory = (id: string) =>
      id === 'one'
        ? Promise.reject(new StoreError('store-corrupt', 'planted', { feedId: 'one' }))
        : backend.store.readMemory(id);
    const store = storeWith({ readMemory });
    serve(rss([2, 1]));
    const { ends, faults } = await pollBoth([one(), two()], { store });
    expect(ends.map(({ feed: { id } }) => id)).toEqual(['two']);
    expect(faults.map(({ feedId }) => feedId)).toEqual(['one']);
    expect(ifNoneMatch()[1]).toBeDefined();
    expect((await pollBoth()).ends.map(({ events }) => events.length)).toEqual([1, 0]);
    expect(await deliveries()).toEqual(['one', 'two']);
  });

  test('of which one turns out to be damaged when its entries are read go on with the other', async () => {
    serve(rss([1]));
    await pollBoth();
    const readMemory = async (id: string) => {
      const memory = await backend.store.readMemory(id);
      if (id !== 'one' || !memory) return memory;
      // The known entries of a record are read at their first use, which is after the answer has come.
      const damaged = { ...memory };
      Object.defineProperty(damaged, 'entries', {
        get: () => {
          throw new StoreError('store-corrupt', 'planted', { feedId: 'one' });
        },
      });
      return damaged;
    };
    serve(rss([2, 1]));
    const { ends, faults } = await pollBoth([one(), two()], { store: storeWith({ readMemory }) });
    expect([ends.map(({ feed: { id } }) => id), faults.map(({ feedId }) => feedId)]).toEqual([
      ['two'],
      ['one'],
    ]);
    expect(await deliveries()).toEqual(['two']);
  });

  test('of which neither can be read cost no request', async () => {
    const readMemory = (feedId: string) =>
      Promise.reject(new StoreError('store-corrupt', 'planted', { feedId }));
    const store = storeWith({ readMemory });
    const { ends, faults } = await pollBoth([one(), two()], { store });
    expect([ends.length, faults.length, origin.requests.length]).toEqual([0, 2, 0]);
  });

  test('a write of one that its record refuses leaves the other as it is', async () => {
    serve(rss([1]));
    await pollBoth();
    const writeMemory = (memory: FeedMemory) =>
      memory.feedId === 'one'
        ? Promise.reject(new StoreError('store-corrupt', 'planted', { feedId: 'one' }))
        : backend.store.writeMemory(memory);
    const store = storeWith({ writeMemory });
    serve(rss([2, 1]));
    const { ends, faults } = await pollBoth([one(), two()], { store });
    expect([ends.map((end) => end.feed.id), faults.length]).toEqual([['two'], 1]);
    expect(await deliveries()).toEqual(['two']);
  });

  describe('a crash before any write', () => {
    // Two notes, then for each feed: events, memory, deliveries, memory, state.
    const writes = 2 + 2 * 5;

    test.each(Array.from({ length: writes }, (_, n) => n))(
      '%i loses nothing of either and repeats nothing under another id',
      async (n) => {
        serve(rss([1]));
        await pollBoth();
        serve(rss([3, 2, 1]));
        await expect(pollBoth([one(), two()], crashingTools(n))).rejects.toThrow(Crash);
        for (const feedId of await backend.store.feedsWithOutbox()) {
          const memory = await backend.store.readMemory(feedId);
          if (memory) await relayOf({ id: feedId }, memory, tools());
        }
        await pollBoth();
        expect(await deliveries()).toEqual(['one', 'one', 'two', 'two']);
        expect(await backend.store.feedsWithOutbox()).toEqual([]);
      },
    );

    test('without a crash there are exactly these writes', async () => {
      serve(rss([1]));
      await pollBoth();
      serve(rss([3, 2, 1]));
      await expect(pollBoth([one(), two()], crashingTools(writes))).resolves.toBeDefined();
      await expect(pollBoth([one(), two()], crashingTools(3))).rejects.toThrow(Crash);
    });
  });
});

describe('our own outage', () => {
  type Noted = Parameters<OutageNotes['note']>[0];

  function watch(isOurs: boolean) {
    const noted: Noted[] = [];
    const note = (attempt: Noted) => noted.push(attempt) > 0 && isOurs;
    return { noted, outage: { note } };
  }

  test('counts against no feed: its state is what it was, but for the request, which is counted', async () => {
    serve(rss([1]));
    await pollFeed();
    const before = state;
    await clock.advance(3_600_000);
    origin.answer = (_request, response) => void response.socket?.destroy();
    const { noted, outage } = watch(true);
    const { ends } = await poll(sourceOf(feed()), states(), tools({ outage }));
    expect(ends[0]?.summary.outcome).toBe('outage');
    const stored = (await backend.store.readStates(['log'])).get('log');
    // The origin saw both: on the kept connection, and once more on a fresh one.
    const score = { ...before?.score, requests: 3, conditional: 2, good: 2, shortestGapMs: 3_600_000 };
    expect(stored).toEqual({ ...before, requestedAt: clock.now(), score });
    expect(noted).toEqual([
      { site: '127.0.0.1', feedIds: ['log'], before: [before], answered: false, code: 'connect-reset' },
    ]);
  });

  test('leaves a feed that was never polled due', async () => {
    origin.answer = (_request, response) => void response.socket?.destroy();
    const { ends } = await poll(sourceOf(feed()), new Map(), tools({ outage: watch(true).outage }));
    expect(ends[0]?.state).toMatchObject({ nextPoll: { at: clock.now(), reason: 'start' }, failures: 0 });
  });

  test("is not taken for one, a failure is the feed's", async () => {
    origin.answer = (_request, response) => void response.socket?.destroy();
    const { ends } = await poll(sourceOf(feed()), new Map(), tools({ outage: watch(false).outage }));
    expect(ends[0]?.state.failures).toBe(1);
  });

  test('is told of good answers too, and of the odd place that a redirect ended at', async () => {
    const { noted, outage } = watch(false);
    serve(rss([1]));
    await poll(sourceOf(feed()), new Map(), tools({ outage }));
    await using portal = await startServer((_request, response) => void response.end('<html>log in</html>'));
    origin.answer = (_request, response) =>
      void response.writeHead(302, { location: `${portal.url}/login` }).end();
    await poll({ ...sourceOf(feed()), site: 'example.org' }, new Map(), tools({ outage }));
    expect(noted.map(({ answered, target }) => [answered, target])).toEqual([
      [true, undefined],
      [true, portal.url],
    ]);
  });
});

test.each([429, 503])('a %i at the end of a redirect is its server speaking, no portal', async (status) => {
  const targets: (string | undefined)[] = [];
  const outage = { note: ({ target }: { target?: string }) => targets.push(target) < 0 };
  await using busy = await startServer((_request, response) => void response.writeHead(status).end());
  origin.answer = (_request, response) => void response.writeHead(302, { location: busy.url }).end();
  const elsewhere = { ...sourceOf(feed()), site: 'example.org' };
  const { ends } = await poll(elsewhere, new Map(), tools({ outage }));
  expect([ends[0]?.summary.status, targets]).toEqual([status, [undefined]]);
});

describe('what happens to a feed itself', () => {
  const failing = () => {
    origin.answer = (_request, response) => void response.writeHead(500).end();
  };
  const types = async () => {
    const deliveries = await backend.deliveries.list({}, 100);
    const events = await backend.store.readEvents(deliveries.map(({ eventId }) => eventId));
    return events.map(({ type }) => type).sort();
  };
  const all = [...eventTypes];
  const told = () =>
    tools({ fanOut: (_id, events) => fanOut(events, { id: 'f', labels: [] }, [{ id: 'app', events: all }]) });

  async function pollTold(over: Partial<PolledFeed> = {}) {
    const { ends } = await poll(sourceOf(feed(over)), states(), told());
    state = ends[0]?.state;
    return ends[0];
  }

  test('is an event in the outbox of the memory, whose validators and entries stay', async () => {
    serve(rss([1]));
    await pollTold();
    const before = await backend.store.readMemory('log');
    failing();
    for (let failure = 1; failure <= 3; failure++) await pollTold();
    expect(await types()).toEqual(['feed.error']);
    expect(await backend.store.readMemory('log')).toEqual(before);
    expect(state).toMatchObject({ failures: 3, errorSteps: 1 });
    serve(rss([1]));
    await pollTold();
    expect(await types()).toEqual(['feed.error', 'feed.recovered']);
  });

  test('is not told twice by a poll that is repeated after a crash', async () => {
    serve(rss([1]));
    await pollTold();
    failing();
    await pollTold();
    await pollTold();
    const writeState = (next: FeedState) =>
      next.failures === 3 ? Promise.reject(new Error('crash')) : backend.store.writeState(next);
    const store = storeWith({ writeState });
    await expect(poll(sourceOf(feed()), states(), { ...told(), store })).rejects.toThrow('crash');
    await pollTold();
    expect(await types()).toEqual(['feed.error']);
  });

  describe('a crash before any write of the poll that tells of it', () => {
    test.each(lines.map((name, n) => [n, name] as const))(
      '%i (%s): it is told once, and nothing else has changed',
      async (n) => {
        serve(rss([1]));
        await pollTold();
        const known = await backend.store.readMemory('log');
        failing();
        await pollTold();
        await pollTold();
        const { store, queue } = crashingTools(n);
        await expect(poll(sourceOf(feed()), states(), { ...told(), store, queue })).rejects.toThrow(Crash);

        await backend.close();
        await open();
        for (const feedId of await backend.store.feedsWithOutbox()) {
          const memory = await backend.store.readMemory(feedId);
          if (memory) await relayOf({ id: feedId }, memory, told());
        }
        const stored = (await backend.store.readStates(['log'])).get('log');
        expect(stored?.nextPoll.at).toBeGreaterThanOrEqual(clock.now() + 3_600_000 * Number(n > 0));
        state = stored;
        await pollTold();
        expect(await types()).toEqual(['feed.error']);
        expect(await backend.store.readMemory('log')).toEqual(known);
        expect(await backend.store.feedsWithOutbox()).toEqual([]);
      },
    );
  });

  test('410 for the third time parks it, and a changed URL asks again', async () => {
    serve(rss([1]));
    await pollTold();
    origin.answer = (_request, response) => void response.writeHead(410).end();
    for (let time = 1; time <= 3; time++) {
      await pollTold();
      await clock.advance(13 * 3_600_000);
    }
    expect(state?.nextPoll).toEqual({ at: Number.POSITIVE_INFINITY, reason: 'parked' });
    expect(await types()).toContain('feed.gone');
    serve(rss([1]));
    const end = await pollTold({ url: `${origin.url}/other` });
    expect([end?.summary.outcome, state?.parkedAt]).toEqual(['unchanged', undefined]);
  });

  test('a permanent redirect that lasts is adopted, with an event', async () => {
    const body = rss([1]);
    origin.answer = ({ path }, response) => {
      if (path === '/feed') return void response.writeHead(301, { location: '/new' }).end();
      response.writeHead(200, { etag: '"1"', 'content-type': 'application/rss+xml' }).end(body);
    };
    for (let day = 0; day <= 8; day += 4) {
      await pollTold();
      await clock.advance(4 * 24 * 3_600_000);
    }
    expect(state?.adopted?.url).toBe(`${origin.url}/new`);
    expect(await types()).toContain('feed.moved');
  });
});

describe('the request', () => {
  test('asks the URL of the source, and tells what belongs to the configured one', async () => {
    const seen: FeedRequest[] = [];
    const spy: FeedClient = {
      ...client,
      fetch: (request) => {
        seen.push(request);
        return client.fetch(request);
      },
    };
    const auth = { kind: 'bearer' as const, token: new Secret('t0ken') };
    serve(rss([1]));
    const configured = feed({ auth, headers: { 'X-One': '1' }, allowDowngrade: true });
    await poll({ ...sourceOf(configured), url: `${origin.url}/adopted` }, new Map(), tools({ client: spy }));
    expect(seen).toEqual([
      {
        url: `${origin.url}/adopted`,
        configuredUrl: `${origin.url}/feed`,
        headers: { 'X-One': '1' },
        auth: { kind: 'bearer', token: 't0ken' },
        allowDowngrade: true,
      },
    ]);
  });
});

describe('records that the version before wrote, without anything of what happens to a feed itself', () => {
  const at = 1_795_165_200_000;
  const entryHash = '0LyiodJvSceowqO9ptbd79gqSV_jRTrANCoAXXsXasQ';
  const fingerprint = '4a896a314b00f658.e3b0c44298fc1c14.a42646a3f91a2e35.e3b0c44298fc1c14';
  const totals =
    '{"polls":1,"requests":1,"unconditional":1,"notModified":0,"failed":0,"wireBytes":171,"savedBytes":0,"documentBytes":171}';
  const fresh = '"freshnessMs":7200000,"freshnessSource":"max-age"';
  const url = () => `${origin.url}/feed`;
  const memoryRecord = () =>
    `{"outbox":[],"version":1,"known":1,"feedId":"log","hints":{},"sequence":0,"validators":{"url":"${url()}","etag":"\\"1\\""},"bodyHash":"96c2d5d2d807bead3a8ddfb6c989fb4de4ce19644683e5e769b14526ea14073a","baseline":{"at":${at / 1000},"entries":1},"rung":"guid"}\n["${entryHash}","${fingerprint}",1,${at / 1000},${at / 1000},0]`;
  const goodRecord = () =>
    `{"version":1,"feedId":"log","failures":0,"totals":${totals},"requestedAt":${at},"nextPoll":{"at":${at + 7_733_955},"reason":"max-age"},"terms":{"endedAt":${at},${fresh},"renewable":{${fresh}},"hasValidators":true},"lastPoll":{"startedAt":${at},"endedAt":${at},"outcome":"unchanged","status":200,"url":"${url()}","hops":[],"charset":{"charset":"utf-8","reason":"utf-8-default","recovered":false},"entries":1,"notes":{},"events":0,"wireBytes":171},"lastSuccessAt":${at}}`;
  const gone = at + 140_400_000;
  const goneRecord = () =>
    `{"version":1,"feedId":"log","failures":3,"totals":${totals},"requestedAt":${gone},"nextPoll":{"at":${gone + 43_956_557},"reason":"gone-check"},"terms":{"endedAt":${gone},"gone":true,"renewable":{${fresh}},"hasValidators":true},"lastPoll":{"startedAt":${gone},"endedAt":${gone},"outcome":"gone","status":410,"code":"http-410","message":"the origin answered 410","url":"${url()}","hops":[],"events":0,"wireBytes":0},"failingSince":${at + 46_800_000},"lastSuccessAt":${at},"gone":{"since":${at + 46_800_000},"count":3}}`;

  async function upgrade(stateRecord: string): Promise<void> {
    await backend.close();
    const database = new DatabaseSync(folder.file('feedhook.db'));
    database.prepare('INSERT INTO state VALUES (?, ?)').run('log', stateRecord);
    database.prepare('INSERT INTO memory VALUES (?, ?)').run('log', memoryRecord());
    database.close();
    await open();
    state = (await backend.store.readStates(['log'])).get('log');
  }

  test('keep next poll, validators and entries', async () => {
    await upgrade(goodRecord());
    expect(state?.nextPoll).toEqual({ at: at + 7_733_955, reason: 'max-age' });
    origin.answer = (_request, response) => void response.writeHead(304).end();
    const { summary } = await pollFeed();
    expect([summary.outcome, origin.requests[0]?.headers['if-none-match']]).toEqual(['notModified', '"1"']);
    serve(rss([2, 1]));
    await pollFeed();
    expect(await deliveredKeys()).toEqual(['guid:entry-2']);
    expect(state).toMatchObject({ url: url(), totals: { polls: 3 }, score: { requests: 2, madeUp: 0 } });
  });

  test('of a feed that has long been gone park it, with an event', async () => {
    await upgrade(goneRecord());
    await clock.advance(gone + 43_956_557 - clock.now());
    origin.answer = (_request, response) => void response.writeHead(410).end();
    const { events } = await pollFeed();
    expect(events.map(({ type }) => type)).toEqual(['feed.gone']);
    expect(state?.nextPoll).toEqual({ at: Number.POSITIVE_INFINITY, reason: 'parked' });
  });
});
