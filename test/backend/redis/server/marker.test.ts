// Whose store it is, and that it is still the one that was opened (FAULTS E09): a store that was emptied under running processes
// begins anew, once, and no feed that was polled before announces its entries again.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisFeedStore } from '../../../../src/backend/redis/feeds/feed-store.ts';
import { openRedisBackend } from '../../../../src/backend/redis/open.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { Marker } from '../../../../src/backend/redis/server/marker.ts';
import { systemClock } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/log.ts';
import { eventOf, memoryOf, stateOf } from '../../../conformance/records.ts';
import { useRedis } from '../redis-store.ts';
import { LogLines } from './log-lines.ts';

const redis = useRedis();
let config: RedisStoreConfig;
const closing: (() => void)[] = [];
beforeEach(() => {
  config = redis.config();
});
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

/** By so much the clock of the processes is ahead. */
let aheadMs = 0;
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
/** Until every process has had the time to say which feeds it knew. */
const waitForOthers = () => {
  aheadMs += 3_000;
};

/** One process, as far as its feeds go. */
const start = async (exclusive = true) => {
  const log = new LogLines();
  const link = new RedisLink(config, log);
  closing.push(() => link.close());
  const marker = await Marker.open(link, { clock, log, exclusive });
  closing.push(() => marker.close());
  return { log, marker, feeds: await RedisFeedStore.open(link, marker) };
};
const begin = () => openRedisBackend({ store: config, clock: systemClock, log: silentLog, exclusive: true });
const meta = () => redis.server.client.hgetall(`{${config.prefix}}:meta`);
const key = (name: string) => `{${config.prefix}}:${name}`;
const deletePrefix = async () => {
  const { client } = redis.server;
  await client.del(...(await client.keys(`{${config.prefix}}:*`)));
};

describe('the first start on a store', () => {
  test('writes who it is, and processes that start at once agree', async () => {
    await Promise.all([start(), start(), start()]);
    const first = await meta();
    expect(first).toEqual({ program: 'feedhook', schema: '1', generation: expect.any(String) });
    await start();
    expect(await meta()).toEqual(first);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    [
      'a newer schema',
      'store-newer',
      async () => {
        await start();
        await redis.server.client.hset(key('meta'), 'schema', '2');
      },
    ],
    ['a hash of another program', 'store-corrupt', () => redis.server.client.hset(key('meta'), 'x', 'y')],
    ['a text in its place', 'store-corrupt', () => redis.server.client.set(key('meta'), 'x')],
    [
      'a list where our events would be',
      'store-corrupt',
      () => redis.server.client.lpush(key('events'), 'x'),
    ],
  ])('with %s is refused, and changes nothing', async (_, code, prepare) => {
    await prepare();
    const { client } = redis.server;
    const before = await client.keys(key('*'));
    await expect(begin()).rejects.toMatchObject({ code });
    expect(await client.keys(key('*'))).toEqual(before);
  });
});

describe.each<[string, () => Promise<unknown>]>([
  ['FLUSHALL', () => redis.server.client.flushall()],
  ['our keys are deleted', deletePrefix],
])('when, under running processes, %s', (_, empty) => {
  test('the next look at a memory begins anew: what was polled is silent, what was not is as ever', async () => {
    const { log, feeds } = await start();
    await feeds.writeMemory(memoryOf('polled', { sequence: 5 }));
    const { generation } = await meta();
    await empty();
    expect(await feeds.readMemory('polled')).toEqual(memoryOf('polled', { beginsSilently: true }));
    await expect(feeds.readMemory('new')).rejects.toMatchObject({ code: 'store-flushed' });
    waitForOthers();
    expect(await feeds.readMemory('new')).toBeUndefined();
    expect((await meta()).generation).toEqual(expect.any(String));
    expect((await meta()).generation).not.toBe(generation);
    expect(log.of('store-flushed')).toMatchObject([
      { level: 'error', fields: { code: 'store-flushed', reason: expect.stringContaining('1 known feeds') } },
    ]);
  });

  test('a feed is silent until its memory is written, for every process and after a restart', async () => {
    const { feeds } = await start();
    await feeds.writeMemory(memoryOf('a'));
    await empty();
    await feeds.readMemory('a');
    const other = (await start()).feeds;
    expect((await other.readMemory('a'))?.beginsSilently).toBe(true);
    await other.writeMemory(memoryOf('a', { sequence: 1, baseline: { at: 1, entries: 3 } }));
    await redis.server.client.del(key('memory:a'));
    waitForOthers();
    expect(await feeds.readMemory('a')).toBeUndefined();
  });

  test('every process notices by itself within a minute, and adds what it alone knew', async () => {
    const [one, two] = [await start(), await start()];
    await one.feeds.writeState(stateOf('a'));
    await two.feeds.writeMemory(memoryOf('b'));
    const told: string[] = [];
    one.marker.onEmptied(() => told.push('one'));
    two.marker.onEmptied(() => told.push('two'));
    await empty();
    await Promise.all([one.marker.check(), two.marker.check()]);
    await Promise.all([one.marker.check(), two.marker.check()]);
    expect(told.sort()).toEqual(['one', 'two']);
    for (const { feeds, log } of [one, two]) {
      expect((await feeds.readMemory('a'))?.beginsSilently).toBe(true);
      expect((await feeds.readMemory('b'))?.beginsSilently).toBe(true);
      expect(log.of('store-flushed')).toHaveLength(1);
    }
  });

  test('a feed that another process knew is no new one, even before that one has said so', async () => {
    const [one, two] = [await start(), await start()];
    await two.feeds.writeMemory(memoryOf('a'));
    await empty();
    await expect(one.feeds.readMemory('a')).rejects.toMatchObject({ code: 'store-flushed' });
    await two.marker.check();
    expect((await one.feeds.readMemory('a'))?.beginsSilently).toBe(true);
  });

  test.each(['it', 'another feed'])(
    'between the events of a poll and its memory, no half of it stays: %s',
    async (who) => {
      const { feeds } = await start();
      await feeds.writeMemory(memoryOf('a'));
      await feeds.addEvents([eventOf('evt_1')]);
      await empty();
      // It may have been noticed by then.
      if (who !== 'it') await feeds.readMemory('b').catch(() => {});
      const writing = feeds.writeMemory(memoryOf('a', { outbox: ['evt_1'] }));
      await expect(writing).rejects.toMatchObject({ code: 'store-flushed' });
      expect((await feeds.readMemory('a'))?.beginsSilently).toBe(true);
      expect(await feeds.feedsWithOutbox()).toEqual([]);
      await feeds.addEvents([eventOf('evt_2')]);
      await feeds.writeMemory(memoryOf('a', { outbox: ['evt_2'] }));
      expect((await feeds.readMemory('a'))?.outbox).toEqual(['evt_2']);
    },
  );

  test('many calls at once tell it once', async () => {
    const { log, feeds } = await start();
    const ids = Array.from({ length: 20 }, (_none, place) => `feed-${place}`);
    for (const id of ids) await feeds.writeMemory(memoryOf(id));
    await empty();
    const memories = await Promise.all(ids.map((id) => feeds.readMemory(id)));
    expect(memories.every((memory) => memory?.beginsSilently)).toBe(true);
    expect(log.of('store-flushed')).toHaveLength(1);
  });
});

describe('who only looks', () => {
  test('writes nothing, and a store that nobody has begun is empty to it', async () => {
    const { feeds } = await start(false);
    expect(await feeds.readMemory('a')).toBeUndefined();
    expect(await redis.server.client.keys(key('*'))).toEqual([]);
    await start();
    expect(await feeds.readMemory('a')).toBeUndefined();
  });

  test('is told that the store was emptied, and leaves the beginning to others', async () => {
    await start();
    const { feeds } = await start(false);
    await redis.server.client.flushall();
    await expect(feeds.readMemory('a')).rejects.toMatchObject({ code: 'store-flushed' });
    expect(await redis.server.client.keys(key('*'))).toEqual([]);
  });
});

test('a store that a migration marks is no longer ours, which is told once', async () => {
  const { marker, log } = await start();
  expect(await marker.isMoved()).toBe(false);
  await redis.server.client.hset(key('meta'), 'mark', '{}');
  expect([await marker.isMoved(), await marker.isMoved()]).toEqual([true, true]);
  expect(log.of('store-moved')).toHaveLength(1);
});
