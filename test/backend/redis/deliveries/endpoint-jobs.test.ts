// The jobs that are an endpoint's slots, when somebody's hand, or a fault, was in BullMQ's keys.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EndpointJobs } from '../../../../src/backend/redis/deliveries/endpoint-jobs.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { attemptOf, deliveryOf, planOf } from '../../../conformance/records.ts';
import { until } from '../../../support/fake-clock.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';

const redis = useRedis();
const plan = planOf('app', { concurrency: 2 });
let store: RedisStore;
let link: RedisLink;
let jobs: EndpointJobs;
let sent: string[];

beforeEach(async () => {
  store = await redis.open();
  link = new RedisLink(store.config);
  await link.connect();
  jobs = new EndpointJobs(link);
  sent = [];
  await store.backend.deliveries.configure([plan]);
});
afterEach(async () => {
  await jobs.close();
  link.close();
  await store.close();
});

const bull = (part: string) => `${link.bullPrefix}:deliver-app:${part}`;
const start = () =>
  store.backend.deliveries.start(async ([{ eventId }]) => {
    sent.push(eventId);
    return { attempt: attemptOf(1), verdict: { kind: 'done' } };
  });
const done = async (count: number) =>
  await until(
    async () => (await store.backend.deliveries.count({ state: 'done' })) === count,
    'all are done',
  );

test('jobs that are gone are made anew, and what waits is sent', async () => {
  start();
  await until(async () => (await redis.server.client.zcard(bull('delayed'))) === 2, 'both slots rest');
  await redis.server.client.del(bull('delayed'), bull('slot-1'), bull('slot-2'));
  await store.backend.deliveries.add([deliveryOf('evt_1')]);
  await store.pass(300);
  expect(sent).toEqual([]);
  await jobs.mend('app', 2);
  await done(1);
  expect(sent).toEqual(['evt_1']);
});

test('a job that has failed goes on', async () => {
  const { client } = redis.server;
  await client.del(bull('wait'), bull('marker'));
  await client.zadd(bull('failed'), 1, 'slot-1', 2, 'slot-2');
  await store.backend.deliveries.add([deliveryOf('evt_1')]);
  start();
  await store.pass(300);
  expect(sent).toEqual([]);
  await jobs.mend('app', 2);
  await done(1);
});
