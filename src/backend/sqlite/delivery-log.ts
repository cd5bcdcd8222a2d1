// The DeliveryLog port: what people see of deliveries and ask of them. Safe beside a running daemon, which
// notices the change by itself.

import type { Clock } from '../../clock.ts';
import type { Attempt, Delivery, EndpointHealth } from '../../model/delivery.ts';
import type { EndpointCondition } from '../../model/endpoint.ts';
import type { DeliveryFilter, DeliveryLog } from '../../ports.ts';
import { AttemptTable } from './attempt-table.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import { conditionsOf, partsOf } from './delivery-filter.ts';
import type { Lane } from './delivery-lanes.ts';
import { type DeliveryRow, toDelivery } from './delivery-row.ts';
import type { DeliveryTable } from './delivery-table.ts';
import { damagedStore } from './fault.ts';

/** Deliveries changed in one transaction, so that the daemon gets its turn during a big replay. */
const changedTogether = 1_000;

/** Changes one delivery; nothing when it does not apply to it. What it returns is the lane to settle. */
type Change = (row: DeliveryRow, now: number) => { readonly lane: Lane | undefined } | undefined;

export class SqliteDeliveryLog implements DeliveryLog {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #table: DeliveryTable;
  readonly #attempts: AttemptTable;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #newest: Query<{ readonly number: number | null }>;

  /** `changed` is called after whatever may let the queue send something. */
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
    this.#attempts = new AttemptTable(database, table);
    this.#clock = clock;
    this.#changed = changed;
    this.#newest = database.query('SELECT max(number) AS number FROM deliveries');
  }

  async list(filter: DeliveryFilter, limit: number): Promise<Delivery[]> {
    const { where, values } = conditionsOf(filter);
    const text = `SELECT * FROM deliveries ${where} ORDER BY number DESC LIMIT ?`;
    const rows = await this.#database.read(() =>
      this.#database.query<DeliveryRow>(text).all(...values, limit),
    );
    return rows.map(toDelivery);
  }

  async count(filter: DeliveryFilter): Promise<number> {
    const { where, values } = conditionsOf(filter);
    const text = `SELECT count(*) AS count FROM deliveries ${where}`;
    const row = await this.#database.read(() =>
      this.#database.query<{ readonly count: number }>(text).get(...values),
    );
    return row?.count ?? 0;
  }

  async attempts(deliveryId: string): Promise<Attempt[]> {
    const [eventId, endpointId] = partsOf(deliveryId);
    const records = await this.#database.read(() => this.#attempts.records(eventId, endpointId));
    return records.map((record) => this.#toAttempt(deliveryId, record));
  }

  replay(filter: DeliveryFilter): Promise<number> {
    // What somebody decided not to send goes out only when it is meant.
    const takesSkipped = filter.id !== undefined || filter.state === 'skipped';
    return this.#change(filter, (row, now) => {
      const isMeant = row.state !== 'withheld' && (row.state !== 'skipped' || takesSkipped);
      return isMeant ? this.#table.replay(row, now) : undefined;
    });
  }

  release(filter: DeliveryFilter): Promise<number> {
    const { state = 'withheld' } = filter;
    if (state !== 'withheld') return Promise.resolve(0);
    return this.#change({ ...filter, state }, (row, now) => this.#table.release(row, now));
  }

  drop(filter: DeliveryFilter): Promise<number> {
    const { state = 'withheld' } = filter;
    if (state !== 'withheld' && state !== 'pending') return Promise.resolve(0);
    return this.#change({ ...filter, state }, (row, now) => this.#table.kill(row, state, 'dropped', 0, now));
  }

  endpoints(): Promise<EndpointHealth[]> {
    return this.#database.read(() => this.#table.endpoints.health());
  }

  async changeCondition(
    endpointId: string,
    change: (before: EndpointCondition) => EndpointCondition,
  ): Promise<EndpointCondition | undefined> {
    const before = await this.#committer.commit(() => {
      const { endpoints } = this.#table;
      const found = endpoints.conditionOf(endpointId);
      if (found) endpoints.setCondition(endpointId, change(found));
      return found;
    });
    this.#changed();
    return before;
  }

  /** Changes every match there is now, oldest first; returns how many. */
  async #change(filter: DeliveryFilter, change: Change): Promise<number> {
    const newest = await this.#database.read(() => this.#newest.get()?.number ?? 0);
    let changed = 0;
    for (let place: number | undefined = 0; place !== undefined; ) {
      const after: number = place;
      const step = await this.#committer.commit(() => this.#changeSome(filter, after, newest, change));
      changed += step.changed;
      place = step.last;
    }
    this.#changed();
    return changed;
  }

  #changeSome(filter: DeliveryFilter, after: number, newest: number, change: Change) {
    const { where, values } = conditionsOf(filter, [
      ['number > ?', after],
      ['number <= ?', newest],
    ]);
    const text = `SELECT * FROM deliveries ${where} ORDER BY number LIMIT ${changedTogether}`;
    const rows = this.#database.query<DeliveryRow>(text).all(...values);
    const now = this.#clock.now();
    // Read before each change: an earlier one may have changed the place of a later one.
    const changes = rows.flatMap(({ number }) => {
      const row = this.#table.lanes.row(number);
      return (row && change(row, now)) ?? [];
    });
    this.#table.lanes.settleAll(
      changes.map(({ lane }) => lane),
      now,
    );
    return { changed: changes.length, last: rows.length < changedTogether ? undefined : rows.at(-1)?.number };
  }

  #toAttempt(deliveryId: string, record: string): Attempt {
    try {
      return JSON.parse(record);
    } catch (cause) {
      throw damagedStore(this.#database.path, `an attempt of ${deliveryId} is not JSON`, cause);
    }
  }
}
