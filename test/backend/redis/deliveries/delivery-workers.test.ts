// Several processes at one queue: what one of them may not do, all of them together may not, and what one of them leaves
// behind another does.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Attempting, Backend, EndpointPlan } from '../../../../src/ports.ts';
import { attemptOf, deliveryOf, planOf } from '../../../conformance/records.ts';
import { until } from '../../../support/fake-clock.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';
import type { ChildOrder } from './delivery-child.ts';

const redis = useRedis();
let store: RedisStore;
let children: ChildProcess[] = [];

beforeEach(async () => {
  store = await redis.open();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await store.close();
});

const many = (count: number, feeds = 1) =>
  Array.from({ length: count }, (_, place) => deliveryOf(`evt_${place}`, 'app', `feed-${place % feeds}`));
const done = async () => (await store.backend.deliveries.endpoints())[0]?.done ?? 0;
const allDone = (count: number) => until(async () => (await done()) === count, `${count} are done`, 15_000);

/** Three processes, the first of them that of the test. */
async function crew(plan: EndpointPlan): Promise<Backend[]> {
  const backends = [store.backend, await store.worker(), await store.worker()];
  for (const { deliveries } of backends) await deliveries.configure([plan]);
  return backends;
}

/** Says what is on its way, and with whom. */
class Watch {
  readonly sent: { readonly id: string; readonly worker: number; readonly at: number }[] = [];
  most = 0;
  #running = 0;

  attempt(worker: number): Attempting {
    return async (deliveries) => {
      this.#running++;
      this.most = Math.max(this.most, this.#running);
      for (const { id } of deliveries) this.sent.push({ id, worker, at: store.now() });
      await store.pass(2);
      this.#running--;
      return { attempt: attemptOf(1), verdict: { kind: 'done' } };
    };
  }

  start(backends: readonly Backend[]): void {
    for (const [place, { deliveries }] of backends.entries()) deliveries.start(this.attempt(place));
  }

  get ids(): string[] {
    return this.sent.map(({ id }) => id);
  }
}

async function startChild(
  order: Omit<ChildOrder, 'store'>,
  errors: 'inherit' | 'ignore' = 'inherit',
): Promise<{ child: ChildProcess; lines: string[] }> {
  const script = join(import.meta.dirname, 'delivery-child.ts');
  const whole: ChildOrder = { ...order, store: store.config };
  const child = spawn(process.execPath, [script, JSON.stringify(whole)], {
    stdio: ['ignore', 'pipe', errors],
  });
  children.push(child);
  const lines: string[] = [];
  child.stdout
    .setEncoding('utf8')
    .on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
  await until(() => lines.includes('ready'), 'the child is ready');
  return { child, lines };
}

test('thousands over three processes: each once, never more at a time than one process could, and all of them work', async () => {
  const watch = new Watch();
  const backends = await crew(planOf('app', { concurrency: 6 }));
  watch.start(backends);
  await store.backend.deliveries.add(many(3_000));
  await allDone(3_000);
  expect(watch.ids.toSorted()).toEqual(
    many(3_000)
      .map(({ eventId }) => `${eventId}.app`)
      .toSorted(),
  );
  expect(watch.most).toBeLessThanOrEqual(6);
  expect(new Set(watch.sent.map(({ worker }) => worker)).size).toBe(3);
});

test('a delivery lane stays in order over three processes', async () => {
  const watch = new Watch();
  watch.start(await crew(planOf('app', { concurrency: 6, ordering: 'feed' })));
  await store.backend.deliveries.add(many(300, 3));
  await allDone(300);
  for (const feed of [0, 1, 2]) {
    const own = many(300, 3).filter(({ feedId }) => feedId === `feed-${feed}`);
    const ids = own.map(({ eventId }) => `${eventId}.app`);
    expect(watch.ids.filter((id) => ids.includes(id))).toEqual(ids);
  }
});

test('three processes that are told of another rule at once place what waits by it, each lane in its order', async () => {
  const watch = new Watch();
  const backends = await crew(planOf('app', { concurrency: 4 }));
  await store.backend.deliveries.add(many(1_200, 3));
  const ordered = planOf('app', { concurrency: 4, ordering: 'feed' });
  await Promise.all(backends.map(({ deliveries }) => deliveries.configure([ordered])));
  watch.start(backends);
  await allDone(1_200);
  for (const feed of [0, 1, 2]) {
    const own = new Set(
      many(1_200, 3).flatMap(({ eventId, feedId }) => (feedId === `feed-${feed}` ? `${eventId}.app` : [])),
    );
    expect(watch.ids.filter((id) => own.has(id))).toEqual([...own]);
  }
});

test.each<[string, Partial<EndpointPlan>, number]>([
  ['a rate', { rate: { count: 20, perMs: 1_000, burst: 1 } }, 50],
  ['a pace', {}, 60],
])('%s holds over three processes', async (what, change, gapMs) => {
  const watch = new Watch();
  const backends = await crew(planOf('app', { concurrency: 9, ...change }));
  if (what === 'a pace') {
    const pace = { gapMs, since: 0, good: 0 };
    await store.backend.deliveries.changeCondition('app', () => ({ pace }));
  }
  await store.backend.deliveries.add(many(15));
  const began = store.now();
  watch.start(backends);
  await allDone(15);
  expect(watch.sent.filter(({ at }, place) => at < began + place * gapMs)).toEqual([]);
});

test('one probe at a time over three processes', async () => {
  const watch = new Watch();
  const backends = await crew(planOf('app', { concurrency: 9 }));
  const circuit = { since: 1, code: 'http-500', waitMs: 1, probeAt: 1 } as const;
  await store.backend.deliveries.changeCondition('app', () => ({ circuit }));
  watch.start(backends);
  await store.backend.deliveries.add(many(30));
  await allDone(30);
  expect(watch.most).toBe(1);
  expect(watch.ids).toEqual(many(30).map(({ eventId }) => `${eventId}.app`));
});

test('what a killed process was sending is sent again under the same id, and all of it is recorded once', async () => {
  const plan = planOf('app', { concurrency: 3 });
  const { child, lines } = await startChild({ plan, holdMs: 60_000, verdict: { kind: 'done' } });
  await store.backend.deliveries.add(many(20));
  await until(() => lines.filter((line) => line.startsWith('start')).length === 3, 'three are on their way');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const watch = new Watch();
  await store.backend.deliveries.configure([plan]);
  watch.start([store.backend]);
  await allDone(20);
  expect(watch.ids.toSorted()).toEqual(
    many(20)
      .map(({ eventId }) => `${eventId}.app`)
      .toSorted(),
  );
  for (const { eventId } of many(20))
    expect(await store.backend.deliveries.attempts(`${eventId}.app`)).toHaveLength(1);
});

test('a fault of the program ends the process, and its slot does not wait as a job that has failed', async () => {
  const plan = planOf('app', { concurrency: 1 });
  const order = { plan, holdMs: 0, verdict: { kind: 'done' }, isFaulty: true } as const;
  const { child } = await startChild(order, 'ignore');
  const ended = once(child, 'exit');
  await store.backend.deliveries.add(many(1));
  expect(await ended).toEqual([1, null]);
  const watch = new Watch();
  await store.backend.deliveries.configure([plan]);
  watch.start([store.backend]);
  await allDone(1);
});

test('a process that slept while another took its slot over changes nothing when it wakes', async () => {
  const plan = planOf('app', { concurrency: 1 });
  const { child, lines } = await startChild({
    plan,
    holdMs: 300,
    verdict: { kind: 'dead', reason: 'poison' },
  });
  await store.backend.deliveries.add(many(1));
  await until(() => lines.includes('start evt_0.app'), 'it is on its way');
  child.kill('SIGSTOP');
  const watch = new Watch();
  await store.backend.deliveries.configure([plan]);
  watch.start([store.backend]);
  await allDone(1);
  child.kill('SIGCONT');
  await until(() => lines.includes('end evt_0.app'), 'its attempt has ended');
  await store.pass(500);
  expect((await store.backend.deliveries.list({}, 9))[0]).toMatchObject({ state: 'done', attempts: 1 });
  expect(await store.backend.deliveries.attempts('evt_0.app')).toHaveLength(1);
});

test('what it has delivered while another had its slot has arrived', async () => {
  const plan = planOf('app', { concurrency: 1 });
  const { child, lines } = await startChild({ plan, holdMs: 300, verdict: { kind: 'done' } });
  await store.backend.deliveries.add(many(1));
  await until(() => lines.includes('start evt_0.app'), 'it is on its way');
  child.kill('SIGSTOP');
  let sent = 0;
  await store.backend.deliveries.configure([plan]);
  store.backend.deliveries.start(async (_, { signal }) => {
    sent++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { verdict: { kind: 'retry', at: store.now() } };
  });
  await until(() => sent === 1, 'another has it');
  child.kill('SIGCONT');
  await allDone(1);
});

test('a server that is killed and comes back in the middle loses nothing, and the work goes on by itself', async () => {
  const watch = new Watch();
  const [first, second] = await crew(planOf('app', { concurrency: 4 }));
  watch.start([first, second].flatMap((backend) => backend ?? []));
  await store.backend.deliveries.add(many(600));
  await until(() => watch.sent.length > 100, 'some are sent');
  await redis.server.restart();
  await until(async () => (await done().catch(() => 0)) === 600, 'all are done', 20_000);
  expect(new Set(watch.ids).size).toBe(600);
});
