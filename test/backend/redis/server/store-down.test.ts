// Redis away under a running store (FAULTS E05): killed, frozen, starting again, cut off. No call hangs, none answers "nothing
// known", the outage is told once, and everything goes on by itself.

import { afterEach, describe, expect, test } from '@jest/globals';
import { callMs } from '../../../../src/backend/redis/server/in-time.ts';
import type { Backend } from '../../../../src/ports.ts';
import { eventOf, memoryOf, stateOf } from '../../../conformance/records.ts';
import { until } from '../../../support/fake-clock.ts';
import { useRedis } from '../redis-store.ts';
import { LogLines } from './log-lines.ts';

const redis = useRedis();
let log: LogLines;
let backend: Backend;
let close: () => Promise<void>;
const open = async () => {
  log = new LogLines();
  const store = await redis.open(log);
  close = store.close;
  backend = store.backend;
};
afterEach(async () => {
  redis.server.signal('SIGCONT');
  await redis.server.restart();
  // Who waits to connect again cannot be woken, and would outlive the test.
  await until(
    () =>
      backend.store
        .readStates([])
        .then(() => backend.store.readMemory('z'))
        .then(
          () => true,
          () => false,
        ),
    'the store answers',
  );
  await close();
});

const note = { requestedAt: 5, nextPoll: { at: 9, reason: 'interval' } } as const;

/** Every call of the store: none may hang, none may answer. */
const calls: [string, () => Promise<unknown>][] = [
  ['readStates', () => backend.store.readStates(['a', 'b'])],
  ['writeState', () => backend.store.writeState(stateOf('a'))],
  ['noteRequest', () => backend.store.noteRequest('c', note)],
  ['readMemory', () => backend.store.readMemory('a')],
  ['readMemory of an unknown feed', () => backend.store.readMemory('z')],
  ['writeMemory', () => backend.store.writeMemory(memoryOf('b', { outbox: ['evt_1'] }))],
  ['feedsWithOutbox', () => backend.store.feedsWithOutbox()],
  ['addEvents', () => backend.store.addEvents([eventOf('evt_1')])],
  ['readEvents', () => backend.store.readEvents(['evt_1'])],
];
const ends = () => Promise.allSettled(calls.map(([, call]) => call()));
const faults = (settled: PromiseSettledResult<unknown>[]) =>
  Object.fromEntries(
    settled.map((end, place) => [calls[place]?.[0], end.status === 'rejected' ? end.reason.code : end.value]),
  );
const allUnreachable = Object.fromEntries(calls.map(([name]) => [name, 'store-unreachable']));
const answers = () =>
  backend.store.readMemory('a').then(
    (memory) => memory !== undefined,
    () => false,
  );

describe('a server that was killed', () => {
  test('is unreachable in every call, at once, and all is there when it runs again', async () => {
    await open();
    await backend.store.writeMemory(memoryOf('a', { sequence: 7 }));
    await redis.server.kill();
    await until(() => log.of('store-unreachable').length > 0, 'the loss is noticed');
    const startedAt = performance.now();
    expect(faults(await ends())).toEqual(allUnreachable);
    expect(performance.now() - startedAt).toBeLessThan(callMs);
    await redis.server.restart();
    await until(answers, 'the store answers');
    expect((await backend.store.readMemory('a'))?.sequence).toBe(7);
    await until(() => log.of('store-reachable').length > 0, 'the end of the outage is told');
    expect(log.of('store-unreachable')).toMatchObject([
      { level: 'error', fields: { code: 'store-unreachable' } },
    ]);
    expect(log.of('store-reachable')).toMatchObject([
      { level: 'info', fields: { forMs: expect.any(Number) } },
    ]);
  });

  test('in the middle of calls ends each of them', async () => {
    await open();
    redis.server.signal('SIGSTOP');
    const settled = ends();
    await redis.server.kill();
    expect(faults(await settled)).toEqual(allUnreachable);
  });
});

test('a frozen server ends each call within the limit, and the same connection goes on', async () => {
  await open();
  await backend.store.writeMemory(memoryOf('a', { sequence: 7 }));
  redis.server.signal('SIGSTOP');
  expect(faults(await ends())).toEqual(allUnreachable);
  redis.server.signal('SIGCONT');
  await until(answers, 'the store answers');
  expect((await backend.store.readMemory('a'))?.sequence).toBe(7);
  await until(() => log.of('store-reachable').length > 0, 'the end of the outage is told');
  expect(log.of('store-unreachable')).toHaveLength(1);
}, 20_000);

test('a server that still loads its data is unreachable, not empty', async () => {
  await open();
  await backend.store.writeMemory(memoryOf('a', { sequence: 7 }));
  // So slow that the loading is seen: microseconds a key.
  await redis.server.client.eval(
    "for at = 1, 20000 do redis.call('SET', 'filler' .. at, 'x') end return 1",
    0,
  );
  await redis.server.client.config('SET', 'key-load-delay', '100');
  const answersWhileLoading: unknown[] = [];
  const watch = (async () => {
    for (;;) {
      const memory = await backend.store.readMemory('a').catch((error: { code: string }) => error.code);
      answersWhileLoading.push(typeof memory === 'string' ? memory : memory?.sequence);
      if (answersWhileLoading.length > 10 && answersWhileLoading.at(-1) === 7) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await redis.server.restart();
  await watch;
  expect(new Set(answersWhileLoading)).toEqual(new Set([7, 'store-unreachable']));
  await redis.server.client.flushall();
});
