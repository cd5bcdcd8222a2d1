// What the embedded delivery queue keeps and costs beyond the port's promises.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import { keptAttempts } from '../../../src/backend/sqlite/delivery-table.ts';
import type { Clock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { deliveryOf } from '../../conformance/records.ts';
import { FakeClock, until } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let store: SqliteStore;
beforeEach(async () => {
  store = await openSqliteStore();
  await store.backend.deliveries.configure([{ id: 'app', concurrency: 1, target: 't' }]);
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

test('what is due is found by an index, however many wait', () => {
  const other = new DatabaseSync(store.path);
  const plan = other
    .prepare(
      `EXPLAIN QUERY PLAN SELECT * FROM deliveries WHERE endpoint_id = 'a' AND state = 'pending' AND due_at <= 1
       ORDER BY due_at, added_at, number LIMIT 4`,
    )
    .all()
    .map(({ detail }) => String(detail));
  const outboxes = other
    .prepare(
      `EXPLAIN QUERY PLAN SELECT key FROM memory WHERE substr(record, 1, 12) <> '{"outbox":[]' ORDER BY key`,
    )
    .all()
    .map(({ detail }) => String(detail));
  other.close();
  expect(plan).toEqual([
    'SEARCH deliveries USING INDEX deliveries_by_due (endpoint_id=? AND state=? AND due_at<?)',
  ]);
  expect(outboxes).toEqual(['SCAN memory USING INDEX memory_with_outbox']);
});

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
        await backend.deliveries.configure([{ id: 'app', concurrency, target: 't' }]);
        backend.deliveries.start(async ({ eventId, attempts }) => {
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
      await backend.deliveries.configure([{ id: 'app', concurrency: 0, target: 't' }]);
      await backend.deliveries.add([deliveryOf('evt_2'), deliveryOf('evt_1')]);

      if (when === 'while the queue runs') {
        offMs = 0;
        await steady.advance(1_000);
        await backend.deliveries.configure([{ id: 'app', concurrency: 1, target: 't' }]);
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
