// The rows of the lanes: when each is due and until when it is held. The writing functions are for the committer.

import type { Database, Query } from './database.ts';

interface LaneRow {
  readonly id: string;
  readonly due_at: number | null;
  readonly held_until: number | null;
}

export class LaneTable {
  readonly #all: Query<LaneRow>;
  readonly #setDue: Query<never>;
  readonly #setRest: Query<never>;
  readonly #delete: Query<never>;

  constructor(database: Database) {
    this.#all = database.query('SELECT * FROM lanes');
    this.#setDue = database.query(
      'INSERT INTO lanes VALUES (?, ?, NULL) ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at',
    );
    this.#setRest = database.query(
      `INSERT INTO lanes VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, held_until = excluded.held_until`,
    );
    this.#delete = database.query('DELETE FROM lanes WHERE id = ?');
  }

  all(): { id: string; dueAt: number; heldUntil: number }[] {
    return this.#all.all().map(({ id, due_at, held_until }) => ({
      id,
      dueAt: due_at ?? Number.POSITIVE_INFINITY,
      heldUntil: held_until ?? 0,
    }));
  }

  /** Keeps a hold as it is. */
  setDue(id: string, dueAt: number): void {
    this.#setDue.run(id, toColumn(dueAt));
  }

  setRest(id: string, dueAt: number, heldUntil: number): void {
    this.#setRest.run(id, toColumn(dueAt), toColumn(heldUntil));
  }

  /** Forgets the lane, or all of it but a hold that still lasts. */
  retire(id: string, heldUntil: number, now: number): void {
    if (heldUntil > now) this.#setRest.run(id, null, toColumn(heldUntil));
    else this.#delete.run(id);
  }
}

/** Whole milliseconds, never early; `null` for never. */
const toColumn = (at: number) => (Number.isFinite(at) ? Math.ceil(at) : null);
