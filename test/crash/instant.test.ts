// Chance that can be repeated, and kills that stand where they were meant to.

import { describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { systemClock } from '../../src/clock.ts';
import { Origin } from '../../src/commands/demo/origin.ts';
import { crashEntry, crashFeeds } from './burst.ts';
import { pickInstant, reached } from './instant.ts';
import { Random } from './random.ts';

describe('random', () => {
  test('one seed, one series; another seed, another', () => {
    const series = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(series(7)).toEqual(series(7));
    expect(series(7)).not.toEqual(series(8));
  });

  test('ten thousand numbers stay in [0, 1) and fill it evenly', () => {
    const random = new Random(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let round = 0; round < 10_000; round++) {
      const tenth = Math.floor(random.next() * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test('whole numbers reach both ends', () => {
    const random = new Random(3);
    const seen = new Set(Array.from({ length: 200 }, () => random.whole(1, 4)));
    expect([...seen].sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('kill instants', () => {
  test('a third each by time, at a 200 and at a webhook, within their limits', () => {
    const random = new Random(5);
    const counts = { burst: 0, answer: 0, request: 0 };
    for (let kill = 0; kill < 3_000; kill++) {
      const { kind, nth, delayMs } = pickInstant(random, 20, 40);
      counts[kind] += 1;
      expect(delayMs).toBeLessThan(kind === 'burst' ? 60 : 3);
      expect(nth).toBeLessThanOrEqual({ burst: 0, answer: 20, request: 40 }[kind]);
    }
    for (const count of Object.values(counts)) expect(Math.abs(count - 1_000)).toBeLessThan(120);
  });

  test('the n-th 200 brings the instant, a 304 does not', async () => {
    const [feed] = crashFeeds(1);
    if (feed === undefined) throw new Error('no feed');
    const origin = await Origin.start({ clock: systemClock, feeds: [feed] });
    try {
      origin.publish(feed.id, crashEntry(feed, 1, 0));
      const get = async (headers = {}) => (await request(origin.feedUrl(feed.id), { headers })).body.dump();
      let isReached = false;
      const struck = reached({ kind: 'answer', nth: 2, delayMs: 0 }, origin, [], 5_000).then(() => {
        isReached = true;
      });
      await get();
      await get({ 'if-none-match': '"v1"' });
      expect(isReached).toBe(false);
      await get();
      await struck;
      expect(origin.listenerCount('answer')).toBe(0);
    } finally {
      await origin.close();
    }
  });

  test('an event that never comes does not hold the run up', async () => {
    const [feed] = crashFeeds(1);
    if (feed === undefined) throw new Error('no feed');
    const origin = await Origin.start({ clock: systemClock, feeds: [feed] });
    try {
      await reached({ kind: 'answer', nth: 1, delayMs: 0 }, origin, [], 20);
    } finally {
      await origin.close();
    }
  });
});
