// Forgetting on Redis: several processes, outboxes, and what is damaged.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deliveryOf, eventOf, memoryOf, planOf, skippedOf } from '../../../conformance/records.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';

const redis = useRedis();
let store: RedisStore;

beforeEach(async () => {
  store = await redis.open();
  await store.backend.deliveries.configure([planOf('app')]);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
});

const key = (...parts: string[]) => `{${store.config.prefix}}:${parts.join(':')}`;
const numbered = (count: number, name = 'evt') => Array.from({ length: count }, (_, at) => `${name}_${at}`);
const prune = () => store.backend.upkeep.prune(store.now());
const left = async (ids: readonly string[]) =>
  (await store.backend.store.readEvents(ids)).map(({ id }) => id);
const keysLeft = async (pattern: string) => (await redis.server.client.keys(key(pattern))).sort();

/** Events and their deliveries, which a filter stopped: finished from the beginning. */
async function addFinished(ids: readonly string[], feedId = 'feed'): Promise<void> {
  await store.backend.store.addEvents(ids.map((id) => eventOf(id, { feedId, detectedAt: store.now() })));
  await store.backend.deliveries.add(ids.map((id) => skippedOf(id, 'app', feedId)));
  await store.pass(2);
}

test('what was pruned leaves no key behind', async () => {
  await addFinished(numbered(600));
  await redis.server.client.rpush(key('attempts', 'app', 'evt_3'), '{}');
  expect(await prune()).toEqual({ events: 600, deliveries: 600 });
  for (const kind of ['d:*', 'event:*', 'attempts:*', 'state:*', 'events'])
    expect(await keysLeft(kind)).toEqual([]);
});

test('while others add, what is young stays, with its event', async () => {
  const other = await store.worker();
  await addFinished(numbered(2_000, 'old'));
  const young = numbered(500, 'young');
  const before = store.now();
  await store.pass(2);
  const adding = (async () => {
    for (const id of young) {
      await other.store.addEvents([eventOf(id, { detectedAt: store.now() })]);
      await other.deliveries.add([skippedOf(id)]);
    }
  })();
  const removed = await store.backend.upkeep.prune(before);
  await adding;
  expect(removed).toEqual({ events: 2_000, deliveries: 2_000 });
  expect(await left(young)).toEqual(young);
  expect(await store.backend.deliveries.count({})).toBe(500);
});

test('a look at the first that is young is enough', async () => {
  await addFinished(numbered(10, 'old'));
  const before = store.now();
  await store.pass(2);
  await addFinished(numbered(2_000, 'young'));
  await redis.server.client.config('RESETSTAT');
  expect(await store.backend.upkeep.prune(before)).toEqual({ events: 10, deliveries: 10 });
  const calls = /cmdstat_hmget:calls=(\d+)/.exec(await redis.server.client.info('commandstats'));
  expect(Number(calls?.[1])).toBeLessThanOrEqual(30);
});

test('two processes that prune at once remove each once', async () => {
  const other = await store.worker();
  await addFinished(numbered(1_200));
  const [one, two] = await Promise.all([prune(), other.upkeep.prune(store.now())]);
  expect([one.events + two.events, one.deliveries + two.deliveries]).toEqual([1_200, 1_200]);
});

describe('an outbox', () => {
  beforeEach(async () => {
    await addFinished(['evt_1', 'evt_2']);
    await addFinished(['evt_3'], 'other');
    await store.backend.store.writeMemory(memoryOf('feed', { outbox: ['evt_1'] }));
  });

  test('of another process keeps what it names', async () => {
    const other = await store.worker();
    await other.store.writeMemory(memoryOf('other', { outbox: ['evt_3'] }));
    expect(await prune()).toEqual({ events: 1, deliveries: 1 });
    expect(await left(['evt_1', 'evt_2', 'evt_3'])).toEqual(['evt_1', 'evt_3']);
  });

  test.each([
    [
      'of another type',
      (memory: string) => redis.server.client.multi().del(memory).lpush(memory, 'x').exec(),
    ],
    ['that is no JSON', (memory: string) => redis.server.client.set(memory, '{"outbox":["evt_1"')],
    [
      'of another form',
      (memory: string) => redis.server.client.set(memory, '{"feedId":"feed","outbox":{"evt_1":1}}\n'),
    ],
    [
      'of another feed',
      (memory: string) => redis.server.client.set(memory, '{"outbox":["evt_1"],"feedId":"x"}\n'),
    ],
    [
      'that names no events',
      (memory: string) => redis.server.client.set(memory, '{"outbox":[1],"feedId":"feed"}\n'),
    ],
  ])('in a memory %s keeps all of its feed, and nothing of others', async (_, damage) => {
    await damage(key('memory', 'feed'));
    expect(await prune()).toEqual({ events: 1, deliveries: 1 });
    expect(await left(['evt_1', 'evt_2', 'evt_3'])).toEqual(['evt_1', 'evt_2']);
  });

  test('that was cleared keeps nothing any more', async () => {
    await store.backend.store.writeMemory(memoryOf('feed'));
    expect(await prune()).toEqual({ events: 3, deliveries: 3 });
  });
});

test('an event that is stored again before its delivery is added is young again', async () => {
  await store.backend.store.addEvents([eventOf('evt_1', { detectedAt: 1 })]);
  await store.backend.store.addEvents([eventOf('evt_1', { detectedAt: store.now() + 10_000 })]);
  expect(await prune()).toEqual({ events: 0, deliveries: 0 });
  expect(await left(['evt_1'])).toEqual(['evt_1']);
});

test('an event with a delivery that is stored again stays with it, until its poll is old too', async () => {
  await addFinished(['evt_1', 'evt_2']);
  const polledAt = store.now();
  await redis.server.client.hset(key('event', 'evt_1'), 'again', polledAt);
  expect(await store.backend.upkeep.prune(polledAt)).toEqual({ events: 1, deliveries: 1 });
  expect(await left(['evt_1'])).toEqual(['evt_1']);
  await store.pass(2);
  expect(await prune()).toEqual({ events: 1, deliveries: 1 });
});

describe('what is damaged', () => {
  test('an index of one endpoint is a fault, and the others are pruned all the same', async () => {
    await store.backend.deliveries.configure([planOf('app'), planOf('aaa')]);
    await addFinished(['evt_1']);
    await redis.server.client.set(key('state', 'aaa', 'done'), 'garbage');
    await expect(prune()).rejects.toMatchObject({ code: 'store-corrupt' });
    expect(await store.backend.deliveries.count({ endpointId: 'app' })).toBe(0);
  });

  test.each([
    [
      'a record of another type',
      (record: string) => redis.server.client.multi().del(record).set(record, 'x').exec(),
    ],
    ['a record without its time', (record: string) => redis.server.client.hdel(record, 'changed')],
  ])('%s stays, and the others go', async (_, damage) => {
    await addFinished(['evt_1', 'evt_2', 'evt_3']);
    await damage(key('d', 'app', 'evt_2'));
    expect(await prune()).toEqual({ events: 2, deliveries: 2 });
    expect(await left(['evt_1', 'evt_2', 'evt_3'])).toEqual(['evt_2']);
  });

  test('names without a record are forgotten', async () => {
    await addFinished(['evt_1', 'evt_2']);
    await store.backend.deliveries.add([deliveryOf('evt_3')]);
    await redis.server.client.del(key('d', 'app', 'evt_1'), key('event', 'evt_1'), key('d', 'app', 'evt_3'));
    await prune();
    for (const kind of ['state:*', 'events']) expect(await keysLeft(kind)).toEqual([]);
  });

  test('an endpoint whose condition cannot be read gives nothing up, the others do', async () => {
    const { deliveries, upkeep } = store.backend;
    await deliveries.configure([planOf('app'), planOf('chat')]);
    await deliveries.add([deliveryOf('evt_1'), deliveryOf('evt_1', 'chat')]);
    await deliveries.changeCondition('chat', () => ({ paused: { since: 1 } }));
    await redis.server.client.hset(key('ep', 'app'), 'condition', 'garbage');
    await store.pass(2);
    const kept = new Map([
      ['app', 9],
      ['chat', 9],
    ]);
    expect(await upkeep.giveUp(store.now(), kept)).toEqual([
      { endpointId: 'chat', reason: 'expired', count: 1 },
    ]);
  });
});

test('a checkpoint of a store that does not answer is a fault', async () => {
  await store.backend.upkeep.checkpoint();
  await redis.server.kill();
  await expect(store.backend.upkeep.checkpoint()).rejects.toMatchObject({ code: 'store-unreachable' });
  await redis.server.restart();
});
