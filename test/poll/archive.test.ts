// RFC 5005 §4: a burst of entries leaves the window between two polls, and its archives bring it back.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import { StoreError } from '../../src/errors.ts';
import { longestWalkMs } from '../../src/poll/archive.ts';
import type { PolledFeed, PollTools } from '../../src/poll.ts';
import { laneHeldUntil } from '../../src/schedule/lane-hold.ts';
import { startServer } from '../support/http-server.ts';
import { ArchiveWorld, atom, down, entry, gapMs, type Page } from './archive-world.ts';
import { Crash, crashingAt } from './crashing.ts';

let world: ArchiveWorld;

beforeEach(async () => {
  world = await ArchiveWorld.open();
});

afterEach(() => world.close());

/** Entries 1 to 3 are known; then 9 more came while the window holds 3. */
async function burst(): Promise<void> {
  world.publish(down(3, 1));
  await world.poll();
  world.asked();
  publishBurst();
}

function publishBurst(more: Page = {}): void {
  world.publish(down(12, 10), '/a3', more);
  world.archive('/a3', down(9, 7), '/a2');
  world.archive('/a2', down(6, 4), '/a1');
  world.archive('/a1', down(3, 1), '/a0');
  world.archive('/a0', down(0, -2));
}

const nine = [4, 5, 6, 7, 8, 9, 10, 11, 12];

describe('POLITENESS §8: no known entry in a full 200', () => {
  test('a burst of three windows is delivered whole, oldest first, each entry once, in one poll', async () => {
    await burst();
    const { summary } = await world.poll();
    expect(world.asked()).toEqual(['/feed', '/a3', '/a2', '/a1']);
    expect(await world.delivered()).toEqual(nine);
    expect(await world.sequences()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(summary).toMatchObject({ outcome: 'updated', entries: 3, events: 9, notes: { archives: 3 } });
    expect(summary.notes).not.toHaveProperty('possibleGap');
    expect(summary).not.toHaveProperty('message');
  });

  test('validators and body hash are those of the document; no request for an archive carries or leaves any', async () => {
    await burst();
    await world.poll();
    const [document, ...archives] = world.visits.splice(0);
    expect(document?.request.headers['if-none-match']).toBeDefined();
    expect(archives.map(({ request: { headers } }) => [headers['if-none-match'], headers['a-im']])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const { validators } = await world.memory();
    expect(validators?.url).toBe(`${world.url}/feed`);
    await world.poll();
    expect(world.visits[0]?.request.headers['if-none-match']).toBe(validators?.etag);
  });

  test('what follows the walk is an ordinary poll', async () => {
    await burst();
    await world.poll();
    world.asked();
    await world.poll();
    world.publish(down(13, 11), '/a3');
    await world.poll();
    expect(world.asked()).toEqual(['/feed', '/feed']);
    expect(await world.delivered()).toEqual([...nine, 13]);
  });

  test('archives are asked one at a time, the gap of the lane after the answer before', async () => {
    await burst();
    await world.poll();
    const times = world.visits.map(({ at }) => at);
    expect(times.slice(1).map((at, n) => at - (times[n] ?? 0))).toEqual([gapMs, gapMs, gapMs]);
  });

  test('the next poll counts from the last of them, and so does the gap of the lane', async () => {
    await burst();
    const { state, summary } = await world.poll();
    expect(state.terms?.endedAt).toBe(world.visits.at(-1)?.at);
    expect(summary.endedAt).toBe(state.terms?.endedAt);
    expect(state.nextPoll.at).toBeGreaterThanOrEqual(summary.endedAt + 3_600_000);
  });

  test('each request is noted before it leaves, so that no restart comes too close to it', async () => {
    await burst();
    const noted: (number | undefined)[] = [];
    const noteRequest: PollTools['store']['noteRequest'] = (id, note) => {
      noted.push(note.requestedAt);
      return world.backend.store.noteRequest(id, note);
    };
    await world.poll({ store: storeWith({ noteRequest }) });
    expect(noted).toEqual(world.visits.map(({ at }) => at));
  });

  test('all requests count: in the totals, in the score, and none is an addition', async () => {
    await burst();
    const before = (await world.backend.store.readStates(['log'])).get('log');
    const { state, summary, fetched } = await world.poll();
    const { archives } = fetched.figures;
    expect(state.totals.requests).toBe((before?.totals.requests ?? 0) + 4);
    expect(state.totals.unconditional).toBe(4);
    expect(state.totals.documentBytes).toBe(fetched.figures.wireBytes);
    expect(state.totals.wireBytes).toBe((before?.totals.wireBytes ?? 0) + summary.wireBytes);
    expect(summary.wireBytes).toBe(fetched.figures.wireBytes + (archives?.wireBytes ?? 0));
    expect(archives?.wireBytes).toBeGreaterThan(0);
    expect(state.score).toMatchObject({
      requests: 5,
      conditional: 1,
      unconditional: 4,
      good: 1,
      additions: 0,
      madeUp: 0,
      early: 0,
    });
  });

  test('a redirect of an archive is followed and is no addition either', async () => {
    await burst();
    world.pages.set('/a3', { status: 302, fields: { location: '/moved' } });
    world.archive('/moved', down(9, 7), '/a2');
    const { state } = await world.poll();
    expect(world.asked()).toEqual(['/feed', '/a3', '/moved', '/a2', '/a1']);
    expect([await world.delivered(), state.score?.additions]).toEqual([nine, 0]);
  });

  test('--wire shows the archives too', async () => {
    await burst();
    const lines: string[] = [];
    await world.poll({}, { wire: (line) => lines.push(line) });
    expect(lines.filter((line) => line.startsWith('> GET')).map((line) => line.split(' ')[2])).toEqual([
      '/feed',
      '/a3',
      '/a2',
      '/a1',
    ]);
    expect(lines).toContain('* archive 3: no entry was known so far');
  });

  test('credentials and headers of the feed go along, as the archives have its origin', async () => {
    const auth = { kind: 'bearer' as const, token: new Secret('t0ken') };
    const own = world.feed({ auth, headers: { 'X-Key': 'k' } });
    world.publish(down(3, 1));
    await world.pollAll([own]);
    publishBurst();
    await world.pollAll([own]);
    const sent = world.visits.map(({ request }) => [request.headers.authorization, request.headers['x-key']]);
    expect(sent).toEqual(world.visits.map(() => ['Bearer t0ken', 'k']));
  });

  test('and stay behind when an archive leads to another origin', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await startServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(200, { 'content-type': 'application/atom+xml' }).end(atom(down(9, 1)));
    });
    const auth = { kind: 'bearer' as const, token: new Secret('t0ken') };
    const own = world.feed({ auth });
    world.publish(down(3, 1));
    await world.pollAll([own]);
    publishBurst();
    world.pages.set('/a3', { status: 302, fields: { location: `${other.url}/a3` } });
    await world.pollAll([own]);
    expect(seen).toEqual([undefined]);
    expect(await world.delivered()).toEqual(nine);
  });

  test('poll --force asks caches to look again for the document alone', async () => {
    await burst();
    await world.poll({}, { noCache: true });
    expect(world.visits.map(({ request }) => request.headers['cache-control'])).toEqual([
      'no-cache',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what the archives hold besides', () => {
  test('an old version of a known entry is no update, and older entries are no news', async () => {
    world.publish([3, 2, 1]);
    await world.poll();
    world.publish([3, entry(2, undefined, 'Entry two'), 1]);
    await world.poll();
    world.publish(down(6, 4), '/a1');
    const old = (n: number) => entry(n, '2019-01-01T00:00:00Z');
    world.archive('/a1', [3, 2, 1, old(0), old(-1)]);
    await world.poll();
    expect(await world.delivered()).toEqual([2, 4, 5, 6]);
    expect((await world.memory()).entries.size).toBe(6);
  });

  test('entries that the document has as well, or two archives, are delivered once', async () => {
    await burst();
    world.archive('/a3', down(11, 7), '/a2');
    world.archive('/a2', down(8, 4), '/a1');
    await world.poll();
    expect(await world.delivered()).toEqual(nine);
  });

  test('entries listed oldest first are delivered in the order of their dates', async () => {
    await burst();
    world.archive('/a3', down(9, 7).reverse(), '/a2');
    world.archive('/a2', down(6, 1).reverse(), '/a1');
    await world.poll();
    expect(await world.delivered()).toEqual(nine);
  });

  test('undated entries below the known ones are no news, those above are', async () => {
    const bare = (n: number) => entry(n).replace(/<updated>.*<\/updated>/, '');
    world.publish([bare(3), bare(2)]);
    await world.poll();
    world.publish([bare(6), bare(5)], '/a1');
    world.archive('/a1', [4, 3, 2, 1, 0].map(bare));
    await world.poll();
    expect(await world.delivered()).toEqual([4, 5, 6]);
  });

  test('a later poll in which known entries of the archives are gone misses nothing of them', async () => {
    await burst();
    await world.poll();
    for (const last of [13, 14, 15, 16]) {
      world.publish(down(last, last - 2));
      await world.poll();
    }
    expect(await world.delivered()).toEqual([...nine, 13, 14, 15, 16]);
  });
});

type Break = readonly [name: string, setUp: () => void, why: RegExp, delivered: number[], asked: string[]];

describe('a walk that does not get to a known entry keeps what it read, and says that there is a gap', () => {
  const breaks: Break[] = [
    [
      'an archive that is gone',
      () => world.pages.set('/a2', { status: 404 }),
      /the archive failed: http-404/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3', '/a2'],
    ],
    [
      'a server error',
      () => world.pages.set('/a3', { status: 500 }),
      /http-500/,
      [10, 11, 12],
      ['/feed', '/a3'],
    ],
    [
      'a page',
      () => world.pages.set('/a2', { fields: { 'content-type': 'text/html' }, body: '<html><p>gone</html>' }),
      /not-a-feed/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3', '/a2'],
    ],
    [
      'a document that is cut',
      () => world.pages.set('/a3', { body: atom(down(9, 7)).slice(0, -20) }),
      /incomplete-xml/,
      [10, 11, 12],
      ['/feed', '/a3'],
    ],
    [
      'a 304 that nobody asked for',
      () => world.pages.set('/a3', { status: 304 }),
      /unsolicited-304/,
      [10, 11, 12],
      ['/feed', '/a3'],
    ],
    [
      'an archive that names itself',
      () => world.archive('/a2', down(6, 4), '/a2#again'),
      /lead back/,
      nine,
      ['/feed', '/a3', '/a2'],
    ],
    [
      'archives in a circle',
      () => world.archive('/a2', down(6, 4), '/a3'),
      /lead back/,
      nine,
      ['/feed', '/a3', '/a2'],
    ],
    [
      'an archive that names the document',
      () => world.archive('/a3', down(9, 7), '/feed'),
      /lead back/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3'],
    ],
    [
      'another host',
      () => world.archive('/a3', down(9, 7), 'https://archive.example.org/a2'),
      /on another host, archive\.example\.org/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3'],
    ],
    [
      'what no client can ask for',
      () => world.archive('/a3', down(9, 7), 'ftp://127.0.0.1/a2'),
      /no http: URL|no more archives/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3'],
    ],
    [
      'no further archive',
      () => world.archive('/a2', down(6, 4)),
      /no more archives/,
      nine,
      ['/feed', '/a3', '/a2'],
    ],
    [
      'no archive at all',
      () => world.publish(down(12, 10)),
      /the document names no archive/,
      [10, 11, 12],
      ['/feed'],
    ],
    [
      'too many entries in all',
      () => world.archive('/a2', down(6, -48), '/a1'),
      /over 60 entries/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3', '/a2'],
    ],
    [
      'a spent quota',
      () =>
        world.pages.set('/a3', {
          fields: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '600' },
          body: atom(down(9, 7), '/a2'),
        }),
      /quota/,
      [7, 8, 9, 10, 11, 12],
      ['/feed', '/a3'],
    ],
  ];

  test.each(breaks)('%s', async (_name, setUp, why, delivered, asked) => {
    await burst();
    setUp();
    const { summary, state } = await world.poll();
    expect(summary).toMatchObject({
      outcome: 'updated',
      notes: { possibleGap: 1 },
      message: expect.stringMatching(why),
    });
    expect([summary.code, state.failures]).toEqual([undefined, 0]);
    expect(world.asked()).toEqual(asked);
    expect(await world.delivered()).toEqual(delivered);
    await world.poll();
    expect(world.asked()).toEqual(['/feed']);
  });

  test('limits.maxArchives', async () => {
    await burst();
    const { summary } = await world.poll({ maxArchives: 2 });
    expect(world.asked()).toEqual(['/feed', '/a3', '/a2']);
    expect(summary).toMatchObject({
      notes: { possibleGap: 1, archives: 2 },
      message: expect.stringMatching(/maxArchives/),
    });
  });

  test('limits.maxArchives: 0 reads none, and the gap is still told', async () => {
    await burst();
    const { summary } = await world.poll({ maxArchives: 0 });
    expect([world.asked(), summary.notes]).toEqual([['/feed'], { possibleGap: 1 }]);
  });

  test('no request leaves later than longestWalkMs after the document', async () => {
    await burst();
    world.archive('/a1', down(0, -2), '/a0');
    world.archive('/a0', down(-3, -5), '/b9');
    world.archive('/b9', down(3, 1));
    const { ends } = await world.pollAll([world.feed()], {}, { gapMs: 25_000 });
    const [document, ...archives] = world.visits;
    expect(archives.map(({ at }) => at - (document?.at ?? 0))).toEqual([25_000, 50_000, 75_000]);
    expect(75_000).toBeLessThan(longestWalkMs);
    expect(ends[0]?.summary.message).toMatch(/too long/);
  });

  test('archives that go back to before the first poll are not read further', async () => {
    await burst();
    const old = (n: number) => entry(n, '2019-01-01T00:00:00Z');
    world.archive('/a3', [9, 8, 7], '/a2');
    world.archive('/a2', [old(-1), old(-2)], '/a1');
    const { summary } = await world.poll();
    expect(world.asked()).toEqual(['/feed', '/a3', '/a2']);
    expect(await world.delivered()).toEqual([7, 8, 9, 10, 11, 12]);
    expect(summary).toMatchObject({
      notes: { possibleGap: 1, archives: 2 },
      message: expect.stringMatching(/before the first poll/),
    });
  });
});

describe('what an archive asks for holds for the feed and its lane', () => {
  test.each<[string, Record<string, string>, number]>([
    ['with Retry-After', { 'retry-after': '7200' }, 7_200_000],
    ['without', {}, 1_800_000],
  ])('a 429 %s', async (_name, fields, heldMs) => {
    await burst();
    world.pages.set('/a3', { status: 429, fields });
    const { state, summary } = await world.poll();
    expect(summary).toMatchObject({ outcome: 'updated', notes: { possibleGap: 1 } });
    expect(laneHeldUntil(state)).toBe(world.clock.now() + heldMs);
    expect(state.nextPoll.at).toBeGreaterThanOrEqual(world.clock.now() + heldMs);
  });

  test('a 503 with Retry-After keeps the feed waiting, and not its lane', async () => {
    await burst();
    world.pages.set('/a3', { status: 503, fields: { 'retry-after': '7200' } });
    const { state } = await world.poll();
    expect([state.nextPoll.reason, laneHeldUntil(state)]).toEqual(['retry-after', 0]);
  });

  test('its freshness says nothing of the document', async () => {
    await burst();
    world.pages.set('/a3', { fields: { 'cache-control': 'max-age=86400' }, body: atom(down(9, 1)) });
    expect((await world.poll()).state.nextPoll.reason).toBe('interval');
  });
});

describe('no archive is read', () => {
  test('by the first poll: `initial` decides', async () => {
    publishBurst();
    const { summary } = await world.poll();
    expect([world.asked(), summary.notes]).toEqual([['/feed'], {}]);
  });

  test('by an ordinary poll of a feed that names archives', async () => {
    world.publish(down(3, 1), '/a1');
    await world.poll();
    world.publish(down(5, 3), '/a1');
    expect((await world.poll()).summary.notes).toEqual({});
    world.pages.set('/feed', { status: 304 });
    await world.poll();
    world.pages.set('/feed', { status: 500 });
    await world.poll();
    expect(world.asked()).toEqual(['/feed', '/feed', '/feed', '/feed']);
  });

  test.each<[string, Page]>([
    ['a 226', { status: 226, fields: { im: 'feed' } }],
    ['a 200 with IM: feed', { fields: { im: 'feed' } }],
  ])('RFC 3229: for %s, which shows what is new and proves no gap', async (_name, more) => {
    world.publish(down(3, 1));
    await world.poll();
    publishBurst(more);
    const { summary } = await world.poll();
    expect(summary.notes).toEqual({});
    expect(world.asked()).toEqual(['/feed', '/feed']);
    expect(await world.delivered()).toEqual([10, 11, 12]);
  });

  test('for an empty document, however often it changes: the next entry finds the gap', async () => {
    world.publish(down(3, 1));
    await world.poll();
    for (const path of ['/a1', '/a2']) {
      world.publish([], path);
      expect((await world.poll()).summary.notes).toEqual({ possibleGap: 1 });
    }
    world.publish([5], '/a1');
    world.archive('/a1', down(4, 1));
    await world.poll();
    expect(world.asked()).toEqual(['/feed', '/feed', '/feed', '/feed', '/a1']);
    expect(await world.delivered()).toEqual([4, 5]);
  });
});

describe('ids that changed in mass', () => {
  const renamed = (n: number) => entry(n).replace('tag:example.org,2026:', 'urn:new:');

  test('are no gap: no archive is read', async () => {
    world.publish(down(8, 1), '/a1');
    await world.poll();
    world.publish(down(8, 1).map(renamed), '/a1');
    const { summary } = await world.poll();
    expect([world.asked(), summary.notes?.possibleGap]).toEqual([['/feed', '/feed'], undefined]);
  });

  test('while a burst left the window: the archives show it, and nothing known is sent again', async () => {
    world.publish(down(8, 1));
    await world.poll();
    world.publish(down(18, 11).map(renamed), '/a1');
    world.archive('/a1', down(10, 1).map(renamed));
    const { summary } = await world.poll();
    expect(summary.notes).not.toHaveProperty('possibleGap');
    const sent = await world.delivered();
    expect(sent.filter((n) => n <= 8)).toEqual([]);
    expect(sent).toEqual(expect.arrayContaining(down(18, 11)));
  });

  test('while `identity` was changed: known entries close the gap under either key', async () => {
    const linked = (n: number) =>
      entry(n).replace('<title>', `<link href="https://example.org/${n}"/><title>`);
    world.publish(down(3, 1).map(linked));
    await world.poll();
    world.publish(down(9, 7).map(linked), '/a1');
    world.archive('/a1', down(6, 2).map(linked), '/a0');
    const { ends } = await world.pollAll([world.feed({ identity: 'link' })]);
    expect(world.asked()).toEqual(['/feed', '/feed', '/a1']);
    expect(ends[0]?.summary).toMatchObject({ events: 6, notes: { archives: 1 } });
  });
});

describe('two feeds of one source', () => {
  const one = () => world.feed({ id: 'one', plan: { ...world.feed().plan, feedId: 'one' } });
  const two = () => world.feed({ id: 'two', plan: { ...world.feed().plan, feedId: 'two' } });

  test('read the archives once, and each learns from them what it missed itself', async () => {
    world.publish(down(3, 1));
    await world.pollAll([one(), two()]);
    world.publish(down(6, 4));
    await world.pollAll([two()]);
    world.asked();
    publishBurst();
    const { ends } = await world.pollAll([one(), two()]);
    expect(world.asked()).toEqual(['/feed', '/a3', '/a2', '/a1']);
    expect([await world.delivered('one'), await world.delivered('two')]).toEqual([nine, nine]);
    expect(ends.map(({ state }) => state.score?.requests)).toEqual([5, 1]);
    expect(ends.map(({ summary }) => summary.notes?.archives)).toEqual([3, 3]);
  });

  test('of which one has no gap: it takes nothing from them', async () => {
    world.publish(down(3, 1));
    await world.pollAll([one()]);
    publishBurst();
    const { ends } = await world.pollAll([two(), one()]);
    expect([await world.delivered('one'), await world.delivered('two')]).toEqual([nine, []]);
    expect((await world.memory('two')).entries.size).toBe(3);
    expect(ends.map(({ summary }) => summary.notes)).toEqual([{}, { archives: 3 }]);
    expect(ends.map(({ fetched }) => fetched.figures.archives?.requests)).toEqual([3, undefined]);
  });
});

test('feed.recovered tells of no risk when the archives had all that was missed', async () => {
  const told = async () => {
    const deliveries = await world.backend.deliveries.list({}, 100);
    const events = await world.backend.store.readEvents(deliveries.map(({ eventId }) => eventId));
    const bodies = events.map(({ body }) => JSON.parse(body));
    return bodies.filter(({ type }) => type === 'feed.recovered').map(({ data }) => data.missed_window_risk);
  };
  await burst();
  world.pages.set('/feed', { status: 500 });
  for (let failure = 0; failure < 3; failure++) await world.poll();
  publishBurst();
  await world.poll();
  expect(await told()).toEqual([false]);
});

describe('a crash or a stop on the way costs a repeat, never an entry', () => {
  const lines = [
    'noteRequest',
    'noteRequest',
    'noteRequest',
    'noteRequest',
    'addEvents',
    'writeMemory',
    'add',
    'writeMemory',
    'writeState',
  ];

  test.each(lines.map((name, n) => [n, name] as const))('a crash before write %i (%s)', async (n) => {
    await burst();
    await expect(world.poll(crashingAt(world.backend, lines, n))).rejects.toThrow(Crash);
    await world.restart();
    await world.poll();
    expect(await world.delivered()).toEqual(nine);
    expect(await world.backend.store.feedsWithOutbox()).toEqual([]);
  });

  test('without a crash there are exactly these writes', async () => {
    await burst();
    await expect(world.poll(crashingAt(world.backend, lines, lines.length))).resolves.toBeDefined();
    await burst();
    await expect(world.poll(crashingAt(world.backend, lines, 0))).rejects.toThrow(Crash);
  });

  test.each(['/a3', '/a2', '/a1'])('a stop while %s is asked for', async (path) => {
    await burst();
    const before = await world.memory();
    const stop = new AbortController();
    const page = world.pages.get(path);
    world.pages.set(path, () => void stop.abort());
    const { summary, state } = await world.poll({}, { signal: stop.signal });
    expect([summary.outcome, summary.code]).toEqual(['failed', 'aborted']);
    expect(await world.memory()).toEqual(before);
    expect(state.requestedAt).toBe(world.visits.at(-1)?.at);
    expect(state.score?.requests).toBe(world.visits.length + 1);
    expect(state.nextPoll.at).toBeGreaterThan(world.clock.now() + 3_500_000);
    if (page) world.pages.set(path, page);
    await world.restart();
    await world.poll();
    expect(await world.delivered()).toEqual(nine);
  });

  test('a stop in the gap between two', async () => {
    await burst();
    const stop = new AbortController();
    const { startTimer } = world.clock;
    const stopLater = () => void world.clock.advance(gapMs / 2).then(() => stop.abort());
    const clock = {
      now: () => world.clock.now(),
      startTimer: (...timer: Parameters<typeof startTimer>) => {
        if (timer[0] === gapMs && world.visits.length === 2) setImmediate(stopLater);
        return world.clock.startTimer(...timer);
      },
    };
    const { summary, state } = await world.poll({ clock }, { signal: stop.signal });
    expect(state.requestedAt).toBe(world.visits.at(-1)?.at);
    expect([summary.code, world.asked()]).toEqual(['aborted', ['/feed', '/a3']]);
    expect(world.clock.timers).toBe(0);
    await world.poll();
    expect(await world.delivered()).toEqual(nine);
  });

  test('a store that cannot note a request: none leaves, and nothing is kept', async () => {
    await burst();
    const before = await world.memory();
    let notes = 0;
    const noteRequest: PollTools['store']['noteRequest'] = (id, note) =>
      ++notes > 2
        ? Promise.reject(new StoreError('store-failed', 'planted'))
        : world.backend.store.noteRequest(id, note);
    await expect(world.poll({ store: storeWith({ noteRequest }) })).rejects.toThrow(StoreError);
    expect([world.asked(), await world.memory()]).toEqual([['/feed', '/a3'], before]);
  });
});

function storeWith(own: Partial<PollTools['store']>): PollTools['store'] {
  return new Proxy(world.backend.store, {
    get(object, name) {
      const member = Reflect.get(own, name) ?? Reflect.get(object, name);
      return typeof member === 'function' ? member.bind(object) : member;
    },
  });
}

test.each<[string, Partial<PolledFeed>, boolean]>([
  ['from https: to http: is not followed', {}, false],
  ['unless that is allowed', { allowDowngrade: true }, true],
])('an archive that leads %s', async (_name, over, isAsked) => {
  const asked: string[] = [];
  const document = (body: string) => ({ body, fields: { etag: `"${body.length}"` } });
  const pages = [document(atom(down(3, 1))), document(atom(down(12, 10), 'http://example.org/a1'))];
  const client: PollTools['client'] = {
    close: async () => {},
    async fetch({ url }) {
      asked.push(url);
      const page = url.startsWith('https:') ? pages.shift() : document(atom(down(9, 1)));
      const figures = {
        exchanges: [],
        requests: 1,
        conditional: false,
        wireBytes: 1,
        decodedBytes: 1,
        durationMs: 0,
      };
      const body = Buffer.from(page?.body ?? '');
      const terms = { endedAt: world.clock.now() };
      return { kind: 'document', status: 200, body, url, hops: [], validators: { url }, figures, terms };
    },
  };
  const own = world.feed({ url: 'https://example.org/feed', ...over });
  await world.pollAll([own], { client });
  await world.pollAll([own], { client });
  expect(asked.slice(2)).toEqual(isAsked ? ['http://example.org/a1'] : []);
});
