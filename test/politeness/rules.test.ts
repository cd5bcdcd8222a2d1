// The numbered rules of POLITENESS §1, each by its number: what an origin sees of the schedule, the poll, the client
// and the store together. Rule 20 is about commands, and rule 23 is the score itself: README.md says where they are.

import { describe, expect, test } from '@jest/globals';
import {
  again,
  both,
  day,
  eachTestInItsWorld,
  etag,
  feed,
  hour,
  minute,
  modified,
  rss,
  type Said,
} from './world.ts';

const world = eachTestInItsWorld();

const conditions = ({ asked }: { readonly asked: Readonly<Record<string, string | undefined>> }) => [
  asked['if-none-match'],
  asked['if-modified-since'],
];
const validators = () => world().visits.map(conditions);
const pair = [etag, modified];
const none = [undefined, undefined];
const newer = { etag: '"v2"', 'last-modified': 'Fri, 20 Nov 2026 07:00:00 GMT' };

/** Plays the script, and says with which validators the request after it came. */
async function askedAfter(...script: readonly Said[]) {
  world().script = [...script, again];
  await world().start();
  await world().passUntilAsked(script.length + 1);
  return validators().at(-1);
}

describe('validators', () => {
  test('rule 1: one request without validators in the life of a feed, over answers and restarts', async () => {
    await world().start();
    for (let restart = 0; restart < 3; restart++) {
      await world().pass(day);
      await world().restart();
    }
    const [first, ...others] = validators();
    expect(first).toEqual(none);
    expect(others.length).toBeGreaterThan(60);
    expect(new Set(others.map(String))).toEqual(new Set([String(pair)]));
  });

  test('rule 2: subscribing is one GET, whose body is the first poll', async () => {
    await world().start();
    await world().pass(59 * minute);
    expect(world().visits.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /feed']);
    expect((await world().backend.store.readMemory('log'))?.baseline?.entries).toBe(1);
  });

  test.each([
    'Mon, 20 Nov 2026 06:00:00 GMT',
    'fri, 20 nov 2026 06:00:00 gmt',
    'Tue, 19 Jan 2038 03:14:08 GMT',
    '2026-11-20',
  ])('rule 3: If-Modified-Since repeats %s', async (date) => {
    expect(await askedAfter(feed({ 'last-modified': date }))).toEqual([undefined, date]);
  });

  test.each(['"a"', 'W/"a"', 'bare', '"a,b"', '"caf\xe9"', 'null'])(
    'rule 4: If-None-Match repeats %s',
    async (tag) => {
      expect(await askedAfter(feed({ etag: tag }))).toEqual([tag, undefined]);
    },
  );

  test('rule 4: no empty tag is sent', async () => {
    expect(await askedAfter(feed({ ...both, etag: '' }))).toEqual([undefined, modified]);
  });

  test('rule 5: a feed without validators is asked without, whatever dates it holds', async () => {
    expect(await askedAfter(feed({}), feed({}))).toEqual(none);
  });

  test('rule 6: both are those of the latest answer, and an older one never comes back', async () => {
    world().script = [feed(), feed(newer, rss(2)), feed({ etag: '"v3"' }, rss(3)), feed(both, rss(4)), again];
    await world().start();
    await world().passUntilAsked(6);
    const [, ...sent] = validators();
    expect(sent).toEqual([pair, Object.values(newer), ['"v3"', undefined], pair, pair]);
  });

  test.each<[string, Said]>([
    ['a 200 with the same body', feed(newer)],
    ['a 200 with the same entries', feed(newer, rss(1, '<docs>new</docs>'))],
  ])('rule 7: both move on by %s', async (_name, moved) => {
    expect(await askedAfter(feed(), moved)).toEqual(Object.values(newer));
  });

  test('rule 7: they move on by a 304 that carries new ones', async () => {
    const moved = { etag: 'W/"v1"', 'last-modified': newer['last-modified'] };
    expect(await askedAfter(feed(), { status: 304, fields: moved })).toEqual(Object.values(moved));
  });

  test('rule 8: a 200 without ETag removes the old one, a bare 304 nothing', async () => {
    expect(await askedAfter(feed(), feed({ 'last-modified': modified }, rss(2)), again)).toEqual([
      undefined,
      modified,
    ]);
  });

  const page = '<!doctype html><title>Sign in</title>';
  test.each<[string, Said]>([
    ['a 429', { status: 429, fields: newer }],
    ['a 500', { status: 500, fields: newer }],
    ['a 503', { status: 503, fields: newer }],
    ['a page', { fields: newer, body: page }],
    ['a document that is not closed', { fields: newer, body: rss(2).slice(0, -20) }],
    ['an empty body', { fields: newer }],
    ['a body that is cut', { fields: newer, body: rss(2), ending: 'cut' }],
    ['a timeout', { ending: 'never' }],
  ])('rule 9: %s takes nothing away and brings nothing', async (_name, failure) => {
    expect(await askedAfter(feed(), failure, failure)).toEqual(pair);
  });

  test('POLITENESS §11 row 12: ETag, then a 200 without, a 304 and a 503', async () => {
    world().script = [feed(), feed({}, rss(2)), feed(newer, rss(2)), again, { status: 503 }, again];
    await world().start();
    await world().passUntilAsked(6);
    const now = Object.values(newer);
    expect(validators()).toEqual([none, pair, none, now, now, now]);
  });
});

describe('waits', () => {
  /** Every gap but those before the first request. */
  async function gapsOf(times: number, ...script: readonly Said[]) {
    world().script = [...script];
    await world().start();
    await world().passUntilAsked(times);
    return world().gaps();
  }

  const atMost = (ms: number) => ms + Math.min(ms / 10, 30 * minute);
  const expectWaits = (gaps: readonly number[], owed: readonly number[]) => {
    expect(gaps.map((gap, at) => gap >= (owed[at] ?? 0) && gap <= atMost(owed[at] ?? 0))).toEqual(
      owed.map(() => true),
    );
  };
  const fresh = (hours: number) => ({ 'cache-control': `max-age=${hours * 3_600}` });
  const retry = (hours: number) => ({ 'retry-after': String(hours * 3_600) });

  test('rule 10: an hour between requests with validators', async () => {
    expectWaits(await gapsOf(5, feed(), again), [hour, hour, hour, hour]);
  });

  test('rule 10: a day between requests without', async () => {
    expectWaits(await gapsOf(4, feed({})), [day, day, day]);
  });

  test('rule 11: nothing before max-age is over, of a 200, a 304 or a 429', async () => {
    const gaps = await gapsOf(
      5,
      feed({ ...both, ...fresh(2) }),
      again,
      { status: 304, fields: fresh(3) },
      { status: 429, fields: fresh(4) },
      again,
    );
    expectWaits(gaps, [2 * hour, 2 * hour, 3 * hour, 4 * hour]);
  });

  test('rule 12: nothing before Retry-After, of a 429 or a 503', async () => {
    const gaps = await gapsOf(
      4,
      feed(),
      { status: 429, fields: retry(5) },
      { status: 503, fields: retry(6) },
      again,
    );
    expectWaits(gaps, [hour, 5 * hour, 6 * hour]);
  });

  test.each<[string, Said, number]>([
    ['max-age', feed({ ...both, ...fresh(3) }), 3 * hour],
    ['Retry-After', { status: 429, fields: retry(3) }, 3 * hour],
    ['the interval', feed(), hour],
    ['a day without validators', feed({}), day],
  ])('rule 13: %s holds over restarts and reloads', async (_name, first, owedMs) => {
    world().script = [first, again];
    await world().start();
    for (let step = 0; world().visits.length < 2; step++) {
      await world().pass(7 * minute);
      if (step % 2 === 0) await world().restart();
      else await world().reload([{}]);
    }
    expectWaits(world().gaps(), [owedMs]);
  });

  test('rule 13, POLITENESS §11 row 19: a restart every minute for an hour is one request', async () => {
    await world().start();
    for (let restart = 0; restart < 59; restart++) {
      await world().pass(minute);
      await world().restart();
    }
    expect(world().visits).toHaveLength(1);
  });

  test('rule 13: a request that a stop cut off counts all the same', async () => {
    world().script = [{ ending: 'never' }];
    await world().start();
    for (let restart = 0; restart < 11; restart++) {
      await world().restart();
      await world().pass(5 * minute);
    }
    expect(world().visits).toHaveLength(1);
  });

  test('rule 13, POLITENESS §11 row 20: after a 429 with max-age no restart and no reload asks again', async () => {
    world().script = [{ status: 429, fields: { ...fresh(48), 'retry-after': '120' } }, again];
    await world().start();
    await world().pass(day);
    await world().restart();
    await world().pass(day - hour);
    await world().reload([{ intervalMs: 5 * minute }]);
    await world().pass(59 * minute);
    expect(world().visits).toHaveLength(1);
    await world().passUntilAsked(2);
    expectWaits(world().gaps(), [2 * day]);
  });

  test('rule 14: a wait counts from the end of a slow answer', async () => {
    expectWaits(await gapsOf(3, { ...feed(), bodyAfterMs: 20_000 }), [hour, hour]);
    // The third is still being answered.
    expect(world().visits.map(({ at, endedAt }) => endedAt - at)).toEqual([20_000, 20_000, 0]);
  });
});

describe('manners', () => {
  const seen = (name: string) => new Set(world().visits.map(({ asked }) => asked[name]));

  test('rules 15, 17, 18, 19: what a request never carries, and what it always carries alike', async () => {
    world().scripts.set('/lent', [feed({ ...both, 'set-cookie': 'lent=1; Path=/' })]);
    world().script = [
      feed({ ...both, 'set-cookie': 'id=1; Path=/' }),
      { status: 302, fields: { location: '/lent', 'set-cookie': 'moved=1' } },
      { status: 500 },
      again,
    ];
    await world().start();
    await world().passUntilAsked(6);
    await world().restart();
    await world().passUntilAsked(7);
    for (const name of ['cookie', 'referer', 'authorization', 'cache-control', 'pragma']) {
      expect([name, seen(name)]).toEqual([name, new Set([undefined])]);
    }
    expect(seen('accept-encoding')).toEqual(new Set(['gzip, deflate, br, zstd']));
    expect(seen('user-agent')).toEqual(new Set(['feedhook/0.0.0 (+https://example.org/)']));
  });

  test('rule 16: the URL is asked as it is configured, without its fragment', async () => {
    const target = '/feed?b=2&a=1&utm_source=x&empty=&sp=%20&sp=+';
    await world().start([{ url: `${world().url}${target}#top` }]);
    await world().passUntilAsked(3);
    expect(new Set(world().visits.map(({ path }) => path))).toEqual(new Set([target]));
  });
});

describe('one stream', () => {
  test('rule 21: two lines with one URL are one request stream, at the longer wait', async () => {
    await world().start([{ id: 'one' }, { id: 'two', intervalMs: 3 * hour }]);
    await world().passUntilAsked(4);
    expect(
      world()
        .gaps()
        .every((gap) => gap >= 3 * hour),
    ).toBe(true);
    expect(validators()).toEqual([none, pair, pair, pair]);
  });

  test('rule 21: a second process has no store to poll from', async () => {
    await world().start();
    await expect(world().start()).rejects.toMatchObject({ code: 'store-locked' });
  });
});

describe('moves', () => {
  test('rule 22: the old URL is asked no more once a 301 has led to a feed for a week', async () => {
    world().scripts.set('/new', [feed(), again]);
    world().script = [{ status: 301, fields: { location: '/new' } }];
    await world().start([{ intervalMs: 3 * day }]);
    await world().passUntilAsked(12);
    expect(world().visits.map(({ path }) => path)).toEqual([
      ...Array(4).fill(['/feed', '/new']).flat(),
      ...Array(4).fill('/new'),
    ]);
    // Validators go to the URL that gave them.
    expect(validators().slice(0, 4)).toEqual([none, none, none, pair]);
  });

  test('rule 22: a 302 is asked anew each time', async () => {
    world().scripts.set('/lent', [feed(), again]);
    world().script = [{ status: 302, fields: { location: '/lent' } }];
    await world().start([{ intervalMs: 3 * day }]);
    await world().passUntilAsked(12);
    expect(world().visits.map(({ path }) => path)).toEqual(Array(6).fill(['/feed', '/lent']).flat());
  });

  test('rule 22: after the third 410 nobody asks', async () => {
    world().script = [feed(), { status: 410 }];
    await world().start();
    await world().pass(60 * day);
    expect(world().visits).toHaveLength(4);
    await world().restart();
    await world().pass(60 * day);
    expect(world().visits).toHaveLength(4);
    expect((await world().state()).nextPoll.reason).toBe('parked');
  });
});

test('rule 23: the feed counts of itself what the origin has seen', async () => {
  world().script = [feed(), again, { status: 503 }, feed(newer, rss(2)), again];
  await world().start();
  await world().passUntilAsked(8);
  expect((await world().state()).score).toMatchObject({
    requests: 8,
    conditional: 7,
    unconditional: 1,
    good: 14,
    outOfSequence: 0,
    madeUp: 0,
    early: 0,
    insideRetryAfter: 0,
    shortestGapMs: Math.min(...world().gaps()),
    additions: 0,
    cookies: 0,
    referrers: 0,
  });
});
