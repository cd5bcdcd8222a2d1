// One connection to the store's file: how it is opened, with which guarantees, and how it is read. Writing
// is the committer's. The only file, with lock.ts and its callees, that handles node:sqlite itself.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { blockingMs, untilFree } from './busy.ts';
import { fault, storeFault } from './fault.ts';
import { fileIdentity, makePrivateFile } from './file.ts';
import { quickCheck, requireSafeSqlite } from './integrity.ts';
import { type Lock, takeLock } from './lock.ts';
import { migrate, requireCurrent } from './schema.ts';

/** A prepared statement. The tables are STRICT, so a row has the types of its columns. */
export interface Query<Row> {
  get(...values: readonly SQLInputValue[]): Row | undefined;
  all(...values: readonly SQLInputValue[]): Row[];
  /** How many rows changed. */
  run(...values: readonly SQLInputValue[]): number;
}

export interface DatabaseOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** True: make, lock, check and migrate the file. False: use it beside its owner. */
  readonly exclusive: boolean;
}

export class Database {
  readonly path: string;
  readonly sql: DatabaseSync;
  readonly #clock: Clock;
  readonly #lock: Lock | undefined;
  readonly #identity: string | undefined;

  constructor(path: string, clock: Clock, lock: Lock | undefined) {
    this.path = path;
    this.#clock = clock;
    this.#lock = lock;
    this.sql = new DatabaseSync(path, { timeout: blockingMs });
    this.#identity = fileIdentity(path);
  }

  query<Row = never>(text: string): Query<Row> {
    const statement = this.sql.prepare(text);
    return {
      get: (...values) => statement.get(...values) as Row | undefined,
      all: (...values) => statement.all(...values) as Row[],
      run: (...values) => Number(statement.run(...values).changes),
    };
  }

  /** Reads now; throws a StoreError, `store-busy` among them. */
  look<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw storeFault(this.path, error);
    }
  }

  /** Reads, waiting for another process that holds the file. */
  read<T>(act: () => T): Promise<T> {
    return untilFree(this.#clock, () => this.look(act));
  }

  /**
   * `read` for what a busy moment reads many times: all of one turn of the event loop see the file as it was at the
   * first, because to lock and unlock it for each costs more than the look-up. A write ends the turn's view early.
   */
  readInTurn<T>(act: () => T): Promise<T> {
    return this.read(() => {
      if (!this.sql.isTransaction) this.#beginView();
      return act();
    });
  }

  #beginView(): void {
    this.sql.exec('BEGIN');
    setImmediate(() => this.endView());
  }

  /** Before anything that wants a transaction of its own. */
  endView(): void {
    if (this.sql.isOpen && this.sql.isTransaction) this.sql.exec('COMMIT');
  }

  /** Throws when the file was removed or replaced under us: what is written now would be gone at the next start. */
  requireSameFile(): void {
    if (fileIdentity(this.path) !== this.#identity) {
      throw fault('store-failed', this.path, 'it was removed or replaced while in use: restart feedhook');
    }
  }

  /** Also releases the lock. */
  close(): void {
    this.sql.close();
    this.#lock?.release();
  }
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { path, clock, exclusive } = options;
  if (exclusive) makePrivateFile(path);
  else if (fileIdentity(path) === undefined)
    throw fault('store-failed', path, 'there is none yet: start feedhook once');
  const lock = exclusive ? takeLock(path) : undefined;
  try {
    return await untilFree(clock, () => openFile(options, lock));
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function openFile({ path, clock, log, exclusive }: DatabaseOptions, lock: Lock | undefined): Database {
  let database: Database | undefined;
  try {
    database = new Database(path, clock, lock);
    const { sql } = database;
    requireSafeSqlite(path, String(sql.prepare('SELECT sqlite_version() AS version').get()?.version));
    useWal(sql, path);
    if (exclusive) quickCheck(sql, path, clock, log);
    if (exclusive) migrate(sql, path);
    else requireCurrent(sql, path);
    return database;
  } catch (error) {
    database?.sql.close();
    throw storeFault(path, error);
  }
}

function useWal(sql: DatabaseSync, path: string): void {
  const mode = sql.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal') throw fault('store-failed', path, 'its file system cannot do WAL: use a local disk');
  // FULL syncs the WAL at each commit: what is said to be stored survives a power cut.
  // https://www.sqlite.org/pragma.html#pragma_synchronous
  sql.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000');
  // 32 MB of WAL between checkpoints instead of 4: a busy daemon writes each page of the states once for many changes.
  sql.exec('PRAGMA wal_autocheckpoint = 8000');
}
