// The table of deliveries: adding, finding what is due, and each change of state. Decides no order between the endpoints
// and no time of its own; the writing functions are for the committer, the others only read.

import type { DeadReason, DeliveryState, NewDelivery } from '../../model/delivery.ts';
import type { EndpointPlan } from '../../ports.ts';
import { dueTimes, type LaneRule, ruleOfPlan } from '../plan-rules.ts';
import type { Database, Query } from './database.ts';
import { DeliveryLanes, type Lane } from './delivery-lanes.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { EndpointTable } from './endpoint-table.ts';

/** When a delivery that is added now may go out, where its endpoint waits for company. */
export type DueAt = (endpointId: string, addedAt: number) => number;

// Literals for the partial indexes, and these by name: see delivery-lanes.ts.
const first = `deliveries INDEXED BY deliveries_first WHERE state = 'pending' AND attempts = 0 AND place <> 'behind'`;
const again = `deliveries INDEXED BY deliveries_again WHERE state = 'pending' AND attempts > 0 AND place <> 'behind'`;
const lookUps = {
  due: (which: string) =>
    `SELECT * FROM ${which} AND endpoint_id = ? AND due_at <= ? ORDER BY due_at, number LIMIT ?`,
  nextDue: (which: string) =>
    `SELECT due_at FROM ${which} AND endpoint_id = ? AND due_at > ? ORDER BY due_at LIMIT 1`,
  ahead: (which: string) =>
    `SELECT number FROM ${which} AND endpoint_id IN (SELECT id FROM endpoints) AND due_at > ?1 AND changed_at > ?1`,
};

export class DeliveryTable {
  readonly endpoints: EndpointTable;
  readonly lanes: DeliveryLanes;
  readonly #insert: Query<never>;
  readonly #withheld: Query<unknown>;
  readonly #dueFirst: Query<DeliveryRow>;
  readonly #dueAgain: Query<DeliveryRow>;
  readonly #nextFirst: Query<{ readonly due_at: number }>;
  readonly #nextAgain: Query<{ readonly due_at: number }>;
  readonly #oldestDue: Query<DeliveryRow>;
  readonly #rebase: Query<never>;
  readonly #doneFree: Query<never>;
  readonly #done: Query<never>;
  readonly #kill: Query<never>;
  readonly #again: Query<never>;
  readonly #postpone: Query<never>;
  readonly #replay: Query<never>;
  readonly #release: Query<never>;

  constructor(database: Database) {
    this.endpoints = new EndpointTable(database);
    this.lanes = new DeliveryLanes(database, this.endpoints);
    // The count of the endpoint follows by a trigger.
    this.#insert = database.query(
      `INSERT INTO deliveries (event_id, endpoint_id, feed_id, state, reason, attempts, due_at, added_at, changed_at,
         sequence, is_replay, lane, place)
       SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?7, CASE ?4 WHEN 'skipped' THEN 0 ELSE last_sequence + 1 END, 0, ?8, ?9
       FROM endpoints WHERE id = ?2 ON CONFLICT (event_id, endpoint_id) DO NOTHING`,
    );
    this.#withheld = database.query(
      `SELECT 1 FROM deliveries WHERE event_id = ? AND endpoint_id = ? AND state = 'withheld'`,
    );
    this.#dueFirst = database.query(lookUps.due(first));
    this.#dueAgain = database.query(lookUps.due(again));
    this.#nextFirst = database.query(lookUps.nextDue(first));
    this.#nextAgain = database.query(lookUps.nextDue(again));
    this.#oldestDue = database.query(
      `SELECT * FROM deliveries INDEXED BY deliveries_pending
       WHERE endpoint_id = ? AND state = 'pending' AND place <> 'behind' AND due_at <= ? ORDER BY number LIMIT ?`,
    );
    this.#rebase = database.query(
      `UPDATE deliveries SET due_at = ?1 + due_at - changed_at, changed_at = ?1 WHERE number IN
       (${lookUps.ahead(first)} UNION ALL ${lookUps.ahead(again)} LIMIT ?2)`,
    );
    const ends = `changed_at = ?1, lane = NULL, place = 'free', batch = NULL`;
    // In one step what stands in no lane, as nearly all do.
    this.#doneFree = database.query(
      `UPDATE deliveries SET state = 'done', reason = NULL, attempts = attempts + ?2, changed_at = ?1
       WHERE number = ?3 AND lane IS NULL AND batch IS NULL`,
    );
    this.#done = database.query(
      `UPDATE deliveries SET state = 'done', reason = NULL, attempts = attempts + ?2, ${ends} WHERE number = ?3`,
    );
    this.#kill = database.query(
      `UPDATE deliveries SET state = 'dead', reason = ?4, attempts = attempts + ?2, ${ends}
       WHERE number = ?3 AND state = ?5`,
    );
    this.#again = database.query(
      `UPDATE deliveries SET attempts = attempts + ?1, due_at = ?2, changed_at = ?3,
         failed_at = CASE ?1 WHEN 0 THEN failed_at ELSE coalesce(min(failed_at, ?3), ?3) END,
         is_fallback = max(is_fallback, ?4)
       WHERE number = ?5 AND state = 'pending'`,
    );
    this.#postpone = database.query(
      `UPDATE deliveries SET due_at = ?, changed_at = ? WHERE number = ? AND state = 'pending'`,
    );
    // One that was pending anyway is only brought forward: it is no repetition.
    this.#replay = database.query(
      `UPDATE deliveries SET is_replay = CASE state WHEN 'pending' THEN is_replay ELSE 1 END,
         state = 'pending', reason = NULL, attempts = 0, failed_at = NULL, due_at = ?1, changed_at = ?1,
         sequence = CASE sequence WHEN 0
           THEN (SELECT last_sequence + 1 FROM endpoints WHERE id = endpoint_id) ELSE sequence END
       WHERE number = ?2`,
    );
    this.#release = database.query(
      `UPDATE deliveries SET state = 'pending', due_at = ?1, changed_at = ?1 WHERE number = ?2`,
    );
  }

  /** Returns whether its pending deliveries need other places or times: see `relane`. */
  configure(plan: EndpointPlan): boolean {
    return this.endpoints.configure(plan) || this.lanes.waitsTooLong(plan.id, dueTimes(plan));
  }

  /** Some of them; returns after which number to go on, `undefined` when all have them. */
  relane(plan: EndpointPlan, after: number, now: number): number | undefined {
    const { id, maxBlockMs } = plan;
    return this.lanes.relane(id, { rule: ruleOfPlan(plan), maxBlockMs, dueAt: dueTimes(plan) }, after, now);
  }

  /** Leaves a delivery that exists as it is. */
  add(deliveries: readonly NewDelivery[], now: number, dueAt?: DueAt): void {
    const rules = new Map<string, LaneRule>();
    const entered: Lane[] = [];
    for (const delivery of deliveries) {
      const { endpointId } = delivery;
      const rule = rules.get(endpointId) ?? this.endpoints.require(endpointId);
      rules.set(endpointId, rule);
      const lane = this.#addOne(delivery, rule, now, dueAt?.(endpointId, now) ?? now);
      if (lane !== undefined) entered.push({ endpointId, lane });
    }
    this.lanes.settleAll(entered, now);
  }

  /** Returns the lane that it has entered. */
  #addOne(delivery: NewDelivery, { lanes }: LaneRule, now: number, dueAt: number): string | undefined {
    const { eventId, endpointId, feedId, skipped } = delivery;
    const state: DeliveryState = skipped ? 'skipped' : this.#waits(delivery) ? 'withheld' : 'pending';
    const isIn = state === 'pending' && lanes !== 'none';
    const lane = isIn ? (lanes === 'feed' ? feedId : '*') : null;
    const place = isIn ? 'behind' : 'free';
    const added = this.#insert.run(
      eventId,
      endpointId,
      feedId,
      state,
      skipped ?? null,
      dueAt,
      now,
      lane,
      place,
    );
    return added > 0 && lane !== null ? lane : undefined;
  }

  /** For the operator, who decides on it or on what it follows. */
  #waits({ endpointId, isWithheld, follows }: NewDelivery): boolean {
    if (isWithheld) return true;
    return follows !== undefined && this.#withheld.get(follows, endpointId) !== undefined;
  }

  /** Deliveries that are due, those that wait longest first; without second attempts if `firstOnly`. */
  due(endpointId: string, now: number, limit: number, firstOnly: boolean): DeliveryRow[] {
    const fresh = this.#dueFirst.all(endpointId, now, limit);
    const retries = firstOnly ? [] : this.#dueAgain.all(endpointId, now, limit);
    if (retries.length === 0) return fresh;
    return [...fresh, ...retries].sort((a, b) => a.due_at - b.due_at || a.number - b.number);
  }

  /** Deliveries that are due, those that were added first before others. */
  oldestDue(endpointId: string, now: number, limit: number): DeliveryRow[] {
    return this.#oldestDue.all(endpointId, now, limit);
  }

  /** The first due time after `time`. */
  nextDueAt(endpointId: string, time: number): number {
    return Math.min(
      this.#nextFirst.get(endpointId, time)?.due_at ?? Number.POSITIVE_INFINITY,
      this.#nextAgain.get(endpointId, time)?.due_at ?? Number.POSITIVE_INFINITY,
    );
  }

  /**
   * After the clock was set back: pending deliveries that were last changed in its future keep their wait,
   * counted from now. At most `limit`; returns how many.
   */
  rebase(now: number, limit: number): number {
    return this.#rebase.run(now, limit);
  }

  /** Also one that was given up while it was on its way: it has arrived. */
  finish(number: number, attempts: number, now: number): Lane | undefined {
    if (this.#doneFree.run(now, attempts, number) > 0) return undefined;
    const row = this.lanes.row(number);
    this.#done.run(now, attempts, number);
    return row && this.lanes.leave(row);
  }

  /** Makes one that is `state` dead; false when it is something else by now. */
  kill(row: DeliveryRow, state: 'pending' | 'withheld', reason: DeadReason, attempts: number, now: number) {
    const killed = this.#kill.run(now, attempts, row.number, reason, state);
    return killed === 0 ? undefined : { lane: this.lanes.leave(row) };
  }

  /** Due again at `at`. */
  putOff(number: number, attempts: number, at: number, isFallback: boolean, now: number): void {
    this.#again.run(attempts, Math.ceil(at), now, isFallback ? 1 : 0, number);
  }

  postpone(number: number, at: number, now: number): void {
    this.#postpone.run(Math.ceil(at), now, number);
  }

  /** Returns the lane to settle, or that nothing was changed. */
  replay(row: DeliveryRow, now: number): { readonly lane: Lane | undefined } {
    this.#replay.run(now, row.number);
    if (row.state !== 'pending') return { lane: this.lanes.enter(row) };
    if (row.batch !== null) this.lanes.hasten(row.batch, now);
    return { lane: undefined };
  }

  release(row: DeliveryRow, now: number): { readonly lane: Lane | undefined } | undefined {
    if (row.state !== 'withheld') return undefined;
    this.#release.run(now, row.number);
    return { lane: this.lanes.enter(row) };
  }
}
