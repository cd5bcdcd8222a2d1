// Giving up what waits without end: pending deliveries of endpoints that are down or no longer configured after the
// retention, and the oldest ones of an endpoint that has more than it may keep. They become dead letters, never less.

import type { Clock } from '../../clock.ts';
import type { GivenUp } from '../../ports.ts';
import { isDown } from '../gate.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { DeliveryTable } from './delivery-table.ts';

/** Rows looked at in one transaction. */
const lookedAtTogether = 250;

export class GivingUp {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #table: DeliveryTable;
  readonly #clock: Clock;
  readonly #pending: Query<DeliveryRow>;

  constructor(database: Database, committer: Committer, table: DeliveryTable, clock: Clock) {
    this.#database = database;
    this.#committer = committer;
    this.#table = table;
    this.#clock = clock;
    this.#pending = database.query(
      `SELECT * FROM deliveries INDEXED BY deliveries_pending
       WHERE endpoint_id = ? AND state = 'pending' AND number > ? ORDER BY number LIMIT ?`,
    );
  }

  async giveUp(before: number, mostKept: ReadonlyMap<string, number>): Promise<GivenUp[]> {
    const found: GivenUp[] = [];
    for (const endpointId of await this.#database.read(() => this.#table.endpoints.ids())) {
      const expired = await this.#expire(endpointId, before, mostKept);
      const overflow = await this.#overflow(endpointId, mostKept.get(endpointId));
      if (expired > 0) found.push({ endpointId, reason: 'expired', count: expired });
      if (overflow > 0) found.push({ endpointId, reason: 'overflow', count: overflow });
    }
    return found;
  }

  async #expire(endpointId: string, before: number, mostKept: ReadonlyMap<string, number>): Promise<number> {
    const waits = await this.#database.read(
      () => !mostKept.has(endpointId) || isDown(this.#table.endpoints.conditionOf(endpointId) ?? {}),
    );
    if (!waits) return 0;
    // A replay is the wish to have it sent after all: its time counts anew.
    const isOld = ({ added_at, changed_at, is_replay }: DeliveryRow) =>
      added_at < before && (is_replay === 0 || changed_at < before);
    let count = 0;
    for (let place: number | undefined = 0; place !== undefined; ) {
      const rows = await this.#read(endpointId, place, lookedAtTogether);
      count += await this.#kill(rows.filter(isOld), 'expired');
      place = rows.length < lookedAtTogether ? undefined : rows.at(-1)?.number;
    }
    return count;
  }

  async #overflow(endpointId: string, most: number | undefined): Promise<number> {
    if (most === undefined) return 0;
    let count = 0;
    for (;;) {
      const pending = await this.#database.read(() => this.#table.endpoints.pending(endpointId));
      const rows = await this.#read(endpointId, 0, Math.min(pending - most, lookedAtTogether));
      if (rows.length === 0) return count;
      count += await this.#kill(rows, 'overflow');
    }
  }

  #read(endpointId: string, after: number, limit: number): Promise<DeliveryRow[]> {
    return this.#database.read(() => (limit > 0 ? this.#pending.all(endpointId, after, limit) : []));
  }

  async #kill(rows: readonly DeliveryRow[], reason: GivenUp['reason']): Promise<number> {
    if (rows.length === 0) return 0;
    return this.#committer.commit(() => {
      const now = this.#clock.now();
      const killed = rows.flatMap(({ number }) => {
        const row = this.#table.lanes.row(number);
        return (row && this.#table.kill(row, 'pending', reason, 0, now)) ?? [];
      });
      this.#table.lanes.settleAll(
        killed.map(({ lane }) => lane),
        now,
      );
      return killed.length;
    });
  }
}
