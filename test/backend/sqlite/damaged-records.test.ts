// Records that another hand damaged (FAULTS E10): that feed has a fault, the others go on, nothing is
// overwritten or pruned for it.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deliveryOf, eventOf, memoryOf, planOf, stateOf } from '../../conformance/records.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let store: SqliteStore;
let other: DatabaseSync;
beforeEach(async () => {
  store = await openSqliteStore();
  other = new DatabaseSync(store.path);
  for (const id of ['bad', 'good']) {
    await store.backend.store.writeMemory(memoryOf(id, { outbox: [`evt_${id}`] }));
    await store.backend.store.writeState(stateOf(id));
  }
});
afterEach(async () => {
  other.close();
  await store[Symbol.asyncDispose]();
});
const damage = (table: string, record: string) =>
  other.prepare(`UPDATE ${table} SET record = ? WHERE key = 'bad'`).run(record);

describe('a damaged memory', () => {
  test.each([
    ['garbage', 'garbage', 'store-corrupt'],
    ['an empty text', '', 'store-corrupt'],
    ['a newer schema', '{"outbox":[],"version":7}\n[]', 'store-newer'],
  ])('%s is a fault of that feed alone', async (_, record, code) => {
    damage('memory', record);
    await expect(store.backend.store.readMemory('bad')).rejects.toMatchObject({ code });
    expect((await store.backend.store.readMemory('good'))?.outbox).toEqual(['evt_good']);
    expect(other.prepare(`SELECT record FROM memory WHERE key = 'bad'`).get()).toEqual({ record });
  });

  test('counts as having an outbox: what it owes is unknown', async () => {
    damage('memory', 'garbage');
    expect(await store.backend.store.feedsWithOutbox()).toEqual(['bad', 'good']);
  });

  test('keeps the events of its feed from being pruned', async () => {
    damage('memory', 'garbage');
    await store.backend.store.addEvents([
      eventOf('evt_1', { feedId: 'bad', detectedAt: 1 }),
      eventOf('evt_2', { feedId: 'good', detectedAt: 1 }),
    ]);
    expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 1, deliveries: 0 });
    expect((await store.backend.store.readEvents(['evt_1', 'evt_2'])).map(({ id }) => id)).toEqual(['evt_1']);
  });

  test('cannot become something else than text', () => {
    const write = () =>
      other.prepare(`UPDATE memory SET record = ? WHERE key = 'bad'`).run(Buffer.from([0xff]));
    expect(write).toThrow('cannot store BLOB value in TEXT column');
  });
});

test('a damaged state is a fault whenever it is asked for, and the others can be read without it', async () => {
  damage('state', '{}');
  await expect(store.backend.store.readStates(['good', 'bad'])).rejects.toMatchObject({
    code: 'store-corrupt',
    message: expect.stringContaining('feed bad'),
  });
  expect((await store.backend.store.readStates(['good'])).size).toBe(1);
});

test('a damaged attempt is a fault of its delivery alone', async () => {
  const { deliveries } = store.backend;
  await deliveries.add([{ eventId: 'evt_1', endpointId: 'app', feedId: 'good' }]);
  other.exec(`INSERT INTO attempts VALUES (NULL, 1, 'garbage')`);
  await expect(deliveries.attempts('evt_1.app')).rejects.toMatchObject({ code: 'store-corrupt' });
  expect(await deliveries.list({}, 9)).toHaveLength(1);
});

describe('a damaged condition of an endpoint', () => {
  const sent: string[] = [];
  beforeEach(async () => {
    sent.length = 0;
    const { deliveries } = store.backend;
    await deliveries.configure([planOf('bad'), planOf('good')]);
    await deliveries.add(['bad', 'good'].map((id) => deliveryOf('evt_1', id)));
    other.exec(`UPDATE endpoints SET condition = '{"paused' WHERE id = 'bad'`);
    deliveries.start(async ([{ id }]) => {
      sent.push(id);
      return { verdict: { kind: 'done' } };
    });
    await store.pass(1_500);
  });

  test('lets nothing go there, since it may be disabled, and the others go on', () => {
    expect(sent).toEqual(['evt_1.good']);
  });

  test('is a fault that names it', async () => {
    const fault = { code: 'store-corrupt', message: expect.stringContaining('endpoint bad') };
    await expect(store.backend.deliveries.endpoints()).rejects.toMatchObject(fault);
    const change = store.backend.deliveries.changeCondition('bad', () => ({}));
    await expect(change).rejects.toMatchObject(fault);
  });

  test('ends with another target', async () => {
    await store.backend.deliveries.configure([planOf('bad', { target: 'other' }), planOf('good')]);
    await store.pass(10);
    expect(sent).toEqual(['evt_1.good', 'evt_1.bad']);
  });
});

test('tables that are gone are a fault, never "nothing"', async () => {
  other.exec('DROP TABLE memory; DROP TABLE state; DROP TABLE events');
  const { store: feeds } = store.backend;
  await expect(feeds.readMemory('good')).rejects.toMatchObject({ code: 'store-failed' });
  await expect(feeds.readStates(['good'])).rejects.toMatchObject({ code: 'store-failed' });
  await expect(feeds.writeState(stateOf('good'))).rejects.toMatchObject({ code: 'store-failed' });
  await expect(feeds.feedsWithOutbox()).rejects.toMatchObject({ code: 'store-failed' });
  await expect(feeds.readEvents(['evt_1'])).rejects.toMatchObject({ code: 'store-failed' });
});
