// Whether this SQLite and this file can be trusted, asked once at start. Does not mend anything.

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { damagedStore, fault } from './fault.ts';
import { fileBytes } from './file.ts';

// Before this version, two connections could reset the WAL at the same moment and lose pages of it.
// https://www.sqlite.org/wal.html#walresetbug
const safeVersion = [3, 51, 3];

export function requireSafeSqlite(path: string, version: string): void {
  const numbers = version.split('.').map(Number);
  const differing = safeVersion.findIndex((least, place) => numbers[place] !== least);
  const isSafe = differing === -1 || (numbers[differing] ?? 0) > (safeVersion[differing] ?? 0);
  if (!isSafe) {
    const least = safeVersion.join('.');
    throw fault(
      'store-unsafe',
      path,
      `SQLite ${version} can damage it, ${least} or later is needed: update Node.js`,
    );
  }
}

/** Up to this size the whole file is checked at once (about 0.1 s). */
const wholeBytes = 64 * 1024 * 1024;
/** A bigger file is checked table by table, the truth first, and no further table is begun after this long. */
const budgetMs = 2_000;
const tables = [
  'memory',
  'state',
  'requests',
  'meta',
  'lanes',
  'endpoints',
  'deliveries',
  'events',
  'attempts',
];

/** Throws `store-corrupt`, with what to do about it, when SQLite finds a damaged page. */
export function quickCheck(sql: DatabaseSync, path: string, clock: Clock, log: Log): void {
  if (fileBytes(path) <= wholeBytes) {
    check(sql, path, 'PRAGMA quick_check(1)');
    return;
  }
  const since = clock.now();
  // An older file lacks the tables that its migration is about to add.
  const present = tables.filter((name) =>
    sql.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name),
  );
  for (const [place, table] of present.entries()) {
    if (clock.now() - since > budgetMs) {
      log.info({ unchecked: present.slice(place) }, 'store-check-cut');
      return;
    }
    check(sql, path, `PRAGMA quick_check(${table})`);
  }
}

function check(sql: DatabaseSync, path: string, pragma: string): void {
  const finding = Object.values(sql.prepare(pragma).get() ?? {})[0];
  // SQLite writes one finding over several lines; ours is one line.
  if (finding !== 'ok') throw damagedStore(path, String(finding).split('\n').join(', '));
}
