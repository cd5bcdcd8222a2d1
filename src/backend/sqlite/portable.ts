// The Portable port: page by page, so that a big store needs no more memory than a small one. What the rows mean is
// portable-rows.ts; the counts of the endpoints follow by the triggers.

import type { PortableKind, PortableRecord, StoreMark } from '../../model/portable.ts';
import type { Portable } from '../../ports.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import { damagedStore } from './fault.ts';
import { type Carried, carried, type DeliveryPageRow } from './portable-rows.ts';

/** Rows read at a time; of memories, which may be long, fewer. */
const together = { event: 500, endpoint: 500, delivery: 500, memory: 50, state: 500, hold: 500 };
const addedTogether = 500;

const emptied = ['attempts', 'deliveries', 'endpoints', 'events', 'memory', 'requests', 'state', 'lanes'];

export class SqlitePortable implements Portable {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #attempts: Query<{ readonly delivery: number; readonly record: string }>;
  readonly #addAttempt: Query<never>;
  readonly #inserts = new Map<PortableKind, Query<never>>();

  constructor(database: Database, committer: Committer) {
    this.#database = database;
    this.#committer = committer;
    this.#attempts = database.query(
      'SELECT delivery, record FROM attempts WHERE delivery BETWEEN ? AND ? ORDER BY delivery, number',
    );
    this.#addAttempt = database.query('INSERT INTO attempts VALUES (NULL, ?, ?)');
  }

  get name(): string {
    return this.#database.path;
  }

  async generation(): Promise<string> {
    const generation = await this.#meta('generation');
    if (generation === undefined) throw damagedStore(this.#database.path, 'its generation marker is gone');
    return generation;
  }

  async mark(): Promise<StoreMark | undefined> {
    const text = await this.#meta('mark');
    return text === undefined ? undefined : JSON.parse(text);
  }

  async setMark(mark: StoreMark | undefined): Promise<void> {
    await this.#committer.commit(() => {
      if (mark)
        this.#database.query('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('mark', JSON.stringify(mark));
      else this.#database.query('DELETE FROM meta WHERE key = ?').run('mark');
    });
  }

  async count(kind: PortableKind): Promise<number> {
    const query = this.#database.query<{ count: number }>(
      `SELECT count(*) AS count FROM ${carried[kind].table}`,
    );
    return (await this.#database.read(() => query.get()))?.count ?? 0;
  }

  async *records(kind: PortableKind, now: number): AsyncGenerator<readonly PortableRecord[]> {
    const { page, start, placeOf, toRecord } = carried[kind];
    const query = this.#database.query<{ readonly number: number }>(page);
    for (let after = start; ; ) {
      const from = after;
      const { rows, logs } = await this.#database.read(() => {
        const found = query.all(from, together[kind]);
        return { rows: found, logs: kind === 'delivery' ? this.#logsOf(found) : new Map<number, string[]>() };
      });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows
        .map((row) => toRecord(row, logs.get(row.number) ?? []))
        .filter((record) => record.kind !== 'hold' || record.heldUntil > now);
      after = placeOf(last);
      // Nothing here waits for anything: without it the connections of the other store would see no sign of life.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async add(records: readonly PortableRecord[]): Promise<void> {
    await this.#committer.commitEach(records, addedTogether, (some) => {
      for (const record of some) this.#addOne(record);
    });
  }

  async clear(): Promise<void> {
    for (const table of emptied) {
      await this.#committer.commit(() => this.#database.sql.exec(`DELETE FROM ${table}`));
    }
  }

  /** Each commit is synced. */
  async settle(): Promise<void> {}

  #addOne(record: PortableRecord): void {
    const { toRow } = carried[record.kind] as Carried;
    this.#insertOf(record.kind).run(...toRow(record));
    if (record.kind !== 'delivery') return;
    for (const attempt of record.log) this.#addAttempt.run(record.number, attempt);
  }

  #insertOf(kind: PortableKind): Query<never> {
    const known = this.#inserts.get(kind) ?? this.#database.query(carried[kind].insert);
    this.#inserts.set(kind, known);
    return known;
  }

  #logsOf(rows: readonly Pick<DeliveryPageRow, 'number'>[]): Map<number, string[]> {
    const first = rows[0]?.number ?? 0;
    const logs = new Map<number, string[]>();
    for (const { delivery, record } of this.#attempts.all(first, rows.at(-1)?.number ?? first)) {
      logs.set(delivery, [...(logs.get(delivery) ?? []), record]);
    }
    return logs;
  }

  async #meta(key: string): Promise<string | undefined> {
    const query = this.#database.query<{ value: string }>('SELECT value FROM meta WHERE key = ?');
    return (await this.#database.read(() => query.get(key)))?.value;
  }
}
