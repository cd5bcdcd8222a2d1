// However many deliveries there are, what is asked for often is found by an index.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase, type Query } from '../../../src/backend/sqlite/database.ts';
import { conditionsOf } from '../../../src/backend/sqlite/delivery-filter.ts';
import { assemble } from '../../../src/backend/sqlite/open.ts';
import { silentLog } from '../../../src/log.ts';
import type { Backend, DeliveryFilter } from '../../../src/ports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary.ts';

let folder: TemporaryFolder;
let database: Database;
let backend: Backend;
let prepared: string[];
beforeEach(async () => {
  folder = await temporaryFolder();
  const clock = new FakeClock();
  const path = folder.file('a.db');
  database = await openDatabase({ path, clock, log: silentLog, exclusive: true });
  prepared = [];
  const query = database.query.bind(database);
  database.query = <Row>(text: string): Query<Row> => {
    prepared.push(text);
    return query<Row>(text);
  };
  backend = assemble(database, clock, silentLog);
});
afterEach(async () => {
  await backend.close();
  await folder[Symbol.asyncDispose]();
});

const planOfQuery = (text: string) =>
  database.sql
    .prepare(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map(({ detail }) => String(detail));

test('no query of the backend reads all deliveries, events or attempts', () => {
  expect(prepared.length).toBeGreaterThan(40);
  for (const text of prepared.filter((each) => !each.startsWith('PRAGMA'))) {
    const scans = planOfQuery(text).filter((detail) => /^SCAN (deliveries|events|attempts)/.test(detail));
    expect([text, scans]).toEqual([text, []]);
  }
});

test('no query of the backend sorts what it found', () => {
  const sorted = prepared.filter(
    (text) =>
      !text.startsWith('PRAGMA') && planOfQuery(text).some((detail) => detail.includes('TEMP B-TREE')),
  );
  expect(sorted).toEqual([]);
});

test.each([
  ['due for the first time', 'due_at <= ? ORDER BY due_at', 'deliveries_first (endpoint_id=? AND due_at<?)'],
  [
    'due again',
    'SELECT * FROM deliveries INDEXED BY deliveries_again',
    'deliveries_again (endpoint_id=? AND due_at<?)',
  ],
  ['the next to be due', 'SELECT due_at', 'deliveries_first (endpoint_id=? AND due_at>?)'],
  ['the head of a lane', "place = 'head' LIMIT", 'deliveries_head (endpoint_id=? AND lane=?)'],
  ['the next of a lane', 'batch IS NULL ORDER BY number', 'deliveries_behind (endpoint_id=? AND lane=?)'],
  ['the members of a batch', 'SELECT * FROM deliveries WHERE batch', 'deliveries_batch (batch=?)'],
  ['the probe', 'due_at <= ? ORDER BY number', 'deliveries_pending (endpoint_id=? AND state=?)'],
  [
    'what to give up',
    "state = 'pending' AND number > ?",
    'deliveries_pending (endpoint_id=? AND state=? AND rowid>?)',
  ],
])('%s is found by its index', (_, part, index) => {
  const text = prepared.map((each) => each.replaceAll(/\s+/g, ' ')).find((each) => each.includes(part)) ?? '';
  expect(planOfQuery(text)[0]).toBe(`SEARCH deliveries USING INDEX ${index}`);
});

describe('a list', () => {
  const of: readonly (readonly [DeliveryFilter, string])[] = [
    [
      { id: 'evt_1.app' },
      'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (event_id=? AND endpoint_id=?)',
    ],
    [{ eventId: 'evt_1' }, 'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (event_id=?)'],
    [{ endpointId: 'app' }, 'SEARCH deliveries USING INDEX deliveries_by_endpoint (endpoint_id=?)'],
    [
      { endpointId: 'app', state: 'done' },
      'SEARCH deliveries USING INDEX deliveries_by_endpoint (endpoint_id=?)',
    ],
    [
      { endpointId: 'app', state: 'pending' },
      'SEARCH deliveries USING INDEX deliveries_pending (endpoint_id=? AND state=?)',
    ],
    [{ endpointId: 'app', state: 'dead' }, 'SCAN deliveries USING INDEX deliveries_dead'],
    [{ state: 'dead' }, 'SCAN deliveries USING INDEX deliveries_dead'],
    [{ state: 'withheld' }, 'SCAN deliveries USING INDEX deliveries_withheld'],
    [{ state: 'skipped' }, 'SCAN deliveries USING INDEX deliveries_skipped'],
    [{ endpointId: 'app', state: 'skipped' }, 'SCAN deliveries USING INDEX deliveries_skipped'],
    // By number, newest first, until there are enough.
    [{}, 'SCAN deliveries'],
  ];

  test.each(of)('of %j', (filter, plan) => {
    const text = `SELECT * FROM deliveries ${conditionsOf(filter).where} ORDER BY number DESC LIMIT 9`;
    expect(planOfQuery(text)[0]).toBe(plan);
  });
});
