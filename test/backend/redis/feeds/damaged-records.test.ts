// Records that another hand damaged (FAULTS E10): that feed has a fault, the others go on, nothing is overwritten and nothing is
// taken for a first poll.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventOf, memoryOf, stateOf } from '../../../conformance/records.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';

const redis = useRedis();
let store: RedisStore;
beforeEach(async () => {
  store = await redis.open();
  for (const id of ['bad', 'good']) {
    await store.backend.store.writeMemory(memoryOf(id, { outbox: [`evt_${id}`] }));
    await store.backend.store.writeState(stateOf(id));
  }
});
afterEach(() => store.close());
const feeds = () => store.backend.store;
const key = (name: string) => `{${store.config.prefix}}:${name}`;

/** What stands in the place of a text, and the code that its feed gets. */
const damages: [string, string, (at: string) => Promise<unknown>][] = [
  ['garbage', 'store-corrupt', (at) => redis.server.client.set(at, 'garbage')],
  ['an empty text', 'store-corrupt', (at) => redis.server.client.set(at, '')],
  ['bytes that are no text', 'store-corrupt', (at) => redis.server.client.set(at, Buffer.from([0xff, 0]))],
  ['a list', 'store-corrupt', (at) => redis.server.client.lpush(at, 'x')],
  ['a hash', 'store-corrupt', (at) => redis.server.client.hset(at, 'x', 'y')],
  ['a newer schema', 'store-newer', (at) => redis.server.client.set(at, '{"outbox":[],"version":7}\n[]')],
];

describe.each(damages)('%s in the place of', (_, code, write) => {
  const damage = async (name: string) => {
    await redis.server.client.del(key(name));
    await write(key(name));
    return redis.server.client.dump(key(name));
  };

  test('a memory is a fault of that feed alone', async () => {
    const before = await damage('memory:bad');
    await expect(feeds().readMemory('bad')).rejects.toMatchObject({ code, feedId: 'bad' });
    expect((await feeds().readMemory('good'))?.outbox).toEqual(['evt_good']);
    expect(await feeds().feedsWithOutbox()).toContain('good');
    expect(await redis.server.client.dump(key('memory:bad'))).toEqual(before);
  });

  test('a state is a fault of that feed alone', async () => {
    const before = await damage('feed:bad');
    await expect(feeds().readStates(['good', 'bad', 'absent'])).rejects.toMatchObject({
      code,
      feedId: 'bad',
    });
    expect([...(await feeds().readStates(['good', 'absent'])).keys()]).toEqual(['good']);
    expect(await redis.server.client.dump(key('feed:bad'))).toEqual(before);
  });
});

test('a memory of another type counts as having an outbox: what it owes is unknown', async () => {
  await redis.server.client.del(key('memory:bad'));
  await redis.server.client.lpush(key('memory:bad'), 'x');
  expect(await feeds().feedsWithOutbox()).toEqual(['bad', 'good']);
});

test('a garbled note is a fault of its feed', async () => {
  await redis.server.client.hset(key('requests'), 'bad', '{');
  await expect(feeds().readStates(['bad'])).rejects.toMatchObject({ code: 'store-corrupt', feedId: 'bad' });
});

test('an event that another hand wrote is damage, not a missing event', async () => {
  await redis.server.client.set(key('event:evt_1'), 'x');
  await expect(feeds().readEvents(['evt_1'])).rejects.toMatchObject({ code: 'store-corrupt' });
  await expect(feeds().addEvents([eventOf('evt_1')])).rejects.toMatchObject({ code: 'store-corrupt' });
  await redis.server.client.hset(key('event:evt_2'), 'type', 'entry.new');
  await expect(feeds().readEvents(['evt_2'])).rejects.toMatchObject({ code: 'store-corrupt' });
});
