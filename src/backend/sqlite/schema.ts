// The tables, as migrations that are never edited once released. `user_version` counts those applied, and
// each is one transaction, so a kill in the middle leaves the version before. Only the owner migrates.

import type { DatabaseSync } from 'node:sqlite';
import { damagedStore, fault } from './fault.ts';

const migrations = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   -- Random and written once: a store that answers "absent" proves with it that it is the one that was filled.
   INSERT INTO meta VALUES ('generation', lower(hex(randomblob(16))));

   CREATE TABLE state (key TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;

   CREATE TABLE memory (key TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
   -- emptyOutboxPrefix of memory-record.ts: finds the few feeds with an outbox among 100,000.
   CREATE INDEX memory_with_outbox ON memory (key) WHERE substr(record, 1, 12) <> '{"outbox":[]';

   CREATE TABLE events (
     number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, feed_id TEXT NOT NULL,
     entry_key TEXT, sequence INTEGER, detected_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
   CREATE INDEX events_by_age ON events (detected_at);

   -- due_at NULL: rests until it is woken.
   CREATE TABLE lanes (id TEXT PRIMARY KEY, due_at INTEGER, held_until INTEGER) STRICT, WITHOUT ROWID;

   CREATE TABLE endpoints (
     id TEXT PRIMARY KEY, target TEXT, disabled_at INTEGER, disabled_reason TEXT,
     last_sequence INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

   CREATE TABLE deliveries (
     number INTEGER PRIMARY KEY, event_id TEXT NOT NULL, endpoint_id TEXT NOT NULL, feed_id TEXT NOT NULL,
     state TEXT NOT NULL, reason TEXT, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
     added_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, sequence INTEGER NOT NULL,
     is_replay INTEGER NOT NULL, UNIQUE (event_id, endpoint_id)) STRICT;
   CREATE INDEX deliveries_by_due ON deliveries (endpoint_id, state, due_at, added_at);

   CREATE TABLE attempts (number INTEGER PRIMARY KEY, delivery INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
   CREATE INDEX attempts_by_delivery ON attempts (delivery);`,

  `-- A row as long as a request is under way, or was when the process ended: all fit into a page or two, while
   -- the states that they belong to are spread over as many pages as there are requests.
   CREATE TABLE requests (key TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT, WITHOUT ROWID;`,

  `ALTER TABLE events ADD COLUMN is_withheld INTEGER NOT NULL DEFAULT 0;
   -- Finds the few deliveries that wait for the operator among all that are kept.
   CREATE INDEX deliveries_withheld ON deliveries (number) WHERE state = 'withheld';`,
];

/** Brings the file to this version's tables, or refuses it: newer, damaged, or not ours. */
export function migrate(sql: DatabaseSync, path: string): void {
  refuseForeign(sql, path);
  for (const [place, migration] of migrations.entries()) {
    if (place < versionOf(sql)) continue;
    sql.exec(`BEGIN IMMEDIATE; ${migration} PRAGMA user_version = ${place + 1}; COMMIT`);
  }
  requireMarker(sql, path);
}

/** For a process beside the owner: uses the tables of this version, changes nothing. */
export function requireCurrent(sql: DatabaseSync, path: string): void {
  refuseForeign(sql, path);
  if (versionOf(sql) < migrations.length) {
    throw fault('store-failed', path, 'it was written by an older feedhook: start this version once');
  }
  requireMarker(sql, path);
}

/** Throws when the file belongs to a later feedhook or to another program. */
function refuseForeign(sql: DatabaseSync, path: string): void {
  const version = versionOf(sql);
  if (version > migrations.length) {
    throw fault(
      'store-newer',
      path,
      'it was written by a newer feedhook: run that version, or restore a backup',
    );
  }
  if (version === 0 && sql.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) {
    throw fault('store-failed', path, 'it is the SQLite file of another program: use another path');
  }
}

function requireMarker(sql: DatabaseSync, path: string): void {
  const marker = sql.prepare(`SELECT value FROM meta WHERE key = 'generation'`).get();
  if (marker === undefined) throw damagedStore(path, 'its generation marker is gone');
}

function versionOf(sql: DatabaseSync): number {
  return Number(sql.prepare('PRAGMA user_version').get()?.user_version);
}
