// A big store must not hold up the start: it is checked table by table, within a time.

import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { quickCheck } from '../../../src/backend/sqlite/integrity.ts';
import type { Clock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** A clock on which every look at it takes a second. */
function slowClock(): Clock {
  let now = 0;
  return {
    now: () => {
      now += 1_000;
      return now;
    },
    startTimer: () => ({ cancel() {} }),
  };
}

test('above 64 MB no further table is begun after two seconds, and the log names those left out', async () => {
  await using folder = await temporaryFolder();
  const path = folder.file('big.db');
  const sql = new DatabaseSync(path);
  // As in a file that an older version left, the others are not there yet.
  for (const table of ['memory', 'state', 'meta', 'lanes']) sql.exec(`CREATE TABLE ${table} (x)`);
  sql.exec('CREATE TABLE ballast AS SELECT zeroblob(65 * 1024 * 1024) AS x');
  const lines: object[] = [];
  quickCheck(sql, path, slowClock(), { ...silentLog, info: (fields) => lines.push(fields) });
  expect(lines).toEqual([{ unchecked: ['meta', 'lanes'] }]);
  sql.close();
});

test('every table of the schema is on the list of the check', async () => {
  await using store = await openSqliteStore();
  const sql = new DatabaseSync(store.path);
  const tables = sql.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
  sql.close();
  expect(tables.map(({ name }) => name)).toEqual([
    'attempts',
    'deliveries',
    'endpoints',
    'events',
    'lanes',
    'memory',
    'meta',
    'requests',
    'state',
  ]);
});
