// POLITENESS §3 and §4 where feed, origin and network are in trouble, through schedule, poll and client: what is kept,
// how often is asked, and who is blamed.

import type { lookup as systemLookup } from 'node:dns';
import { describe, expect, test } from '@jest/globals';
import { again, both, day, eachTestInItsWorld, etag, feed, hour, minute, rss, type Said } from './world.ts';

const world = eachTestInItsWorld();
const newer = { etag: '"v2"', 'last-modified': 'Fri, 20 Nov 2026 07:00:00 GMT' };
const page = '<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>';

describe('POLITENESS §4: a captive portal', () => {
  test.each<[string, Said, string, number]>([
    ['a page where the feed was', { fields: newer, body: page }, 'not-a-feed', 0],
    ['511', { status: 511, fields: newer, body: page }, 'http-511', 0],
    ['302 to a page', { status: 302, fields: { location: '/portal' } }, 'not-a-feed', 1],
    ['301 to a page', { status: 301, fields: { location: '/portal' } }, 'not-a-feed', 1],
  ])('%s is a failure: validators, entries and URL stay', async (_name, portal, code, hops) => {
    world().scripts.set('/portal', [{ fields: newer, body: page }]);
    world().script = [feed(), portal, portal, portal, feed(newer, rss(2)), again];
    await world().start();
    await world().passUntilAsked(4 + 3 * hops);
    await world().pass(0);
    expect(await world().state()).toMatchObject({ failures: 3, lastPoll: { code } });
    expect((await world().state()).adopted).toBeUndefined();
    await world().passUntilAsked(6 + 3 * hops);
    const asked = world()
      .visits.filter(({ path }) => path === '/feed')
      .slice(1, 5);
    expect(asked.map((visit) => visit.asked['if-none-match'])).toEqual([etag, etag, etag, etag]);
    expect(await world().delivered()).toEqual(['guid:entry-2']);
  });
});

describe('POLITENESS §3: polling never ends silently', () => {
  test('a feed that fails for a year is asked ever less, and each week in the end', async () => {
    world().script = [feed(), { status: 500 }];
    await world().start();
    await world().pass(365 * day);
    const hours = world()
      .gaps()
      .map((gap) => Math.floor(gap / hour));
    expect(hours.slice(0, 10)).toEqual([1, 1, 1, 2, 4, 8, 16, 32, 64, 128]);
    expect(hours.length).toBeGreaterThan(55);
    expect(new Set(hours.slice(10))).toEqual(new Set([7 * 24]));
  });

  test('one success resets the count', async () => {
    world().script = [feed(), ...Array<Said>(5).fill({ status: 500 }), again, { status: 500 }, again];
    await world().start();
    await world().passUntilAsked(9);
    const hours = world()
      .gaps()
      .map((gap) => Math.floor(gap / hour));
    expect(hours).toEqual([1, 1, 1, 2, 4, 8, 1, 1]);
  });
});

describe('POLITENESS §3: our own outage', () => {
  const names = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example'];
  let isCut = false;
  let lookups: { name: string; at: number }[] = [];

  const lookup = ((name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) => {
    lookups.push({ name, at: world().clock.now() });
    if (isCut) done(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' }));
    else if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  }) as unknown as typeof systemLookup;

  const lines = () => names.map((name) => ({ id: name, url: `http://${name}:${world().port}/feed` }));
  const failures = () => Promise.all(names.map(async (name) => (await world().state(name)).failures));

  /** All have been read; from now on no name leads anywhere. */
  async function cutOff(): Promise<void> {
    isCut = false;
    world().lookup = lookup;
    // A connection that is kept would outlive the outage.
    world().script = [feed({ ...both, connection: 'close' })];
    await world().start(lines());
    await world().pass(10 * minute);
    expect(new Set(world().visits.map(({ host }) => host.split(':')[0]))).toEqual(new Set(names));
    isCut = true;
    lookups = [];
  }

  test('counts against no feed, asks one a minute, and ends with one request of each', async () => {
    await cutOff();
    await world().pass(5 * hour);
    expect(await failures()).toEqual([0, 0, 0, 0, 0]);
    // Until it is recognised each is asked when it is due.
    const trials = lookups.slice(10);
    const between = trials.slice(1).map(({ at }, n) => at - (trials[n]?.at ?? 0));
    expect(Math.min(...between)).toBeGreaterThanOrEqual(minute);

    isCut = false;
    const before = world().visits.length;
    await world().pass(30 * minute);
    const after = world()
      .visits.slice(before)
      .map(({ host }) => host.split(':')[0]);
    expect(after.toSorted()).toEqual(names);
    expect(await failures()).toEqual([0, 0, 0, 0, 0]);
  });

  test('gives every site its turn: one of them may be the only one that lives', async () => {
    await cutOff();
    await world().pass(5 * hour);
    expect(new Set(lookups.slice(10).map(({ name }) => name))).toEqual(new Set(names));
  });
});
