// A process that takes a lane and then dies, or sleeps: another takes the lane over, and what the first still does is harmless.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { LaneRecords } from '../../../../src/backend/redis/lanes/lane-records.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { systemClock } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import type { LaneRest } from '../../../../src/ports.ts';
import { until } from '../../../support/fake-clock.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();
const program = fileURLToPath(new URL('lane-child.ts', import.meta.url));
const never = Number.POSITIVE_INFINITY;

const children: ChildProcess[] = [];
afterEach(async () => {
  const gone = children.splice(0).map(async (child) => {
    const exit = child.exitCode === null && child.signalCode === null && once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  });
  await Promise.all(gone);
});

/** A process that holds what it is handed, and what it said. */
function holder(store: RedisStoreConfig, heldUntil = 0) {
  const argv = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(store), String(heldUntil)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  children.push(child);
  return { child, said };
}

test('a lane whose holder is killed is taken over, also when that happens again and again', async () => {
  await using store = await redis.open();
  await store.backend.lanes.reconcile(new Map([['a', Date.now()]]));
  for (let kill = 0; kill < 3; kill++) {
    const { child, said } = holder(store.config);
    await until(() => said.includes('start a'), 'it holds the lane', 15_000);
    child.kill('SIGKILL');
  }
  const runs: string[] = [];
  store.backend.lanes.start(async (lane) => {
    runs.push(lane);
    return { dueAt: never };
  }, 1);
  await until(() => runs.length === 1, 'the lane is taken over');
});

test('a holder that sleeps loses its lane, and its late record changes nothing but a hold', async () => {
  await using store = await redis.open();
  const heldUntil = Date.now() + 3_600_000;
  await store.backend.lanes.reconcile(new Map([['a', Date.now()]]));
  const { child, said } = holder(store.config, heldUntil);
  await until(() => said.includes('start a'), 'it holds the lane', 15_000);
  child.kill('SIGSTOP');

  const runs: AbortSignal[] = [];
  const { promise, resolve: end } = Promise.withResolvers<LaneRest>();
  store.backend.lanes.start((_, signal) => {
    runs.push(signal);
    return promise;
  }, 1);
  await until(() => runs.length === 1, 'the lane is taken over');
  child.kill('SIGCONT');
  await until(() => said.includes('lost a'), 'the sleeper sees that it has lost the lane');
  const record = () => redis.server.client.hget(`{${store.config.prefix}}:lanes`, 'a');
  await until(async () => (await record())?.includes(`|${heldUntil}|`) === true, 'the sleeper has recorded');
  expect(runs.map(({ aborted }) => aborted)).toEqual([false]);
  // The run of the other one is still on record, with the lock that it holds.
  const job = await redis.server.client.lindex(`{${store.config.prefix}}:bull:poll:active`, 0);
  const lock = await redis.server.client.get(`{${store.config.prefix}}:bull:poll:${job}:lock`);
  expect(await record()).toContain(`|${lock}|0`);
  // Whoever runs it now has learned of no hold, and it holds all the same.
  end({ dueAt: Date.now() });
  const rests = new RegExp(`^[0-9]+\\|${heldUntil}\\|\\|\\|0$`);
  await until(async () => rests.test((await record()) ?? ''), 'the end is recorded');
  await until(async () => (await store.backend.lanes.earliestDueAt?.()) === heldUntil, 'it rests until then');
  expect(said.filter((line) => line.startsWith('start'))).toHaveLength(1);
  expect(runs).toHaveLength(1);
});

test("who slept between being handed a lane and taking it finds that it is another's", async () => {
  await using store = await redis.open();
  const link = new RedisLink(store.config);
  await link.connect();
  const records = new LaneRecords(link, systemClock);
  const dueAt = Date.now() - 1;
  await redis.server.client.hset(link.key('lanes'), 'a', `${dueAt}|0||awake:1|0`);
  await redis.server.client.set(link.key('lock'), 'awake:1');
  expect(await records.claim('a', 'asleep:1', link.key('lock'))).toBe('lost');
  expect(await redis.server.client.hget(link.key('lanes'), 'a')).toBe(`${dueAt}|0||awake:1|0`);
  expect(await records.claim('a', 'awake:1', link.key('lock'))).toBe('run');
  await link.close();
});
