// A process that slept through a migration wakes on the store that it knew: it sends and polls nothing there, even before it has
// learnt why.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deliveryOf, eventOf, planOf } from '../../conformance/records.ts';
import { until } from '../../support/fake-clock.ts';
import { type RedisStore, useRedis } from './redis-store.ts';

const redis = useRedis();
let store: RedisStore;
const key = (name: string) => `{${store.config.prefix}}:${name}`;

beforeEach(async () => {
  store = await redis.open();
  const { deliveries, lanes, portable, store: feeds } = store.backend;
  await feeds.addEvents([eventOf('evt_1')]);
  await deliveries.configure([planOf('app')]);
  await deliveries.add([deliveryOf('evt_1')]);
  await lanes.reconcile(new Map([['lane', store.now()]]));
  await portable.setMark({ kind: 'moved', to: { name: 'other', generation: 'x' }, at: store.now() });
});
afterEach(() => store.close());

test('nothing that was due is sent', async () => {
  const sent: string[] = [];
  store.backend.deliveries.start(async ([{ id }]) => {
    sent.push(id);
    return { verdict: { kind: 'done' } };
  });
  const isAsked = async () => (await redis.server.client.zcard(key('resting:app'))) > 0 || sent.length > 0;
  await until(isAsked, 'a slot has asked');
  expect(sent).toEqual([]);
});

test('no lane that was due runs', async () => {
  const runs: string[] = [];
  store.backend.lanes.start(async (lane) => {
    runs.push(lane);
    return { dueAt: Number.POSITIVE_INFINITY };
  }, 1);
  const isAsked = async () => {
    const [, at] = await redis.server.client.zrange(key('bull:poll:delayed'), '0', '0', 'WITHSCORES');
    // The time of a delayed job is in ms, times 4096.
    return runs.length > 0 || Number(at) / 4096 > store.now() + 5_000;
  };
  await until(isAsked, 'the lane was asked for');
  expect(runs).toEqual([]);
  // Where the record said otherwise, its job would be handed out again at once.
  const [due] = ((await redis.server.client.hget(key('lanes'), 'lane')) ?? '').split('|');
  expect(Number(due)).toBeGreaterThan(store.now() + 5_000);
});
