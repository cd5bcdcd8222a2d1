// Delivery lanes and batches, as places of pending deliveries. A lane has at most one `head`, which alone of its lane may be
// sent; those `behind` wait and cost nothing. When the head ends or is set `aside`, the next by number becomes head.
// A batch is fixed before its first request: from then on its members belong to its head and nobody joins them, so that
// each repeat has the same id and bytes.
//
// What is not pending stands in no lane. All functions are for the committer; each leaves a lane without a head if it must,
// and `settle` gives it one.

import type { LaneRule } from '../plan-rules.ts';
import type { Database, Query } from './database.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { EndpointTable } from './endpoint-table.ts';

/** Deliveries that get another place in one transaction. */
const placedTogether = 500;

// Literals, since SQLite takes a partial index only where the query itself has its condition; and the index by name, since
// without statistics SQLite guesses, and a wrong guess reads all that waits for each hand-out.
// https://www.sqlite.org/partialindex.html#queries_using_partial_indexes https://www.sqlite.org/lang_indexedby.html
const isHead = `deliveries INDEXED BY deliveries_head
  WHERE endpoint_id = ? AND lane = ? AND state = 'pending' AND place = 'head'`;
const waitsBehind = `deliveries INDEXED BY deliveries_behind
  WHERE endpoint_id = ? AND lane = ? AND state = 'pending' AND place = 'behind' AND batch IS NULL`;

export interface Lane {
  readonly endpointId: string;
  readonly lane: string;
}

/** By what the pending deliveries of an endpoint get other places. */
export interface Placing {
  readonly rule: LaneRule;
  readonly maxBlockMs: number;
  /** Epoch ms from which one added at that time may go. */
  readonly dueAt: (addedAt: number) => number;
}

export class DeliveryLanes {
  readonly #endpoints: EndpointTable;
  readonly #row: Query<DeliveryRow>;
  readonly #enter: Query<never>;
  readonly #head: Query<DeliveryRow>;
  readonly #next: Query<DeliveryRow>;
  readonly #pending: Query<DeliveryRow>;
  readonly #countBehind: Query<{ readonly count: number }>;
  readonly #newest: Query<DeliveryRow>;
  readonly #promote: Query<never>;
  readonly #hasten: Query<never>;
  readonly #setAside: Query<never>;
  readonly #relane: Query<never>;
  readonly #join: Query<never>;
  readonly #members: Query<DeliveryRow>;
  readonly #disband: Query<never>;
  readonly #split: Query<never>;

  constructor(database: Database, endpoints: EndpointTable) {
    this.#endpoints = endpoints;
    this.#row = database.query('SELECT * FROM deliveries WHERE number = ?');
    this.#enter = database.query(
      `UPDATE deliveries SET place = 'behind', batch = NULL,
         lane = CASE ?1 WHEN 'feed' THEN feed_id ELSE '*' END WHERE number = ?2`,
    );
    this.#head = database.query(`SELECT * FROM ${isHead} LIMIT 1`);
    this.#next = database.query(`SELECT * FROM ${waitsBehind} ORDER BY number LIMIT ?`);
    this.#pending = database.query(
      `SELECT * FROM deliveries INDEXED BY deliveries_pending
       WHERE endpoint_id = ? AND state = 'pending' AND number > ? ORDER BY number LIMIT ${placedTogether}`,
    );
    this.#newest = database.query(
      `SELECT * FROM deliveries INDEXED BY deliveries_pending
       WHERE endpoint_id = ? AND state = 'pending' ORDER BY number DESC LIMIT 1`,
    );
    this.#countBehind = database.query(
      `SELECT count(*) AS count FROM (SELECT 1 FROM ${waitsBehind} LIMIT ?)`,
    );
    // Nobody looks at the times of one that waits behind, so that it is here that a clock set back meanwhile is seen.
    this.#promote = database.query(
      `UPDATE deliveries SET place = 'head', changed_at = min(changed_at, ?1),
         due_at = CASE WHEN changed_at > ?1 THEN ?1 + max(0, due_at - changed_at) ELSE due_at END WHERE number = ?2`,
    );
    this.#hasten = database.query('UPDATE deliveries SET due_at = min(due_at, ?) WHERE number = ?');
    this.#setAside = database.query(`UPDATE deliveries SET place = 'aside' WHERE number = ?`);
    // A retry of before this had lanes may be hours away: it must not hold up the lane that it gets.
    this.#relane = database.query(
      `UPDATE deliveries SET batch = NULL, lane = CASE ?2 WHEN 'feed' THEN feed_id WHEN '*' THEN '*' END,
         place = CASE WHEN ?2 = 'none' THEN 'free'
           WHEN place = 'aside' OR attempts > 0 AND due_at > coalesce(failed_at, changed_at) + ?3 THEN 'aside'
           ELSE 'behind' END
       WHERE number = ?1`,
    );
    this.#join = database.query('UPDATE deliveries SET batch = ? WHERE number = ?');
    this.#members = database.query('SELECT * FROM deliveries WHERE batch = ? ORDER BY number');
    // Those of one that was set aside must not wait for a far retry at the head of the lane either.
    this.#disband = database.query(
      `UPDATE deliveries SET batch = NULL, place = CASE ?1 WHEN 'aside' THEN 'aside' ELSE place END WHERE batch = ?2`,
    );
    this.#split = database.query(
      `UPDATE deliveries SET batch = NULL, is_alone = 1, due_at = ?1, changed_at = ?1
       WHERE number = ?2 AND state = 'pending'`,
    );
  }

  row(number: number): DeliveryRow | undefined {
    return this.#row.get(number);
  }

  /** Gives a delivery that has become pending its place; returns the lane to settle. */
  enter({ number, endpoint_id, feed_id }: DeliveryRow): Lane | undefined {
    const rule = this.#endpoints.ruleOf(endpoint_id);
    const lane = laneOf(endpoint_id, feed_id, rule);
    if (lane) this.#enter.run(rule.lanes, number);
    return lane;
  }

  /** Of one that has ended, as it stood before. Without their head, the others of a batch stand in the lane as it did. */
  leave({ number, endpoint_id, lane, place, batch }: DeliveryRow): Lane | undefined {
    if (batch === number) this.#disband.run(place, number);
    return lane === null ? undefined : { endpointId: endpoint_id, lane };
  }

  /** Sees to it that the lane has a head, if it has anything, and that the head of a full batch is due. */
  settle({ endpointId, lane }: Lane, now: number): void {
    const head = this.#head.get(endpointId, lane) ?? this.#promoteNext(endpointId, lane, now);
    if (!head || head.attempts > 0 || head.batch !== null || head.due_at <= now) return;
    const { batchCount } = this.#endpoints.ruleOf(endpointId);
    if (batchCount !== null && batchCount > 0 && this.#isFull(endpointId, lane, batchCount))
      this.#hasten.run(now, head.number);
  }

  settleAll(lanes: Iterable<Lane | undefined>, now: number): void {
    const distinct = new Map<string, Lane>();
    for (const each of lanes) if (each) distinct.set(JSON.stringify([each.endpointId, each.lane]), each);
    for (const each of distinct.values()) this.settle(each, now);
  }

  setAside(number: number): void {
    this.#setAside.run(number);
  }

  hasten(number: number, now: number): void {
    this.#hasten.run(now, number);
  }

  /**
   * After the configuration changed the rule: the next pending deliveries, oldest first, get their places and times by it. Each
   * step leaves its lanes with a head, and the rule holds after the last one; cut short, all is done anew. Returns the number of
   * the last one placed, `undefined` when there is no more.
   */
  relane(endpointId: string, placing: Placing, after: number, now: number): number | undefined {
    const { rule, maxBlockMs, dueAt } = placing;
    const rows = this.#pending.all(endpointId, after);
    const isMixed = this.#endpoints.isMixed(endpointId);
    for (const { number, attempts, added_at } of rows) {
      if (isMixed) this.#relane.run(number, rule.lanes, maxBlockMs);
      if (attempts === 0) this.#hasten.run(dueAt(added_at), number);
    }
    this.settleAll(
      rows.map(({ feed_id }) => laneOf(endpointId, feed_id, rule)),
      now,
    );
    if (rows.length === placedTogether) return rows.at(-1)?.number;
    this.#endpoints.setRule(endpointId, rule);
    return undefined;
  }

  /** When the one that was added last waits longer than it would have to now. */
  waitsTooLong(endpointId: string, dueAt: Placing['dueAt']): boolean {
    const newest = this.#newest.get(endpointId);
    return newest !== undefined && newest.attempts === 0 && newest.due_at > dueAt(newest.added_at);
  }

  /**
   * The deliveries that share the request of this one, itself among them, oldest first; fixes who they are when that is not
   * done yet. None when it may not be sent any more. One that is running came back into the lane when its batch lost its head,
   * or the lane its rule: it joins nobody.
   */
  claim(number: number, count: number, running: ReadonlySet<number>): DeliveryRow[] {
    const head = this.#row.get(number);
    if (head?.state !== 'pending' || head.place === 'behind') return [];
    if (head.batch !== null) return this.#members.all(head.batch);
    if (head.place !== 'head' || head.is_alone !== 0 || head.lane === null) return [head];
    const next = this.#next.all(head.endpoint_id, head.lane, count - 1);
    const alone = next.findIndex((row) => row.is_alone !== 0 || running.has(row.number));
    const members = alone === -1 ? next : next.slice(0, alone);
    for (const { number: each } of [head, ...members]) this.#join.run(head.number, each);
    return this.#members.all(head.number);
  }

  /** From now on each goes alone; returns the lanes to settle. */
  split(rows: readonly DeliveryRow[], now: number): (Lane | undefined)[] {
    for (const { number } of rows) this.#split.run(now, number);
    return rows.map(({ endpoint_id, lane }) =>
      lane === null ? undefined : { endpointId: endpoint_id, lane },
    );
  }

  #promoteNext(endpointId: string, lane: string, now: number): DeliveryRow | undefined {
    const [next] = this.#next.all(endpointId, lane, 1);
    if (!next) return undefined;
    this.#promote.run(now, next.number);
    return this.#row.get(next.number);
  }

  #isFull(endpointId: string, lane: string, count: number): boolean {
    const others = count - 1;
    return (this.#countBehind.get(endpointId, lane, others)?.count ?? 0) >= others;
  }
}

function laneOf(endpointId: string, feedId: string, { lanes }: LaneRule): Lane | undefined {
  return lanes === 'none' ? undefined : { endpointId, lane: lanes === 'feed' ? feedId : '*' };
}
