// What the embedded delivery queue keeps and costs beyond the port's promises.

import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import { keptAttempts } from '../../../src/backend/sqlite/attempt-table.ts';
import type { Clock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { deliveryOf, planOf } from '../../conformance/records.ts';
import { FakeClock, until } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let store: SqliteStore;
beforeEach(async () => {
  store = await openSqliteStore();
  await store.backend.deliveries.configure([planOf('app', { concurrency: 1 })]);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
});

describe('the log of attempts', () => {
  test.each([keptAttempts - 1, keptAttempts, keptAttempts + 1, keptAttempts + 20])(
    'of %i attempts it keeps the newest, at most 50',
    async (made) => {
      const { deliveries } = store.backend;
      await deliveries.add([deliveryOf('evt_1')]);
      let number = 0;
      deliveries.start(async () => {
        number++;
        const attempt = { number, startedAt: 1, durationMs: 1, outcome: 'unreachable' } as const;
        return { attempt, verdict: number < made ? { kind: 'retry', at: store.now() } : { kind: 'done' } };
      });
      await until(async () => (await deliveries.list({ state: 'done' }, 1)).length === 1, 'it is done');
      const kept = (await deliveries.attempts('evt_1.app')).map((attempt) => attempt.number);
      expect(kept).toHaveLength(Math.min(made, keptAttempts));
      expect(kept.at(-1)).toBe(made);
      expect((await deliveries.list({}, 1))[0]?.attempts).toBe(made);
    },
  );
});

test('a retry time between two milliseconds is kept, and never early', async () => {
  const { deliveries } = store.backend;
  await deliveries.add([deliveryOf('evt_1')]);
  const at = store.now() + 500.25;
  deliveries.start(async () => ({ verdict: { kind: 'postpone', at } }));
  await store.pass(10);
  expect((await deliveries.list({}, 1))[0]?.dueAt).toBe(Math.ceil(at));
});

test('an idle queue looks at the file once a second and at nothing else', async () => {
  const { deliveries } = store.backend;
  deliveries.start(async () => ({ verdict: { kind: 'done' } }));
  expect(store.clock.timers).toBe(1);
  await store.pass(1_000);
  expect({ timers: store.clock.timers, next: store.clock.untilNext }).toEqual({ timers: 1, next: 1_000 });
});

test('ten thousand that wait for a slow endpoint stay on the disk: few are in memory, and each hand-out reads few', async () => {
  const { deliveries } = store.backend;
  const slow = planOf('app', { concurrency: 4, rate: { count: 10, perMs: 1_000, burst: 10 } });
  await deliveries.configure([slow]);
  let held = 0;
  let most = 0;
  let sent = 0;
  await deliveries.add(Array.from({ length: 10_000 }, (_, place) => deliveryOf(`evt_${place}`)));
  const read = countRows();
  deliveries.start(async () => {
    most = Math.max(most, ++held);
    sent++;
    await new Promise((resolve) => setImmediate(resolve));
    held--;
    return { verdict: { kind: 'done' } };
  });
  await store.pass(2_950);
  const rows = read();
  expect(sent).toBe(30);
  expect(most).toBeLessThanOrEqual(4);
  // Each hand-out, and each time to look when the next may go, reads the candidates for the slots, no more.
  expect(rows).toBeLessThan(30 * 40);
  expect(await deliveries.endpoints()).toMatchObject([{ pending: 9_970, done: 30 }]);
});

test.each([
  ['is made anew', { ordering: 'feed' }],
  ['is unmade by the rule of before', { ordering: 'none' }],
] as const)('a change of the lanes that a crash cut short %s', async (_, rule) => {
  const ids = Array.from({ length: 1_200 }, (_, place) => `evt_${place}`);
  await store.backend.deliveries.add(ids.map((id) => deliveryOf(id)));
  // All commits of the change but the first two are lost, as if the process had ended there.
  const { exec } = DatabaseSync.prototype;
  let commits = 0;
  const cutting = jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (
    this: DatabaseSync,
    text: string,
  ) {
    if (text === 'COMMIT' && ++commits > 2) throw Object.assign(new Error('cut short'), { errcode: 10 });
    exec.call(this, text);
  });
  await expect(store.backend.deliveries.configure([planOf('app', { ordering: 'feed' })])).rejects.toThrow();
  cutting.mockRestore();
  await store.restart();
  const { deliveries } = store.backend;
  const sent: string[] = [];
  await deliveries.configure([planOf('app', rule)]);
  deliveries.start(async ([{ eventId }]) => {
    sent.push(eventId);
    return { verdict: { kind: 'done' } };
  });
  await until(async () => (await deliveries.count({ state: 'pending' })) === 0, 'all are sent');
  expect(sent).toEqual(ids);
});

/** Counts the rows that statements give from now on. */
function countRows(): () => number {
  let rows = 0;
  const all = StatementSync.prototype.all;
  const counting = jest.spyOn(StatementSync.prototype, 'all').mockImplementation(function (
    this: StatementSync,
    ...values: unknown[]
  ) {
    const found = (all as (...values: unknown[]) => Record<string, never>[]).apply(this, values);
    rows += found.length;
    return found;
  });
  return () => {
    counting.mockRestore();
    return rows;
  };
}

describe('a clock that is set back', () => {
  const tenYearsMs = 3_650 * 86_400_000;
  const waitMs = 7_000;

  test.each(['while the queue runs', 'while it does not run'])(
    '%s: what waited keeps its wait, what was due goes at once, in order',
    async (when) => {
      await using folder = await temporaryFolder();
      const steady = new FakeClock();
      let offMs = tenYearsMs;
      const clock: Clock = {
        now: () => steady.now() + offMs,
        startTimer: (delayMs, run) => steady.startTimer(delayMs, run),
      };
      const path = folder.file('stepped.db');
      const open = () =>
        openBackend({ store: { kind: 'sqlite', path }, clock, log: silentLog, exclusive: true });
      let backend = await open();
      const sent: string[] = [];
      const begin = async (concurrency: number) => {
        await backend.deliveries.configure([planOf('app', { concurrency })]);
        backend.deliveries.start(async ([{ eventId, attempts }]) => {
          sent.push(eventId);
          const verdict =
            eventId === 'evt_late' && attempts === 0
              ? ({ kind: 'retry', at: clock.now() + waitMs } as const)
              : ({ kind: 'done' } as const);
          return {
            attempt: { number: attempts + 1, startedAt: 1, durationMs: 1, outcome: 'unreachable' },
            verdict,
          };
        });
      };
      await begin(1);
      await backend.deliveries.add([deliveryOf('evt_late')]);
      await steady.advance(100);
      expect(sent).toEqual(['evt_late']);
      await backend.deliveries.configure([planOf('app', { concurrency: 0 })]);
      await backend.deliveries.add([deliveryOf('evt_2'), deliveryOf('evt_1')]);

      if (when === 'while the queue runs') {
        offMs = 0;
        await steady.advance(1_000);
        await backend.deliveries.configure([planOf('app', { concurrency: 1 })]);
      } else {
        await backend.deliveries.stop(0);
        await backend.close();
        offMs = 0;
        backend = await open();
        await begin(1);
      }
      await steady.advance(100);
      expect(sent).toEqual(['evt_late', 'evt_2', 'evt_1']);
      await steady.advance(waitMs - 2_000);
      expect(sent).toHaveLength(3);
      await steady.advance(2_000);
      expect(sent).toEqual(['evt_late', 'evt_2', 'evt_1', 'evt_late']);
      await backend.deliveries.stop(0);
      await backend.close();
    },
  );
});
