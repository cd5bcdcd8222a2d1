// The DeliveryQueue port. Each endpoint has slots; a slot takes the pending delivery that waits longest,
// holds it through one attempt, and is free again when the result is durable. So a delivery is never in two
// slots, and a store that cannot record stops the sending instead of repeating it. Which of a delivery lane may be sent is
// said by its place (delivery-lanes.ts), how fast and whether at all by the endpoint's slots (delivery-slots.ts).
//
// One timer serves all endpoints. It wakes at the next time at which there may be something to hand out and at least once a
// second, to see whether another process (`deliveries replay`, `endpoints enable`) changed the file, or somebody set the
// clock back.

import type { Clock, Timer } from '../../clock.ts';
import { StoreError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { NewDelivery } from '../../model/delivery.ts';
import type { EndpointCondition } from '../../model/endpoint.ts';
import type { Attempting, DeliveryQueue, EndpointPlan } from '../../ports.ts';
import { dueTimes } from '../plan-rules.ts';
import { AttemptTable } from './attempt-table.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { EndpointSlots } from './delivery-slots.ts';
import type { DeliveryTable, DueAt } from './delivery-table.ts';
import { DeliveryTurns } from './delivery-turn.ts';
import { Recorder } from './record.ts';

/** How soon a change by another process is noticed, at the latest. */
const watchMs = 1_000;
/** Deliveries added in one transaction. */
const addedTogether = 500;
/** Deliveries given another time in one transaction, after the clock was set back. */
const rebasedTogether = 1_000;

const never = Number.POSITIVE_INFINITY;
/** Before any time. */
const ever = Number.MIN_SAFE_INTEGER;
/** No version that SQLite gives. */
const unseen = -1;

export class SqliteDeliveryQueue implements DeliveryQueue {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #table: DeliveryTable;
  readonly #turns: DeliveryTurns;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #dataVersion: Query<{ readonly data_version: number }>;
  readonly #slots = new Map<string, EndpointSlots>();
  readonly #toFill = new Set<string>();
  #attempt: Attempting | undefined;
  #timer: Timer | undefined;
  #seenVersion = unseen;
  /** The clock at the last look. At first `never`, since it may have been set back while nobody looked. */
  #seenAt = never;
  #giveUp = new AbortController();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(database: Database, committer: Committer, table: DeliveryTable, clock: Clock, log: Log) {
    this.#database = database;
    this.#committer = committer;
    this.#table = table;
    this.#turns = new DeliveryTurns({
      table,
      attempts: new AttemptTable(database, table),
      recorder: new Recorder(committer, clock, log),
      clock,
      log,
      isConfigured: (id) => this.#slots.get(id)?.plan !== undefined,
      dueAt: (endpointId, addedAt) => this.#dueAt(endpointId, addedAt),
    });
    this.#clock = clock;
    this.#log = log;
    this.#dataVersion = database.query('PRAGMA data_version');
  }

  async add(deliveries: readonly NewDelivery[]): Promise<void> {
    await this.#committer.commitEach(deliveries, addedTogether, (some) =>
      this.#table.add(some, this.#clock.now(), this.#dueAt),
    );
    this.#fillEach(new Set(deliveries.map(({ endpointId }) => endpointId)));
  }

  async configure(endpoints: readonly EndpointPlan[]): Promise<void> {
    const changed = await this.#committer.commit(() =>
      endpoints.filter((endpoint) => this.#table.configure(endpoint)),
    );
    for (const endpoint of changed) await this.#relane(endpoint);
    const conditions = await this.#committer.commit(() => this.#conditions());
    const plans = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const id of plans.keys()) this.#slotsOf(id);
    for (const [id, slots] of this.#slots) slots.plan = plans.get(id);
    this.#fillAll(conditions);
  }

  /** As many transactions as it takes, so that others get their turn. */
  async #relane(endpoint: EndpointPlan): Promise<void> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const last: number = after;
      after = await this.#committer.commit(() => this.#table.relane(endpoint, last, this.#clock.now()));
    }
  }

  start(attempt: Attempting): void {
    this.#attempt = attempt;
    this.#giveUp = new AbortController();
    this.#watchClock();
    this.refresh();
  }

  async stop(graceMs: number): Promise<void> {
    this.#attempt = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isIdle) return;
    const grace = this.#clock.startTimer(graceMs, () => this.#abortRunning());
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
    grace.cancel();
  }

  /** Looks again at everything that another process, or a person, may have changed. */
  refresh(): void {
    if (!this.#attempt) return;
    try {
      this.#database.look(() => {
        this.#seenVersion = this.#dataVersion.get()?.data_version ?? unseen;
        this.#fillAll(this.#conditions());
      });
    } catch (error) {
      this.#survive(error);
      this.#seenVersion = unseen;
      this.#setTimer();
    }
  }

  /** Without those that cannot be read: they are told of, and their endpoints get nothing. */
  #conditions(): Map<string, EndpointCondition> {
    return this.#table.endpoints.conditions((fault) => this.#survive(fault));
  }

  #fillAll(conditions: ReadonlyMap<string, EndpointCondition>): void {
    for (const slots of this.#slots.values()) {
      slots.stored(conditions.get(slots.endpointId));
      this.#fill(slots);
    }
    this.#setTimer();
  }

  #fillEach(endpointIds: Iterable<string>): void {
    for (const endpointId of endpointIds) {
      const slots = this.#slots.get(endpointId);
      if (slots) this.#fill(slots);
    }
    this.#setTimer();
  }

  /** Once for all attempts whose results were committed together: what is due is then read once for all their slots. */
  #fillSoon(endpointIds: readonly string[]): void {
    if (this.#toFill.size === 0) {
      queueMicrotask(() => {
        const toFill = [...this.#toFill];
        this.#toFill.clear();
        this.#fillEach(toFill);
      });
    }
    for (const endpointId of endpointIds) this.#toFill.add(endpointId);
  }

  /** Hands out what may go until the slots are full, and notes when to look again. */
  #fill(slots: EndpointSlots): void {
    slots.nextDueAt = never;
    if (!this.#attempt || !slots.condition || slots.free <= 0) return;
    const now = this.#clock.now();
    try {
      // In the future whatever the plan says, so that no loop can come of it.
      slots.nextDueAt = Math.max(now + 1, this.#handOut(slots, this.#attempt, now));
    } catch (error) {
      this.#survive(error);
      slots.nextDueAt = now + watchMs;
    }
  }

  /** Returns when there may be more; `never` when the end of an attempt or somebody's change will tell. */
  #handOut(slots: EndpointSlots, attempt: Attempting, now: number): number {
    const { endpointId } = slots;
    const { isProbe } = slots.gate(now);
    if (isProbe && slots.isProbing) return never;
    const opensAt = slots.opensAt(now);
    if (opensAt > now) return Math.max(opensAt, opensAt < never ? this.#nextDueAt(slots, ever) : never);
    // Those running are still pending in the table, so that a crash sends them again: ask for as many more.
    const limit = slots.holds.size + slots.free;
    const due = this.#database.look(() =>
      isProbe
        ? this.#table.oldestDue(endpointId, now, slots.holds.size + 1)
        : this.#table.due(endpointId, now, limit, !slots.hasSlotForRetry),
    );
    for (const row of due) {
      if (slots.running.has(row.number)) continue;
      if (row.attempts > 0 && !isProbe && !slots.hasSlotForRetry) continue;
      const opensAgainAt = slots.opensAt(now);
      if (opensAgainAt > now) return opensAgainAt;
      void this.#hold(slots, row, attempt, isProbe, now);
      if (isProbe || slots.free <= 0) return never;
    }
    return this.#nextDueAt(slots, now);
  }

  #nextDueAt({ endpointId }: EndpointSlots, after: number): number {
    return this.#database.look(() => this.#table.nextDueAt(endpointId, after));
  }

  /** One slot, from the hand-out to the recorded result. */
  async #hold(slots: EndpointSlots, row: DeliveryRow, attempt: Attempting, isProbe: boolean, now: number) {
    const hold = slots.take(row, isProbe, now);
    if (!hold) return;
    const { rows, told } = await this.#turns.run({
      slots,
      row,
      hold,
      attempt,
      giveUp: this.#giveUp.signal,
      isStopped: () => this.#attempt === undefined,
    });
    slots.release(hold, rows);
    this.#fillSoon([slots.endpointId, ...told]);
    if (this.#isIdle) this.#becomeIdle();
  }

  readonly #dueAt: DueAt = (endpointId, addedAt) => dueTimes(this.#slots.get(endpointId)?.plan)(addedAt);

  #becomeIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** A store that cannot be read now is asked again within the second. */
  #survive(error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    this.#log.error({ code: error.code, reason: error.message }, 'deliveries-unreadable');
  }

  #setTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#attempt) return;
    let at = this.#clock.now() + watchMs;
    for (const { nextDueAt } of this.#slots.values()) at = Math.min(at, nextDueAt);
    this.#timer = this.#clock.startTimer(at - this.#clock.now(), () => this.#tick());
  }

  #tick(): void {
    this.#watchClock();
    if (this.#hasForeignChange()) {
      this.refresh();
      return;
    }
    const now = this.#clock.now();
    for (const slots of this.#slots.values()) if (slots.nextDueAt <= now) this.#fill(slots);
    this.#setTimer();
  }

  /** Sees a clock that was set back, within the second or at the start, however far it was off. */
  #watchClock(): void {
    const now = this.#clock.now();
    if (now < this.#seenAt) void this.#rebase();
    this.#seenAt = now;
  }

  /** Without it, what was added or put off before the step would wait until the clock is there again. */
  async #rebase(): Promise<void> {
    try {
      await this.#committer.commit(() => this.#table.endpoints.rebase(this.#clock.now()));
      let changed = rebasedTogether;
      while (this.#attempt && changed === rebasedTogether) {
        changed = await this.#committer.commit(() => this.#table.rebase(this.#clock.now(), rebasedTogether));
      }
      this.refresh();
    } catch (error) {
      this.#survive(error);
      this.#seenAt = never;
    }
  }

  // `PRAGMA data_version` moves when another connection commits, not when this one does.
  // https://www.sqlite.org/pragma.html#pragma_data_version
  #hasForeignChange(): boolean {
    try {
      return this.#database.look(() => this.#dataVersion.get()?.data_version) !== this.#seenVersion;
    } catch (error) {
      this.#survive(error);
      return false;
    }
  }

  #abortRunning(): void {
    this.#giveUp.abort();
    for (const { holds } of this.#slots.values()) for (const { controller } of holds) controller.abort();
  }

  get #isIdle(): boolean {
    return [...this.#slots.values()].every(({ holds }) => holds.size === 0);
  }

  #slotsOf(endpointId: string): EndpointSlots {
    const known = this.#slots.get(endpointId);
    if (known) return known;
    const slots = new EndpointSlots(endpointId);
    this.#slots.set(endpointId, slots);
    return slots;
  }
}
