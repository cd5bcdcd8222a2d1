// Keyv on one table of the file: texts under keys, written through the committer. Has no expiry and no
// iteration, since nothing here ever ends by itself.

import { Keyv, type KeyvStoreAdapter } from 'keyv';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import { damagedStore } from './fault.ts';

/** Where the texts are. */
export interface KeyvTable {
  readonly name: 'state' | 'memory';
  /** SQL for what is read of a row; its column `record` if absent. */
  readonly text?: string;
  /** Done in the same transaction after a text was set. */
  readonly afterSet?: (key: string) => void;
}

/** A Keyv of texts that rejects when the store did not do what it was asked. */
export function openKeyv(database: Database, committer: Committer, table: KeyvTable): Keyv<string> {
  return new Keyv<string>({
    store: new TableAdapter(database, committer, table),
    useKeyPrefix: false,
    // By default Keyv answers a failed read with "undefined" and a failed write with "true".
    throwOnErrors: true,
    emitErrors: false,
    // Our records are texts already, and whoever reads one knows whose it is and can name it in a fault.
    serialize: ({ value }) => String(value),
    deserialize: <Value>(text: string) => ({ value: text as Value }),
  });
}

interface Row {
  readonly record: unknown;
}

class TableAdapter implements KeyvStoreAdapter {
  readonly opts = {};
  /** Set by Keyv, not used: each table has one kind of key. */
  namespace?: string;
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #select: Query<Row>;
  readonly #upsert: Query<never>;
  readonly #delete: Query<never>;
  readonly #clear: Query<never>;
  readonly #afterSet: KeyvTable['afterSet'];

  constructor(database: Database, committer: Committer, { name, text = 'record', afterSet }: KeyvTable) {
    this.#database = database;
    this.#committer = committer;
    this.#select = database.query<Row>(`SELECT ${text} AS record FROM ${name} WHERE key = ?`);
    this.#upsert = database.query(
      `INSERT INTO ${name} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET record = excluded.record`,
    );
    this.#delete = database.query(`DELETE FROM ${name} WHERE key = ?`);
    this.#clear = database.query(`DELETE FROM ${name}`);
    this.#afterSet = afterSet;
  }

  get<Value>(key: string): Promise<Value | undefined> {
    return this.#database.readInTurn(() => this.#read<Value>(key));
  }

  // Without it Keyv would ask one by one and turn a failed read into "undefined".
  getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    return this.#database.readInTurn(() => keys.map((key) => this.#read<Value>(key)));
  }

  async set(key: string, record: string): Promise<boolean> {
    await this.#committer.commit(() => {
      this.#upsert.run(key, record);
      this.#afterSet?.(key);
    });
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.#committer.commit(() => this.#delete.run(key) > 0);
  }

  async clear(): Promise<void> {
    await this.#committer.commit(() => this.#clear.run());
  }

  on(): this {
    return this;
  }

  #read<Value>(key: string): Value | undefined {
    const row = this.#select.get(key);
    // Keyv would look for a value inside anything that is no text, and find "undefined".
    if (row && typeof row.record !== 'string') {
      throw damagedStore(this.#database.path, `the record of ${key} is no text`);
    }
    return row?.record as Value | undefined;
  }
}
