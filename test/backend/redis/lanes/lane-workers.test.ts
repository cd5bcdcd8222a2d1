// Lanes that several processes take from one store.

import { expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { until } from '../../../support/fake-clock.ts';
import { useRedis } from '../redis-store.ts';
import { LaneLedger, lanesDueNow } from './lane-ledger.ts';

const redis = useRedis();

test('three workers under load: no lane runs twice at a time, each lane runs, each worker works', async () => {
  await using store = await redis.open();
  const workers = [store.backend, await store.worker(), await store.worker()];
  const ledger = new LaneLedger();
  const lanes = lanesDueNow(60);
  await store.backend.lanes.reconcile(lanes);
  for (const [place, { lanes: queue }] of workers.entries()) queue.start(ledger.work(`w${place}`, 3, 10), 5);
  await until(() => ledger.runs.length >= 1_500, 'they have run');
  expect(ledger.faults).toEqual([]);
  expect(ledger.lanes().size).toBe(60);
  expect(ledger.workers().size).toBe(3);
});

test('wakes and reconciles of all workers under load: still none runs twice at a time, and none is lost', async () => {
  await using store = await redis.open();
  const workers = [store.backend, await store.worker(), await store.worker()];
  const ledger = new LaneLedger();
  const lanes = lanesDueNow(20);
  await store.backend.lanes.reconcile(lanes);
  for (const [place, { lanes: queue }] of workers.entries())
    queue.start(ledger.work(`w${place}`, 1, 3_600_000), 3);
  for (let round = 0; round < 40; round++) {
    const before = ledger.runs.length;
    // Each is woken by one worker, in the middle of whatever the others do with it.
    await Promise.all(
      [...lanes.keys()].map((lane, place) => workers[(place + round) % 3]?.lanes.wake(lane, Date.now())),
    );
    await workers[round % 3]?.lanes.reconcile(lanes, { joins: true });
    await until(() => ledger.lanes(before).size === 20, `all have run in round ${round}`);
  }
  expect(ledger.faults).toEqual([]);
});

test('a worker that joins gets lanes, and when one leaves all are still run', async () => {
  await using store = await redis.open();
  const ledger = new LaneLedger();
  await store.backend.lanes.reconcile(lanesDueNow(30));
  store.backend.lanes.start(ledger.work('first', 2, 20), 2);
  await until(() => ledger.lanes().size === 30, 'the first runs all');
  const second = await store.worker();
  second.lanes.start(ledger.work('second', 2, 20), 2);
  await until(() => ledger.workers().has('second'), 'the second runs some');
  await store.backend.lanes.stop();
  const before = ledger.runs.length;
  await until(() => ledger.lanes(before).size === 30, 'the second runs all');
  expect([...ledger.workers(before)]).toEqual(['second']);
  expect(ledger.faults).toEqual([]);
});

test('a queue that was stopped takes lanes again when it is started', async () => {
  await using store = await redis.open();
  const ledger = new LaneLedger();
  await store.backend.lanes.reconcile(lanesDueNow(3));
  store.backend.lanes.start(ledger.work('once', 1, 10), 2);
  await until(() => ledger.lanes().size === 3, 'all have run');
  await store.backend.lanes.stop();
  store.backend.lanes.start(ledger.work('again', 1, 10), 2);
  await until(() => ledger.workers().has('again'), 'it runs again');
});

test('a job that somebody else put into the queue is not handed out, and nothing waits for it', async () => {
  await using store = await redis.open();
  const prefix = `{${store.config.prefix}}:bull`;
  const foreign = new Queue('poll', { connection: redis.server.client, prefix });
  await foreign.add('theirs', { lane: 'a lane of nobody' });
  await foreign.add('theirs', 'no object');
  const ledger = new LaneLedger();
  await store.backend.lanes.reconcile(new Map([['ours', Date.now() + 100]]));
  store.backend.lanes.start(ledger.work('w', 0, 3_600_000), 1);
  await until(() => ledger.runs.length === 1, 'ours has run');
  await until(
    async () => (await foreign.getJobCounts('wait', 'active', 'failed')).wait === 0,
    'theirs are gone',
  );
  expect([...ledger.lanes()]).toEqual(['ours']);
  await foreign.close();
});

test('the earliest due time is that of all lanes that rest, whoever runs the others', async () => {
  await using store = await redis.open();
  const queue = store.backend.lanes;
  expect(await queue.earliestDueAt?.()).toBeUndefined();
  const now = Date.now();
  await queue.reconcile(
    new Map([
      ['a', now + 60_000],
      ['b', now + 50_000],
      ['never', Number.POSITIVE_INFINITY],
    ]),
  );
  const other = await store.worker();
  expect(await other.lanes.earliestDueAt?.()).toBe(now + 50_000);
  await other.lanes.wake('a', now + 40_000);
  expect(await queue.earliestDueAt?.()).toBe(now + 40_000);
});
