// The tables behind deliveries, in the words of the model. Decides no order and no time of its own; the
// writing functions are for the committer, the others only read.

import type {
  Attempt,
  AttemptResult,
  DeadReason,
  Delivery,
  DeliveryState,
  NewDelivery,
} from '../../model/delivery.ts';
import type { EndpointSlots } from '../../ports.ts';
import type { Database, Query } from './database.ts';

/** Attempts kept of one delivery; replays by hand could otherwise grow its log for ever. */
export const keptAttempts = 50;

export interface DeliveryRow {
  readonly number: number;
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly feed_id: string;
  readonly state: DeliveryState;
  readonly reason: DeadReason | null;
  readonly attempts: number;
  readonly due_at: number;
  readonly added_at: number;
  readonly changed_at: number;
  readonly sequence: number;
  readonly is_replay: number;
}

export class DeliveryTable {
  readonly #addEndpoint: Query<never>;
  readonly #setTarget: Query<never>;
  readonly #disable: Query<never>;
  readonly #enable: Query<never>;
  readonly #disabled: Query<{ readonly id: string }>;
  readonly #insert: Query<never>;
  readonly #count: Query<never>;
  readonly #due: Query<DeliveryRow>;
  readonly #nextDue: Query<{ readonly due_at: number }>;
  readonly #finish: Query<never>;
  readonly #rebase: Query<never>;
  readonly #addAttempt: Query<never>;
  readonly #dropAttempts: Query<never>;

  constructor(database: Database) {
    const waiting = `FROM deliveries WHERE endpoint_id = ? AND state = 'pending'`;
    this.#addEndpoint = database.query('INSERT INTO endpoints (id) VALUES (?) ON CONFLICT (id) DO NOTHING');
    this.#setTarget = database.query(
      `UPDATE endpoints SET target = ?2, disabled_at = NULL, disabled_reason = NULL
       WHERE id = ?1 AND target IS NOT ?2`,
    );
    this.#disable = database.query(
      `UPDATE endpoints SET disabled_at = ?, disabled_reason = ?
       WHERE id = ? AND target IS ? AND disabled_at IS NULL`,
    );
    this.#enable = database.query(
      'UPDATE endpoints SET disabled_at = NULL, disabled_reason = NULL WHERE id = ? AND disabled_at IS NOT NULL',
    );
    this.#disabled = database.query('SELECT id FROM endpoints WHERE disabled_at IS NOT NULL');
    this.#insert = database.query(
      `INSERT INTO deliveries
       SELECT NULL, ?1, ?2, ?3, ?5, NULL, 0, ?4, ?4, ?4, last_sequence + 1, 0
       FROM endpoints WHERE id = ?2 ON CONFLICT (event_id, endpoint_id) DO NOTHING`,
    );
    this.#count = database.query('UPDATE endpoints SET last_sequence = last_sequence + 1 WHERE id = ?');
    this.#due = database.query(
      `SELECT * ${waiting} AND due_at <= ? ORDER BY due_at, added_at, number LIMIT ?`,
    );
    this.#nextDue = database.query(`SELECT due_at ${waiting} AND due_at > ? ORDER BY due_at LIMIT 1`);
    this.#finish = database.query(
      `UPDATE deliveries SET state = ?, reason = ?, due_at = coalesce(?, due_at), attempts = attempts + ?,
       changed_at = ? WHERE number = ?`,
    );
    this.#rebase = database.query(
      `UPDATE deliveries SET due_at = ?1 + due_at - changed_at, changed_at = ?1 WHERE number IN
       (SELECT number FROM deliveries WHERE endpoint_id IN (SELECT id FROM endpoints) AND state = 'pending'
        AND due_at > ?1 AND changed_at > ?1 LIMIT ?2)`,
    );
    this.#addAttempt = database.query('INSERT INTO attempts VALUES (NULL, ?, ?)');
    this.#dropAttempts = database.query(
      `DELETE FROM attempts WHERE number IN
       (SELECT number FROM attempts WHERE delivery = ? ORDER BY number DESC LIMIT -1 OFFSET ${keptAttempts})`,
    );
  }

  /** Leaves a delivery that exists as it is. */
  add({ eventId, endpointId, feedId, isWithheld }: NewDelivery, now: number): void {
    const state: DeliveryState = isWithheld ? 'withheld' : 'pending';
    this.#addEndpoint.run(endpointId);
    const added = this.#insert.run(eventId, endpointId, feedId, now, state);
    if (added > 0) this.#count.run(endpointId);
  }

  /** Makes the endpoint exist; another target enables it. */
  configure({ id, target }: EndpointSlots): void {
    this.#addEndpoint.run(id);
    this.#setTarget.run(id, target);
  }

  enable(endpointId: string): boolean {
    return this.#enable.run(endpointId) > 0;
  }

  disabledEndpoints(): Set<string> {
    return new Set(this.#disabled.all().map(({ id }) => id));
  }

  /** The pending deliveries that are due, those that wait longest first. */
  due(endpointId: string, now: number, limit: number): DeliveryRow[] {
    return this.#due.all(endpointId, now, limit);
  }

  /** When the first that is not due yet will be. */
  nextDueAt(endpointId: string, now: number): number {
    return this.#nextDue.get(endpointId, now)?.due_at ?? Number.POSITIVE_INFINITY;
  }

  /**
   * After the clock was set back: pending deliveries that were last changed in its future keep their wait,
   * counted from now. At most `limit`; returns how many.
   */
  rebase(now: number, limit: number): number {
    return this.#rebase.run(now, limit);
  }

  /**
   * What an attempt changed, for one transaction: the delivery, its log and, when it disables, the endpoint, unless
   * that has another target by now than the attempt had.
   */
  record(
    { number, endpoint_id }: DeliveryRow,
    target: string,
    { attempt, verdict }: AttemptResult,
    now: number,
  ): void {
    const made = attempt ? 1 : 0;
    if (attempt) this.#logAttempt(number, attempt);
    switch (verdict.kind) {
      case 'done':
        this.#finish.run('done', null, null, made, now, number);
        break;
      case 'dead':
        this.#finish.run('dead', verdict.reason, null, made, now, number);
        break;
      case 'retry':
      case 'postpone':
        this.#finish.run('pending', null, Math.ceil(verdict.at), made, now, number);
        break;
      case 'disableEndpoint':
        this.#finish.run('pending', null, null, made, now, number);
        this.#disable.run(now, verdict.reason, endpoint_id, target);
        break;
    }
  }

  #logAttempt(delivery: number, attempt: Attempt): void {
    this.#addAttempt.run(delivery, JSON.stringify(attempt));
    this.#dropAttempts.run(delivery);
  }
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: `${row.event_id}.${row.endpoint_id}`,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    feedId: row.feed_id,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    attempts: row.attempts,
    dueAt: row.due_at,
    addedAt: row.added_at,
    changedAt: row.changed_at,
    sequence: row.sequence,
    isReplay: row.is_replay !== 0,
  };
}
