// An attempt is recorded whole or not at all: its log, the delivery, the condition, the alerts.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { recordPauseMs } from '../../../src/backend/sqlite/record.ts';
import type { EndpointCondition } from '../../../src/model/endpoint.ts';
import { attemptOf, deliveryOf, eventOf, planOf } from '../../conformance/records.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let store: SqliteStore;
let other: DatabaseSync;
beforeEach(async () => {
  store = await openSqliteStore();
  other = new DatabaseSync(store.path);
});
afterEach(async () => {
  other.close();
  await store[Symbol.asyncDispose]();
});

/** Everything that one attempt changes. */
async function recorded() {
  const { deliveries, store: feeds } = store.backend;
  const [delivery] = await deliveries.list({ eventId: 'evt_1' }, 1);
  const health = (await deliveries.endpoints()).find(({ endpointId }) => endpointId === 'app');
  return {
    state: delivery?.state,
    attempts: (await deliveries.attempts('evt_1.app')).length,
    condition: health?.condition,
    dead: health?.dead,
    alerts: (await feeds.readEvents(['evt_alert'])).length,
    told: await deliveries.count({ eventId: 'evt_alert' }),
  };
}

test.each([
  ['the log', 'INSERT ON attempts'],
  ['the delivery', 'UPDATE ON deliveries'],
  ['the condition', 'UPDATE OF condition ON endpoints'],
  ['the event of the alert', 'INSERT ON events'],
  ['the delivery of the alert', 'INSERT ON deliveries'],
])(
  'when %s cannot be written nothing is, the request is not repeated, and later all of it is',
  async (_, what) => {
    const { deliveries } = store.backend;
    const event = eventOf('evt_alert', { type: 'delivery.exhausted', feedId: '' });
    const befores: EndpointCondition[] = [];
    let sent = 0;
    await deliveries.configure([planOf('app'), planOf('ops', { concurrency: 0 })]);
    await deliveries.add([deliveryOf('evt_1')]);
    other.exec(`CREATE TRIGGER refuse BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'no'); END`);
    deliveries.start(async () => {
      sent++;
      return {
        attempt: attemptOf(1),
        verdict: { kind: 'dead', reason: 'exhausted' },
        learn: (before) => {
          befores.push(before);
          return { condition: { movedTo: '1' }, alerts: [{ event, endpointIds: ['ops'] }] };
        },
      };
    });
    await store.pass(3 * recordPauseMs);
    expect(await recorded()).toEqual({
      state: 'pending',
      attempts: 0,
      condition: {},
      dead: 0,
      alerts: 0,
      told: 0,
    });
    other.exec('DROP TRIGGER refuse');
    await store.pass(2 * recordPauseMs);
    expect(await recorded()).toEqual({
      state: 'dead',
      attempts: 1,
      condition: { movedTo: '1' },
      dead: 1,
      alerts: 1,
      told: 1,
    });
    expect(sent).toBe(1);
    expect(befores.length).toBeGreaterThan(1);
    expect(befores.every((before) => Object.keys(before).length === 0)).toBe(true);
  },
);

test('members of a batch that cannot be fixed in the store are not sent', async () => {
  const { deliveries } = store.backend;
  const sent: number[] = [];
  await deliveries.configure([planOf('app', { batch: { count: 3, lane: 'feed' } })]);
  await deliveries.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
  other.exec(
    `CREATE TRIGGER refuse BEFORE UPDATE OF batch ON deliveries BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );
  deliveries.start(async (all) => {
    sent.push(all.length);
    return { verdict: { kind: 'done' } };
  });
  await store.pass(3 * recordPauseMs);
  expect(sent).toEqual([]);
  other.exec('DROP TRIGGER refuse');
  await store.pass(2 * recordPauseMs);
  expect(sent).toEqual([2]);
});

test('a stop while the members of a batch are being fixed sends nothing', async () => {
  const { deliveries } = store.backend;
  await deliveries.configure([planOf('app', { batch: { count: 3, lane: 'feed' } })]);
  await deliveries.add([deliveryOf('evt_1')]);
  other.exec(
    `CREATE TRIGGER refuse BEFORE UPDATE OF batch ON deliveries BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );
  let sent = 0;
  deliveries.start(async () => {
    sent++;
    return { verdict: { kind: 'done' } };
  });
  await store.pass(recordPauseMs / 2);
  const stopped = deliveries.stop(10 * recordPauseMs);
  other.exec('DROP TRIGGER refuse');
  await store.pass(2 * recordPauseMs);
  await stopped;
  expect(sent).toBe(0);
});
