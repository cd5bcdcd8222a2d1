// The tables, as migrations that are never edited once released. `user_version` counts those applied, and
// each is one transaction, so a kill in the middle leaves the version before. Only the owner migrates.

import type { DatabaseSync } from 'node:sqlite';
import { damagedStore, fault } from './fault.ts';

/** Exported for tests that make a file of an earlier version. */
export const migrations: readonly string[] = [
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

  `-- lane NULL: none. batch: number of the delivery at the head of the request that it shares; is_alone: in none any more.
   ALTER TABLE deliveries ADD COLUMN lane TEXT;
   ALTER TABLE deliveries ADD COLUMN place TEXT NOT NULL DEFAULT 'free';
   ALTER TABLE deliveries ADD COLUMN failed_at INTEGER;
   ALTER TABLE deliveries ADD COLUMN is_fallback INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE deliveries ADD COLUMN batch INTEGER;
   ALTER TABLE deliveries ADD COLUMN is_alone INTEGER NOT NULL DEFAULT 0;
   DROP INDEX deliveries_by_due;
   -- What may go out next: first attempts and further ones apart, since they do not get the same slots.
   CREATE INDEX deliveries_first ON deliveries (endpoint_id, due_at)
     WHERE state = 'pending' AND attempts = 0 AND place <> 'behind';
   CREATE INDEX deliveries_again ON deliveries (endpoint_id, due_at)
     WHERE state = 'pending' AND attempts > 0 AND place <> 'behind';
   CREATE INDEX deliveries_head ON deliveries (endpoint_id, lane) WHERE state = 'pending' AND place = 'head';
   CREATE INDEX deliveries_behind ON deliveries (endpoint_id, lane, number)
     WHERE state = 'pending' AND place = 'behind' AND batch IS NULL;
   CREATE INDEX deliveries_batch ON deliveries (batch) WHERE batch IS NOT NULL;
   -- For people, and for what is given up: oldest and newest first.
   -- With the state, so that SQLite prefers it to deliveries_by_endpoint.
   CREATE INDEX deliveries_pending ON deliveries (endpoint_id, state) WHERE state = 'pending';
   CREATE INDEX deliveries_dead ON deliveries (number) WHERE state = 'dead';
   CREATE INDEX deliveries_skipped ON deliveries (number) WHERE state = 'skipped';
   CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id);

   -- condition: condition-record.ts. lanes: by which rule the pending deliveries stand in lanes; NULL is 'none'.
   ALTER TABLE endpoints ADD COLUMN condition TEXT NOT NULL DEFAULT '{}';
   UPDATE endpoints SET condition =
     json_object('disabled', json_object('since', disabled_at, 'reason', coalesce(disabled_reason, '')))
     WHERE disabled_at IS NOT NULL;
   ALTER TABLE endpoints DROP COLUMN disabled_at;
   ALTER TABLE endpoints DROP COLUMN disabled_reason;
   ALTER TABLE endpoints ADD COLUMN lanes TEXT;
   ALTER TABLE endpoints ADD COLUMN batch_count INTEGER;
   ALTER TABLE endpoints ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE endpoints ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE endpoints ADD COLUMN done INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE endpoints ADD COLUMN dead INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE endpoints ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
   UPDATE endpoints SET (pending, withheld, done, dead) =
     (SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'withheld'),
        count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'dead')
      FROM deliveries WHERE endpoint_id = id);
   -- The counts are kept here, whoever changes a delivery: to count 600,000 rows takes longer than a scrape may.
   CREATE TRIGGER deliveries_added AFTER INSERT ON deliveries BEGIN
     UPDATE endpoints SET last_sequence = max(last_sequence, NEW.sequence),
       pending = pending + (NEW.state = 'pending'), withheld = withheld + (NEW.state = 'withheld'),
       done = done + (NEW.state = 'done'), dead = dead + (NEW.state = 'dead'),
       skipped = skipped + (NEW.state = 'skipped') WHERE id = NEW.endpoint_id;
   END;
   CREATE TRIGGER deliveries_changed AFTER UPDATE OF state ON deliveries WHEN NEW.state <> OLD.state BEGIN
     UPDATE endpoints SET last_sequence = max(last_sequence, NEW.sequence),
       pending = pending + (NEW.state = 'pending') - (OLD.state = 'pending'),
       withheld = withheld + (NEW.state = 'withheld') - (OLD.state = 'withheld'),
       done = done + (NEW.state = 'done') - (OLD.state = 'done'),
       dead = dead + (NEW.state = 'dead') - (OLD.state = 'dead'),
       skipped = skipped + (NEW.state = 'skipped') - (OLD.state = 'skipped') WHERE id = NEW.endpoint_id;
   END;
   CREATE TRIGGER deliveries_removed AFTER DELETE ON deliveries BEGIN
     UPDATE endpoints SET pending = pending - (OLD.state = 'pending'),
       withheld = withheld - (OLD.state = 'withheld'), done = done - (OLD.state = 'done'),
       dead = dead - (OLD.state = 'dead'), skipped = skipped - (OLD.state = 'skipped') WHERE id = OLD.endpoint_id;
   END;`,
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
