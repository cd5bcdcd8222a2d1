// Group commit: all writes asked for in one turn of the event loop share one transaction and one sync of the
// disk, and none resolves before its COMMIT. Writes happen in the order asked. A write is a synchronous
// function on the connection and must change nothing else, since it runs again when its neighbour fails.

import { type Clock, wait } from '../../clock.ts';
import { busyLimitMs, busyPauseMs } from './busy.ts';
import type { Database } from './database.ts';
import { busyStore, isBusy, storeFault } from './fault.ts';

/** Writes in one transaction; more wait for the next, so that the event loop gets its turn. */
const maxTogether = 1_000;
/** Turns of the event loop that a write waits for company. */
const maxTurns = 8;

interface Waiting {
  /** Does the write; what it returns tells the caller so, once the transaction is committed. */
  readonly run: () => () => void;
  readonly reject: (fault: unknown) => void;
  readonly since: number;
}

export class Committer {
  readonly #database: Database;
  readonly #clock: Clock;
  #queue: Waiting[] = [];
  #working: Promise<void> | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Resolves with what `write` returned when that is durable. */
  commit<T>(write: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = () => {
      const result = write();
      return () => resolve(result);
    };
    this.#queue.push({ run, reject, since: this.#clock.now() });
    this.#working ??= this.#work();
    return promise;
  }

  /** For long lists: one transaction for each `size` items, in order, other work in between. */
  async commitEach<T>(items: readonly T[], size: number, write: (some: readonly T[]) => void): Promise<void> {
    for (let from = 0; from < items.length; from += size) {
      await this.commit(() => write(items.slice(from, from + size)));
    }
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    do {
      await this.#gather();
      const unable = this.#together(this.#queue.splice(0, maxTogether));
      if (unable.length > 0) await this.#holdOn(unable);
    } while (this.#queue.length > 0);
    this.#working = undefined;
  }

  /** Lets the writes of a busy moment come together: until a turn of the event loop brings no further one. */
  async #gather(): Promise<void> {
    for (let turn = 0, size = -1; turn < maxTurns && this.#queue.length > size; turn++) {
      size = this.#queue.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Another process holds the file: those who waited long enough give up, the others go first next time. */
  async #holdOn(unable: readonly Waiting[]): Promise<void> {
    const now = this.#clock.now();
    const { late = [], early = [] } = Object.groupBy(unable, ({ since }) =>
      now - since >= busyLimitMs ? 'late' : 'early',
    );
    for (const each of late) each.reject(busyStore(this.#database.path));
    this.#queue = [...early, ...this.#queue];
    if (early.length > 0) await wait(this.#clock, busyPauseMs);
  }

  /** Commits all in one transaction, or, when one fails, in halves until it stands alone. Returns those held up. */
  #together(writes: readonly Waiting[]): readonly Waiting[] {
    try {
      for (const announce of this.#transaction(writes)) announce();
      return [];
    } catch (error) {
      const found = storeFault(this.#database.path, error);
      if (isBusy(found)) return writes;
      const [only, ...others] = writes;
      if (others.length === 0) {
        only?.reject(found);
        return [];
      }
      const half = writes.length >> 1;
      const unable = this.#together(writes.slice(0, half));
      if (unable.length > 0) return [...unable, ...writes.slice(half)];
      return this.#together(writes.slice(half));
    }
  }

  #transaction(writes: readonly Waiting[]): (() => void)[] {
    const { sql } = this.#database;
    this.#database.endView();
    sql.exec('BEGIN IMMEDIATE');
    try {
      const announcements = writes.map(({ run }) => run());
      sql.exec('COMMIT');
      return announcements;
    } catch (error) {
      // When the disk is full SQLite has rolled back by itself, and a ROLLBACK of ours would throw.
      if (sql.isTransaction) sql.exec('ROLLBACK');
      throw error;
    }
  }
}
