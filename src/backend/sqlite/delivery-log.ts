// The DeliveryLog port: what people see of deliveries and ask of them. Safe beside a running daemon, which
// notices the change by itself.

import type { Clock } from '../../clock.ts';
import type { Attempt, Delivery, DeliveryState, EndpointHealth } from '../../model/delivery.ts';
import type { DeliveryFilter, DeliveryLog } from '../../ports.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import { type DeliveryRow, type DeliveryTable, toDelivery } from './delivery-table.ts';
import { damagedStore } from './fault.ts';

/** Deliveries changed in one transaction, so that the daemon gets its turn during a big replay. */
const changedTogether = 1_000;

// Literals, since SQLite takes a partial index only where the query itself has its condition.
// https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
const isInState: Readonly<Record<DeliveryState, string>> = {
  pending: `state = 'pending'`,
  withheld: `state = 'withheld'`,
  done: `state = 'done'`,
  dead: `state = 'dead'`,
};

interface HealthRow {
  readonly id: string;
  readonly disabled_at: number | null;
  readonly disabled_reason: string | null;
  readonly pending: number;
  readonly withheld: number;
  readonly done: number;
  readonly dead: number;
  readonly oldest: number | null;
}

export class SqliteDeliveryLog implements DeliveryLog {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #table: DeliveryTable;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #attempts: Query<{ readonly record: string }>;
  readonly #health: Query<HealthRow>;
  readonly #replay: Query<never>;
  readonly #release: Query<never>;
  readonly #drop: Query<never>;

  /** `changed` is called after a replay, a release or an enabling. */
  constructor(
    database: Database,
    committer: Committer,
    table: DeliveryTable,
    clock: Clock,
    changed: () => void,
  ) {
    this.#database = database;
    this.#committer = committer;
    this.#table = table;
    this.#clock = clock;
    this.#changed = changed;
    this.#attempts = database.query(
      `SELECT record FROM attempts JOIN deliveries ON deliveries.number = delivery
       WHERE event_id = ? AND endpoint_id = ? ORDER BY attempts.number`,
    );
    this.#health = database.query(
      `SELECT id, disabled_at, disabled_reason, count(*) FILTER (WHERE state = 'pending') AS pending,
         count(*) FILTER (WHERE state = 'withheld') AS withheld,
         count(*) FILTER (WHERE state = 'done') AS done, count(*) FILTER (WHERE state = 'dead') AS dead,
         min(added_at) FILTER (WHERE state = 'pending') AS oldest
       FROM endpoints LEFT JOIN deliveries ON endpoint_id = id GROUP BY id ORDER BY id`,
    );
    // One that was pending anyway is only brought forward: it is no repetition.
    this.#replay = database.query(
      `UPDATE deliveries SET is_replay = CASE state WHEN 'pending' THEN is_replay ELSE 1 END,
         state = 'pending', reason = NULL, attempts = 0, due_at = ?1, changed_at = ?1
       WHERE number = ?2 AND state <> 'withheld'`,
    );
    const { withheld } = isInState;
    this.#release = database.query(
      `UPDATE deliveries SET state = 'pending', due_at = ?1, changed_at = ?1 WHERE number = ?2 AND ${withheld}`,
    );
    this.#drop = database.query(
      `UPDATE deliveries SET state = 'dead', reason = 'dropped', changed_at = ?1 WHERE number = ?2 AND ${withheld}`,
    );
  }

  async list(filter: DeliveryFilter, limit: number): Promise<Delivery[]> {
    const { where, values } = conditions(filter);
    const text = `SELECT * FROM deliveries ${where} ORDER BY number DESC LIMIT ?`;
    const rows = await this.#database.read(() =>
      this.#database.query<DeliveryRow>(text).all(...values, limit),
    );
    return rows.map(toDelivery);
  }

  async attempts(deliveryId: string): Promise<Attempt[]> {
    const [eventId, endpointId] = partsOf(deliveryId);
    const rows = await this.#database.read(() => this.#attempts.all(eventId, endpointId));
    return rows.map(({ record }) => this.#toAttempt(deliveryId, record));
  }

  replay(filter: DeliveryFilter): Promise<number> {
    return this.#change(filter, this.#replay);
  }

  release(filter: DeliveryFilter): Promise<number> {
    return this.#changeWithheld(filter, this.#release);
  }

  drop(filter: DeliveryFilter): Promise<number> {
    return this.#changeWithheld(filter, this.#drop);
  }

  async endpoints(): Promise<EndpointHealth[]> {
    return (await this.#database.read(() => this.#health.all())).map(toHealth);
  }

  async enable(endpointId: string): Promise<boolean> {
    const wasDisabled = await this.#committer.commit(() => this.#table.enable(endpointId));
    this.#changed();
    return wasDisabled;
  }

  async #changeWithheld(filter: DeliveryFilter, change: Query<never>): Promise<number> {
    const { state = 'withheld' } = filter;
    return state === 'withheld' ? this.#change({ ...filter, state }, change) : 0;
  }

  /** Changes every match that `change` still applies to when its turn comes; returns how many. */
  async #change(filter: DeliveryFilter, change: Query<never>): Promise<number> {
    const { where, values } = conditions(filter);
    const text = `SELECT number FROM deliveries ${where} ORDER BY number`;
    const matches = await this.#database.read(() =>
      this.#database.query<{ readonly number: number }>(text).all(...values),
    );
    const now = this.#clock.now();
    let changed = 0;
    for (let from = 0; from < matches.length; from += changedTogether) {
      const some = matches.slice(from, from + changedTogether);
      changed += await this.#committer.commit(() =>
        some.reduce((sum, { number }) => sum + change.run(now, number), 0),
      );
    }
    this.#changed();
    return changed;
  }

  #toAttempt(deliveryId: string, record: string): Attempt {
    try {
      return JSON.parse(record);
    } catch (cause) {
      throw damagedStore(this.#database.path, `an attempt of ${deliveryId} is not JSON`, cause);
    }
  }
}

interface Conditions {
  readonly where: string;
  readonly values: readonly (string | number)[];
}

function conditions({ id, eventId, endpointId, feedId, state, since }: DeliveryFilter): Conditions {
  const [eventOfId, endpointOfId] = id === undefined ? [] : partsOf(id);
  const wanted: readonly (readonly [string, string | number | undefined])[] = [
    ['event_id =', eventOfId],
    ['endpoint_id =', endpointOfId],
    ['event_id =', eventId],
    ['endpoint_id =', endpointId],
    ['feed_id =', feedId],
    ['added_at >=', since],
  ];
  const given = wanted.flatMap(([term, value]) => (value === undefined ? [] : [{ term, value }]));
  const terms = [...given.map(({ term }) => `${term} ?`), ...(state === undefined ? [] : [isInState[state]])];
  return {
    where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`,
    values: given.map(({ value }) => value),
  };
}

/** A delivery's id is `<eventId>.<endpointId>`, and an event id has no dot. */
function partsOf(deliveryId: string): [eventId: string, endpointId: string] {
  const dot = deliveryId.indexOf('.');
  return dot === -1 ? [deliveryId, ''] : [deliveryId.slice(0, dot), deliveryId.slice(dot + 1)];
}

function toHealth(row: HealthRow): EndpointHealth {
  return {
    endpointId: row.id,
    ...(row.disabled_at !== null && {
      disabled: { since: row.disabled_at, reason: row.disabled_reason ?? '' },
    }),
    pending: row.pending,
    withheld: row.withheld,
    done: row.done,
    dead: row.dead,
    ...(row.oldest !== null && { oldestPendingAt: row.oldest }),
  };
}
