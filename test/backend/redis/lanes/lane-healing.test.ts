// Records and jobs that no longer fit each other, a server that is killed or emptied: no lane is lost.

import { expect, test } from '@jest/globals';
import { jobIdOf } from '../../../../src/backend/redis/lanes/lane-jobs.ts';
import type { RedisLaneQueue } from '../../../../src/backend/redis/lanes/lane-queue.ts';
import type { Log } from '../../../../src/log.ts';
import type { LaneRest } from '../../../../src/ports.ts';
import { until } from '../../../support/fake-clock.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';
import { LaneLedger, lanesDueNow } from './lane-ledger.ts';

const redis = useRedis();
const never = Number.POSITIVE_INFINITY;
const hourMs = 3_600_000;

const queueOf = (store: RedisStore) => store.backend.lanes as RedisLaneQueue;
const keyOf = (store: RedisStore, part: string) => `{${store.config.prefix}}:${part}`;

/** The one job of a store, and when it is handed out. */
async function onlyJob(store: RedisStore): Promise<{ id: string; at: number } | undefined> {
  const jobs = await redis.server.client.zrange(keyOf(store, 'bull:poll:delayed'), 0, '-1', 'WITHSCORES');
  expect(jobs.length).toBeLessThanOrEqual(2);
  return jobs[0] === undefined ? undefined : { id: jobs[0], at: Math.floor(Number(jobs[1]) / 4_096) };
}

test.each<[string, (store: RedisStore, id: string, dueAt: number) => Promise<unknown>]>([
  [
    'a job that is gone',
    async (store, id) => {
      await redis.server.client.zrem(keyOf(store, 'bull:poll:delayed'), id);
      await redis.server.client.del(keyOf(store, `bull:poll:${id}`));
    },
  ],
  [
    'a job that is late, as a wake leaves it that died half way',
    (store, id, dueAt) =>
      redis.server.client.zadd(keyOf(store, 'bull:poll:delayed'), (dueAt + hourMs) * 4_096, id),
  ],
  [
    'a job that has failed',
    async (store, id) => {
      await redis.server.client.zrem(keyOf(store, 'bull:poll:delayed'), id);
      await redis.server.client.zadd(keyOf(store, 'bull:poll:failed'), Date.now(), id);
    },
  ],
  [
    'a run that nobody holds, without a job',
    async (store, id, dueAt) => {
      await redis.server.client.hset(keyOf(store, 'lanes'), 'a', `${dueAt}|0||somebody:7|0`);
      await redis.server.client.zrem(keyOf(store, 'bull:poll:delayed'), id);
      await redis.server.client.del(keyOf(store, `bull:poll:${id}`));
    },
  ],
])('%s is mended', async (_, spoil) => {
  await using store = await redis.open();
  const dueAt = Date.now() + hourMs;
  await queueOf(store).reconcile(new Map([['a', dueAt]]));
  const { id = '' } = (await onlyJob(store)) ?? {};
  await spoil(store, id, dueAt);
  await queueOf(store).heal();
  expect(await onlyJob(store)).toEqual({ id, at: dueAt });
  expect(await redis.server.client.hget(keyOf(store, 'lanes'), 'a')).toBe(`${dueAt}|0|||0`);
});

test.each<[string, (store: RedisStore) => Promise<unknown>]>([
  [
    'of a lane that rests for ever',
    (store) => redis.server.client.hset(keyOf(store, 'lanes'), 'a', '|0|||0'),
  ],
  ['of a lane that nobody knows', (store) => redis.server.client.hdel(keyOf(store, 'lanes'), 'a')],
  ['of a lane that has left', (store) => redis.server.client.hset(keyOf(store, 'lanes'), 'a', '|0|||1')],
])('a job %s is removed', async (_, spoil) => {
  await using store = await redis.open();
  await queueOf(store).reconcile(new Map([['a', Date.now() + hourMs]]));
  await spoil(store);
  await queueOf(store).heal();
  expect(await onlyJob(store)).toBeUndefined();
});

test('what is left of a lane that has left ends with its hold', async () => {
  await using store = await redis.open();
  const lanes = keyOf(store, 'lanes');
  const held = `|${Date.now() + hourMs}|||1`;
  await redis.server.client.hset(lanes, { over: `|${Date.now() - 1}|||1`, held });
  await queueOf(store).heal();
  expect(await redis.server.client.hgetall(lanes)).toEqual({ held });
});

test('lanes that are well are left alone, and so is a run that somebody holds', async () => {
  await using store = await redis.open();
  const { promise, resolve: end } = Promise.withResolvers<LaneRest>();
  let runs = 0;
  await queueOf(store).reconcile(new Map([['a', Date.now()]]));
  queueOf(store).start(() => {
    runs += 1;
    return promise;
  }, 2);
  await until(() => runs === 1, 'it runs');
  const before = await redis.server.client.hgetall(keyOf(store, 'lanes'));
  await queueOf(store).heal();
  expect(await redis.server.client.hgetall(keyOf(store, 'lanes'))).toEqual(before);
  end({ dueAt: never });
});

test('a server that was emptied: nothing is healed, who runs a lane is told to end, and a reconcile begins anew', async () => {
  await using store = await redis.open();
  const signals: AbortSignal[] = [];
  const work = async (_: string, signal: AbortSignal) => {
    signals.push(signal);
    if (signals.length === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { dueAt: never };
  };
  await queueOf(store).reconcile(new Map([['a', Date.now()]]));
  queueOf(store).start(work, 1);
  await until(() => signals.length === 1, 'it runs');
  await redis.server.client.flushall();
  await queueOf(store).heal();
  expect(await redis.server.client.exists(keyOf(store, 'lanes'))).toBe(0);
  await until(() => signals[0]?.aborted === true, 'it is told to end');
  await queueOf(store).reconcile(lanesDueNow(10));
  await until(() => signals.length === 11, 'all run');
});

test('a server that is killed and comes back: the end of a run that it did not take is recorded, and no lane is lost', async () => {
  const said: string[] = [];
  const note = (_: object, event: string) => void said.push(event);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  await using store = await redis.open(log);
  const ledger = new LaneLedger();
  const rested = ledger.work('w', 5, 20);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let isHeld = false;
  await queueOf(store).reconcile(lanesDueNow(20));
  queueOf(store).start(async (lane) => {
    const rest = await rested(lane);
    if (lane === 'lane 7' && ledger.lanes().size === 20 && !isHeld) {
      isHeld = true;
      await ended;
    }
    return rest;
  }, 4);
  await until(() => isHeld, 'a lane runs when the server dies');
  await redis.server.kill();
  end();
  await until(() => said.includes('not-recorded'), 'its end is not recorded');
  const before = ledger.runs.length;
  await redis.server.restart();
  await until(() => said.includes('recorded'), 'its end is recorded');
  await until(() => ledger.lanes(before).size === 20, 'all run again');
  expect(ledger.faults).toEqual([]);
});

test('stop ends while the server is away', async () => {
  await using store = await redis.open();
  const ledger = new LaneLedger();
  await queueOf(store).reconcile(lanesDueNow(5));
  queueOf(store).start(ledger.work('w', 5, 20), 2);
  await until(() => ledger.lanes().size === 5, 'all have run');
  await redis.server.kill();
  await queueOf(store).stop();
  const before = ledger.runs.length;
  await redis.server.restart();
  await until(
    async () => (await redis.server.client.exists(keyOf(store, 'lanes'))) === 1,
    'the server is back',
  );
  expect(ledger.runs).toHaveLength(before);
});

test('stop ends, and nothing is amiss, where a lane that was lost came back to a process that has not ended it', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  await using store = await redis.open();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let runs = 0;
  await queueOf(store).reconcile(new Map([['a', Date.now()]]));
  queueOf(store).start(async () => {
    runs += 1;
    await ended;
    return { dueAt: never };
  }, 2);
  await until(() => runs === 1, 'it runs');
  const lock = keyOf(store, `bull:poll:${jobIdOf('a')}:lock`);
  const first = await redis.server.client.get(lock);
  await redis.server.client.del(lock);
  await until(
    async () => ![first, null].includes(await redis.server.client.get(lock)),
    'it is handed out again',
  );
  await redis.server.kill();
  const stopped = queueOf(store).stop();
  end();
  await stopped;
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
  await redis.server.restart();
});
