// What looking at deliveries and changing them in bulk costs on Redis, and what damage does to it.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DeliveryReader } from '../../../../src/backend/redis/deliveries/delivery-reader.ts';
import { DeliverySearch } from '../../../../src/backend/redis/deliveries/delivery-search.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { type Log, silentLog } from '../../../../src/log.ts';
import type { Delivery } from '../../../../src/model/delivery.ts';
import type { Backend, DeliveryFilter } from '../../../../src/ports.ts';
import { deliveryOf, planOf, skippedOf, withheldOf } from '../../../conformance/records.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';

const redis = useRedis();
let store: RedisStore;

beforeEach(async () => {
  store = await redis.open();
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
});

const queue = () => store.backend.deliveries;
const key = (...parts: string[]) => `{${store.config.prefix}}:${parts.join(':')}`;
const idsOf = (found: readonly Delivery[]) => found.map(({ id }) => id);
const endpointIds = ['app', 'chat', 'mail'];

/** `count` deliveries, in turn to each of three endpoints. */
const addMany = (count: number, from = 0) =>
  queue().add(
    Array.from({ length: count }, (_, at) =>
      deliveryOf(`evt_${from + at}`, endpointIds[(from + at) % 3], at % 100 === 0 ? 'rare' : 'feed'),
    ),
  );

/** How often each command was called. */
async function commandsDuring(work: () => Promise<unknown>): Promise<Map<string, number>> {
  const { client } = redis.server;
  await client.config('RESETSTAT');
  await work();
  const calls = new Map<string, number>();
  for (const [, name = '', count] of (await client.info('commandstats')).matchAll(
    /cmdstat_(\S+):calls=(\d+)/g,
  )) {
    calls.set(name, Number(count));
  }
  return calls;
}

describe('looking at thousands of deliveries', () => {
  beforeEach(async () => {
    await queue().configure(endpointIds.map((id) => planOf(id)));
    await addMany(5_000);
  });

  test.each<[string, number, [DeliveryFilter, number][]]>([
    [
      'the newest of an index: as many records as are listed, and few names',
      20,
      [
        [{}, 20],
        [{ state: 'pending' }, 20],
        [{ endpointId: 'app' }, 20],
        [{ state: 'dead' }, 0],
      ],
    ],
    [
      'what is named: one record for each endpoint at most',
      3,
      [
        [{ id: 'evt_4.chat' }, 1],
        [{ eventId: 'evt_4' }, 1],
      ],
    ],
    // Twice as many as are wanted are looked at, of each endpoint.
    ['the newest before a time: few more than are listed', 60, [[{ until: 9e15 }, 20]]],
  ])('%s', async (_, records, filters) => {
    for (const [filter, count] of filters) {
      let found: Delivery[] = [];
      const calls = await commandsDuring(async () => {
        found = await queue().list(filter, 20);
      });
      expect([filter, found.length]).toEqual([filter, count]);
      expect(calls.get('hmget') ?? 0).toBeLessThanOrEqual(records + 3);
      expect(calls.get('zrevrangebyscore') ?? 0).toBeLessThanOrEqual(15);
      expect([...calls.keys()].filter((name) => name === 'keys' || name === 'scan')).toEqual([]);
    }
  });

  test('none is missing and none comes twice, newest first, whatever the limit', async () => {
    const all = await queue().list({}, 9_999);
    expect(idsOf(all)).toEqual(
      Array.from({ length: 5_000 }, (_, at) => `evt_${4_999 - at}.${endpointIds[(4_999 - at) % 3]}`),
    );
    for (const limit of [1, 7, 501]) expect(await queue().list({}, limit)).toEqual(all.slice(0, limit));
  });

  test('one endpoint may have all the newest, and another all those before', async () => {
    for (const [block, to] of ['app', 'chat', 'app', 'mail'].entries()) {
      await queue().add(Array.from({ length: 150 }, (_, at) => deliveryOf(`evt_${block}_${at}`, to)));
    }
    expect(new Set((await queue().list({}, 150)).map(({ endpointId }) => endpointId))).toEqual(
      new Set(['mail']),
    );
    const newest = await queue().list({}, 600);
    expect(newest.map(({ endpointId }) => endpointId)).toEqual(
      ['mail', 'app', 'chat', 'app'].flatMap((to) => Array.from({ length: 150 }, () => to)),
    );
    expect(newest).toEqual((await queue().list({}, 9_999)).slice(0, 600));
    expect(newest.at(-1)?.eventId).toBe('evt_0_0');
  });

  test('what no index knows is found among all', async () => {
    expect(await queue().count({ feedId: 'rare' })).toBe(50);
    const rare = await queue().list({ feedId: 'rare', endpointId: 'app' }, 99);
    expect(rare.length).toBe(17);
    expect(rare.every(({ feedId, endpointId }) => feedId === 'rare' && endpointId === 'app')).toBe(true);
  });

  test('counts of a state or an endpoint read no record', async () => {
    const calls = await commandsDuring(async () => {
      expect(await queue().count({})).toBe(5_000);
      expect(await queue().count({ endpointId: 'app', state: 'pending' })).toBe(1_667);
    });
    expect(calls.get('hmget')).toBeUndefined();
    expect(calls.get('zcard')).toBe(16);
  });

  test('all endpoints are told of in one script', async () => {
    const calls = await commandsDuring(() => queue().endpoints());
    expect(calls.get('evalsha')).toBe(1);
  });

  test('two processes that replay at once replay each once', async () => {
    await queue().drop({ state: 'pending' });
    const other = await store.worker();
    const counts = await Promise.all([
      queue().replay({ state: 'dead' }),
      other.deliveries.replay({ state: 'dead' }),
    ]);
    expect(counts[0] + counts[1]).toBe(5_000);
    expect(await queue().count({ state: 'pending' })).toBe(5_000);
  });

  test('a replay leaves alone what is added meanwhile', async () => {
    const replaying = queue().replay({});
    await addMany(300, 5_000);
    expect(await replaying).toBe(5_000);
  });
});

test('while they change their states, each is listed once', async () => {
  await queue().configure(endpointIds.map((id) => planOf(id)));
  await addMany(900);
  const other = await store.worker();
  let isChanging = true;
  const changing = (async () => {
    while (isChanging) {
      await other.deliveries.drop({ state: 'pending' });
      await other.deliveries.replay({ state: 'dead' });
    }
  })();
  for (let times = 0; times < 3; times++) {
    expect(new Set(idsOf(await queue().list({}, 9_999))).size).toBe(900);
  }
  isChanging = false;
  await changing;
});

describe('a span of time among thousands', () => {
  test('is found whole, and changed alone', async () => {
    await queue().configure(endpointIds.map((id) => planOf(id)));
    await addMany(700);
    await store.pass(20);
    const since = store.now();
    await addMany(700, 700);
    await store.pass(20);
    const until = store.now();
    await addMany(700, 1_400);
    const span = idsOf(await queue().list({ since, until }, 9_999));
    expect(span).toHaveLength(700);
    expect(span[0]).toBe('evt_1399.chat');
    expect(await queue().count({ since })).toBe(1_400);
    expect(await queue().drop({ state: 'pending', since, until, endpointId: 'chat' })).toBe(
      span.filter((id) => id.endsWith('chat')).length,
    );
    expect(await queue().count({ state: 'dead', since, until })).toBe(await queue().count({ state: 'dead' }));
  });
});

describe('a span that is long ago', () => {
  const dayMs = 86_400_000;
  const yesterday = () => store.now() - dayMs;

  // 600 of two days ago, 2,400 of today.
  beforeEach(async () => {
    await queue().configure(endpointIds.map((id) => planOf(id)));
    await addMany(3_000);
    const past = redis.server.client.pipeline();
    for (let at = 0; at < 600; at++) {
      past.hset(key('d', endpointIds[at % 3] ?? '', `evt_${at}`), 'added', store.now() - 2 * dayMs);
    }
    await past.exec();
  });

  test('is found by halving, not by reading all that came after it', async () => {
    let found: Delivery[] = [];
    const calls = await commandsDuring(async () => {
      found = await queue().list({ until: yesterday(), endpointId: 'app' }, 5);
    });
    expect(idsOf(found)).toEqual([597, 594, 591, 588, 585].map((at) => `evt_${at}.app`));
    expect(calls.get('hmget')).toBeLessThanOrEqual(20);
    expect(calls.get('hget')).toBeLessThanOrEqual(10);
  });

  test('is found though records at its end are gone', async () => {
    for (let at = 300; at < 900; at++)
      await redis.server.client.del(key('d', endpointIds[at % 3] ?? '', `evt_${at}`));
    expect(await queue().count({ until: yesterday() })).toBe(300);
    expect(await queue().list({ until: yesterday() }, 9_999)).toHaveLength(300);
    expect(await queue().list({ since: yesterday() }, 9_999)).toHaveLength(2_100);
  });

  test('ends a walk at what is older', async () => {
    const calls = await commandsDuring(async () => {
      expect(await queue().drop({ state: 'pending', until: yesterday() })).toBe(600);
    });
    expect(calls.get('zrangebyscore')).toBeLessThanOrEqual(9);
    expect(await queue().count({ since: yesterday() })).toBe(2_400);
  });

  test('a change of what is young passes over what is old', async () => {
    await redis.server.client.del(key('d', 'app', 'evt_3'));
    await redis.server.client.set(key('d', 'app', 'evt_3'), 'garbage');
    const calls = await commandsDuring(async () => {
      expect(await queue().replay({ since: yesterday(), endpointId: 'app' })).toBe(800);
    });
    // The filter and the record of each that is looked at.
    expect(calls.get('hmget')).toBeLessThanOrEqual(2 * 800 + 20);
  });
});

describe('heads of delivery lanes', () => {
  beforeEach(async () => {
    await queue().configure([planOf('app', { ordering: 'feed' }), planOf('chat')]);
    for (const feed of ['a', 'b', 'c']) {
      await queue().add(['1', '2'].map((event) => deliveryOf(`evt_${feed}${event}`, 'app', feed)));
    }
    await queue().add([deliveryOf('evt_a1', 'chat', 'a')]);
  });

  test('are listed newest first, and counted', async () => {
    expect(idsOf(await queue().list({ isHead: true }, 2))).toEqual(['evt_c1.app', 'evt_b1.app']);
    expect(await queue().count({ isHead: true })).toBe(3);
    expect(await queue().count({ isHead: true, feedId: 'b' })).toBe(1);
    expect(await queue().list({ isHead: true, state: 'dead' }, 9)).toEqual([]);
  });

  test('one that is no head is not meant, though its event is named', async () => {
    expect(await queue().drop({ isHead: true, state: 'pending', eventId: 'evt_a2' })).toBe(0);
    expect(await queue().drop({ isHead: true, state: 'pending', eventId: 'evt_a1' })).toBe(1);
  });

  test('are dropped without those that come after them', async () => {
    expect(await queue().drop({ isHead: true, state: 'pending' })).toBe(3);
    expect(idsOf(await queue().list({ isHead: true }, 9))).toEqual([
      'evt_c2.app',
      'evt_b2.app',
      'evt_a2.app',
    ]);
  });
});

describe('a delivery whose record is damaged', () => {
  const damages: [string, (record: string) => Promise<unknown>][] = [
    ['of another type', (record) => redis.server.client.multi().del(record).set(record, 'garbage').exec()],
    ['without a field', (record) => redis.server.client.hdel(record, 'attempts')],
    ['with a state that there is not', (record) => redis.server.client.hset(record, 'state', 'lost')],
    ['with a number that is none', (record) => redis.server.client.hset(record, 'due', 'soon')],
  ];
  beforeEach(async () => {
    await queue().configure([planOf('app')]);
    await queue().add(['evt_1', 'evt_2', 'evt_3'].map((id) => withheldOf(id)));
  });

  test.each(damages)('%s: is named when it is asked for, and the others are listed', async (_, damage) => {
    await damage(key('d', 'app', 'evt_2'));
    await expect(queue().list({ id: 'evt_2.app' }, 1)).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining('evt_2.app'),
    });
    expect(idsOf(await queue().list({}, 9))).toEqual(['evt_3.app', 'evt_1.app']);
  });

  test('the log is told of the one that is left out', async () => {
    await redis.server.client.hdel(key('d', 'app', 'evt_2'), 'place');
    const told: unknown[] = [];
    const link = new RedisLink(store.config);
    await link.connect();
    const log: Log = { ...silentLog, error: (fields, event) => told.push({ ...fields, event }) };
    const search = new DeliverySearch(link, new DeliveryReader(link, log));
    expect(await search.list({}, 9)).toHaveLength(2);
    link.close();
    expect(told).toEqual([
      { event: 'deliveries-unreadable', code: 'store-corrupt', reason: expect.stringContaining('evt_2.app') },
    ]);
  });

  test.each(damages)('%s: is left as it is, and the others are changed', async (_, damage) => {
    await damage(key('d', 'app', 'evt_2'));
    const before = await redis.server.client.dump(key('d', 'app', 'evt_2'));
    expect(await queue().release({ endpointId: 'app' })).toBe(2);
    expect(await redis.server.client.dump(key('d', 'app', 'evt_2'))).toEqual(before);
    expect(await queue().count({ state: 'pending' })).toBe(2);
  });

  test.each(damages)('%s: holds up nobody in its delivery lane', async (_, damage) => {
    await queue().configure([planOf('app', { ordering: 'feed' })]);
    await queue().add(['evt_4', 'evt_5', 'evt_6'].map((id) => deliveryOf(id)));
    await damage(key('d', 'app', 'evt_5'));
    expect(await queue().drop({ id: 'evt_4.app', state: 'pending' })).toBe(1);
    expect(idsOf(await queue().list({ isHead: true }, 9))).toEqual(['evt_6.app']);
  });

  test('an attempt that is not JSON names its delivery', async () => {
    await redis.server.client.rpush(key('attempts', 'app', 'evt_1'), '{');
    await expect(queue().attempts('evt_1.app')).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining('evt_1.app'),
    });
  });

  test('a condition that cannot be read names its endpoint', async () => {
    await redis.server.client.hset(key('ep', 'app'), 'condition', '{"circuit":1}');
    await expect(queue().endpoints()).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining('endpoint app'),
    });
  });
});

test('a skipped one that is replayed by two at once gets one number', async () => {
  await queue().configure([planOf('app')]);
  await queue().add([skippedOf('evt_1'), skippedOf('evt_2')]);
  const other: Backend = await store.beside();
  await Promise.all([queue().replay({ state: 'skipped' }), other.deliveries.replay({ state: 'skipped' })]);
  await other.close();
  expect((await queue().list({}, 9)).map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
});
