// What the embedded delivery queue keeps and costs beyond the port's promises.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keptAttempts } from '../../../src/backend/sqlite/delivery-table.ts';
import { deliveryOf } from '../../conformance/records.ts';
import { until } from '../../support/fake-clock.ts';
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
