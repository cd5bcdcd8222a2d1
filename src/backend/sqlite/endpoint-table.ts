// The table of endpoints: target, condition, lane rule, and the counts that triggers keep. The writing functions are for
// the committer.

import type { EndpointHealth } from '../../model/delivery.ts';
import type { EndpointCondition } from '../../model/endpoint.ts';
import type { EndpointPlan } from '../../ports.ts';
import { readCondition, writeCondition } from '../condition-record.ts';
import { rebased } from '../gate.ts';
import { type LaneRule, ruleOfPlan } from '../plan-rules.ts';
import type { Database, Query } from './database.ts';

/** Stored while places are given by another rule, a few at a time: until that is done, what is added has no lane. */
const mixed = 'mixed';

interface EndpointRow {
  readonly id: string;
  readonly target: string | null;
  readonly condition: string;
  readonly lanes: LaneRule['lanes'] | typeof mixed | null;
  readonly batch_count: number | null;
}

interface HealthRow extends EndpointRow {
  readonly pending: number;
  readonly withheld: number;
  readonly done: number;
  readonly dead: number;
  readonly skipped: number;
  readonly oldest: number | null;
}

export class EndpointTable {
  readonly #add: Query<never>;
  readonly #one: Query<EndpointRow>;
  readonly #all: Query<EndpointRow>;
  readonly #health: Query<HealthRow>;
  readonly #pending: Query<{ readonly pending: number }>;
  readonly #setTarget: Query<never>;
  readonly #setCondition: Query<never>;
  readonly #setRule: Query<never>;
  /** The last text of each and what it says: it is asked for at every attempt, and mostly the same. */
  readonly #lastRead = new Map<string, { readonly text: string; readonly condition: EndpointCondition }>();

  constructor(database: Database) {
    const columns = 'id, target, condition, lanes, batch_count';
    this.#add = database.query('INSERT INTO endpoints (id) VALUES (?) ON CONFLICT (id) DO NOTHING');
    this.#one = database.query(`SELECT ${columns} FROM endpoints WHERE id = ?`);
    this.#all = database.query(`SELECT ${columns} FROM endpoints`);
    // The oldest by number, which one step into an index finds; numbers follow the time of adding.
    this.#health = database.query(
      `SELECT ${columns}, pending, withheld, done, dead, skipped,
         (SELECT added_at FROM deliveries INDEXED BY deliveries_pending
          WHERE endpoint_id = id AND state = 'pending' ORDER BY number LIMIT 1) AS oldest
       FROM endpoints ORDER BY id`,
    );
    this.#pending = database.query('SELECT pending FROM endpoints WHERE id = ?');
    this.#setTarget = database.query('UPDATE endpoints SET target = ?, condition = ? WHERE id = ?');
    // Most attempts leave it as it was.
    this.#setCondition = database.query(
      'UPDATE endpoints SET condition = ?1 WHERE id = ?2 AND condition <> ?1',
    );
    this.#setRule = database.query('UPDATE endpoints SET lanes = ?, batch_count = ? WHERE id = ?');
  }

  ids(): string[] {
    return this.#all.all().map(({ id }) => id);
  }

  ruleOf(endpointId: string): LaneRule {
    const { lanes, batch_count } = this.#one.get(endpointId) ?? {};
    return { lanes: lanes === mixed ? 'none' : (lanes ?? 'none'), batchCount: batch_count ?? null };
  }

  isMixed(endpointId: string): boolean {
    return this.#one.get(endpointId)?.lanes === mixed;
  }

  /** Makes the endpoint exist. */
  require(endpointId: string): LaneRule {
    this.#add.run(endpointId);
    return this.ruleOf(endpointId);
  }

  /** Makes the endpoint as configured; returns whether its rule is another one, by which its deliveries are still to be placed. */
  configure(plan: EndpointPlan): boolean {
    this.#add.run(plan.id);
    const row = this.#one.get(plan.id);
    if (row && row.target !== plan.target) this.#setTarget.run(plan.target, keptOf(row), plan.id);
    const { lanes, batchCount } = ruleOfPlan(plan);
    const { lanes: lanesBefore, batch_count: countBefore = null } = row ?? {};
    // Another count alone leaves everything in its place.
    const isSame = (lanesBefore ?? 'none') === lanes && (countBefore === null) === (batchCount === null);
    if (isSame && countBefore === batchCount) return false;
    this.#setRule.run(isSame ? lanes : mixed, batchCount, plan.id);
    return true;
  }

  /** All its deliveries are placed. */
  setRule(endpointId: string, { lanes, batchCount }: LaneRule): void {
    this.#setRule.run(lanes, batchCount, endpointId);
  }

  pending(endpointId: string): number {
    return this.#pending.get(endpointId)?.pending ?? 0;
  }

  /** `undefined` where there is no such endpoint, or, if `target` is given, where it leads elsewhere by now. */
  conditionOf(endpointId: string, target?: string): EndpointCondition | undefined {
    const row = this.#one.get(endpointId);
    if (!row || (target !== undefined && row.target !== target)) return undefined;
    return this.#read(endpointId, row.condition);
  }

  #read(endpointId: string, text: string): EndpointCondition {
    const last = this.#lastRead.get(endpointId);
    if (last?.text === text) return last.condition;
    const condition = readCondition(endpointId, text);
    this.#lastRead.set(endpointId, { text, condition });
    return condition;
  }

  setCondition(endpointId: string, condition: EndpointCondition): void {
    this.#setCondition.run(writeCondition(condition), endpointId);
  }

  /** Those that can be read; `damaged` is told of each other one. */
  conditions(damaged: (fault: unknown) => void): Map<string, EndpointCondition> {
    const found = new Map<string, EndpointCondition>();
    for (const { id, condition } of this.#all.all()) {
      try {
        found.set(id, readCondition(id, condition));
      } catch (fault) {
        damaged(fault);
      }
    }
    return found;
  }

  /** After the clock was set back. */
  rebase(now: number): void {
    for (const [id, condition] of this.conditions(() => {})) {
      this.setCondition(id, rebased(condition, now));
    }
  }

  health(): EndpointHealth[] {
    return this.#health.all().map(({ id, condition, oldest, ...row }) => ({
      endpointId: id,
      condition: readCondition(id, condition),
      pending: row.pending,
      withheld: row.withheld,
      done: row.done,
      dead: row.dead,
      skipped: row.skipped,
      ...(oldest !== null && { oldestPendingAt: oldest }),
    }));
  }
}

/** What another target leaves of a condition: the word of the operator. A damaged one cannot say that there was any. */
function keptOf({ id, condition }: EndpointRow): string {
  try {
    const { paused } = readCondition(id, condition);
    return writeCondition(paused ? { paused } : {});
  } catch {
    return '{}';
  }
}
