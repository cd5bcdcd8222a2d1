// What the reads of one turn of the event loop see while others write.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stateOf } from '../../conformance/records.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

let store: SqliteStore;
beforeEach(async () => {
  store = await openSqliteStore();
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
});

const failuresOf = async () => (await store.backend.store.readStates(['a'])).get('a')?.failures;
const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a read after a write in the same turn sees what was written', async () => {
  await store.backend.store.writeState(stateOf('a', { failures: 1 }));
  expect(await failuresOf()).toBe(1);
  await store.backend.store.writeState(stateOf('a', { failures: 2 }));
  expect(await failuresOf()).toBe(2);
});

test('what another process writes is seen in the next turn at the latest', async () => {
  await store.backend.store.writeState(stateOf('a', { failures: 1 }));
  const other = await store.beside();
  await failuresOf();
  await other.store.writeState(stateOf('a', { failures: 2 }));
  await endOfTurn();
  expect(await failuresOf()).toBe(2);
  await other.close();
});

test('a turn that has read can bring the WAL home, and be the last one', async () => {
  await store.backend.store.writeState(stateOf('a'));
  await Promise.all([failuresOf(), store.backend.upkeep.checkpoint(), failuresOf()]);
  await Promise.all([failuresOf(), store.close()]);
  await endOfTurn();
});
