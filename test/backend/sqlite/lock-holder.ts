// A child process for the tests. `store PATH` owns a store until it is killed; `write-lock PATH` holds SQLite's
// write lock, as another program would, until its standard input ends. Both say "ready" first.

import { DatabaseSync } from 'node:sqlite';
import { openBackend } from '../../../src/backend/open.ts';
import { systemClock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';

const [, , what, path = ''] = process.argv;

if (what === 'store') {
  await openBackend({ store: { kind: 'sqlite', path }, clock: systemClock, log: silentLog, exclusive: true });
} else {
  const sql = new DatabaseSync(path);
  sql.exec('BEGIN IMMEDIATE');
  process.stdin.on('end', () => sql.close());
}
process.stdin.resume();
process.stdout.write('ready\n');
