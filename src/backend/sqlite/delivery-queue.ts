// The DeliveryQueue port. Each endpoint has slots; a slot takes the pending delivery that waits longest,
// holds it through one attempt, and is free again when the result is durable. So a delivery is never in two
// slots, and a store that cannot record stops the sending instead of repeating it.
//
// One timer serves all endpoints. It wakes at the next due time and at least once a second, to see whether
// another process (`deliveries replay`, `endpoints enable`) changed the file, or somebody set the clock back.

import type { Clock, Timer } from '../../clock.ts';
import { FeedhookError, StoreError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { AttemptResult, Delivery, NewDelivery } from '../../model/delivery.ts';
import type { DeliveryQueue, EndpointSlots } from '../../ports.ts';
import type { Committer } from './committer.ts';
import type { Database, Query } from './database.ts';
import { type DeliveryRow, type DeliveryTable, toDelivery } from './delivery-table.ts';
import { Recorder } from './record.ts';

/** How soon a change by another process is noticed, at the latest. */
export const watchMs = 1_000;
/** After a fault of our own before anything was sent, the delivery waits this long. */
export const faultPauseMs = 30_000;
/** Deliveries added in one transaction. */
const addedTogether = 500;
/** Deliveries given another time in one transaction, after the clock was set back. */
const rebasedTogether = 1_000;

type Attempt = (delivery: Delivery, signal: AbortSignal) => Promise<AttemptResult>;

/** An endpoint's slots. One that is no longer configured has none: its deliveries stay parked. */
interface Slots {
  readonly endpointId: string;
  concurrency: number;
  target: string;
  /** As stored. */
  isDisabled: boolean;
  /** Answers that disable it and are being recorded; nothing more is handed out meanwhile. */
  disabling: number;
  /** Epoch ms at which the next delivery becomes due, as far as a free slot waits for it. */
  nextDueAt: number;
  readonly running: Map<number, AbortController>;
}

const never = Number.POSITIVE_INFINITY;
/** No version that SQLite gives. */
const unseen = -1;

export class SqliteDeliveryQueue implements DeliveryQueue {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #table: DeliveryTable;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #dataVersion: Query<{ readonly data_version: number }>;
  readonly #slots = new Map<string, Slots>();
  #attempt: Attempt | undefined;
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
    this.#recorder = new Recorder(committer, clock, log);
    this.#clock = clock;
    this.#log = log;
    this.#dataVersion = database.query('PRAGMA data_version');
  }

  async add(deliveries: readonly NewDelivery[]): Promise<void> {
    await this.#committer.commitEach(deliveries, addedTogether, (some) => {
      const now = this.#clock.now();
      for (const delivery of some) this.#table.add(delivery, now);
    });
    for (const endpointId of new Set(deliveries.map((each) => each.endpointId))) {
      const slots = this.#slots.get(endpointId);
      if (slots) this.#fill(slots);
    }
    this.#setTimer();
  }

  async configure(endpoints: readonly EndpointSlots[]): Promise<void> {
    const disabled = await this.#committer.commit(() => {
      for (const endpoint of endpoints) this.#table.configure(endpoint);
      return this.#table.disabledEndpoints();
    });
    for (const slots of this.#slots.values()) slots.concurrency = 0;
    for (const { id, concurrency, target } of endpoints) {
      const slots = this.#slotsOf(id);
      slots.concurrency = concurrency;
      slots.target = target;
    }
    this.#fillAll(disabled);
  }

  start(attempt: Attempt): void {
    this.#attempt = attempt;
    this.#giveUp = new AbortController();
    this.#watchClock();
    this.refresh();
  }

  async stop(graceMs: number): Promise<void> {
    this.#attempt = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#running === 0) return;
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
        this.#fillAll(this.#table.disabledEndpoints());
      });
    } catch (error) {
      this.#survive(error);
      this.#seenVersion = unseen;
      this.#setTimer();
    }
  }

  #fillAll(disabled: ReadonlySet<string>): void {
    for (const slots of this.#slots.values()) {
      slots.isDisabled = disabled.has(slots.endpointId);
      this.#fill(slots);
    }
    this.#setTimer();
  }

  /** Hands out what is due until the slots are full, and notes when the next is due. */
  #fill(slots: Slots): void {
    slots.nextDueAt = never;
    const free = slots.concurrency - slots.running.size;
    const isHeld = slots.isDisabled || slots.disabling > 0;
    if (!this.#attempt || isHeld || free <= 0) return;
    const now = this.#clock.now();
    try {
      // Those running are still pending in the table, so that a crash sends them again: ask for as many more.
      const due = this.#database.look(() =>
        this.#table.due(slots.endpointId, now, slots.running.size + free),
      );
      const idle = due.filter(({ number }) => !slots.running.has(number));
      for (const row of idle.slice(0, free)) void this.#hold(slots, row, this.#attempt);
      if (idle.length < free) {
        slots.nextDueAt = this.#database.look(() => this.#table.nextDueAt(slots.endpointId, now));
      }
    } catch (error) {
      this.#survive(error);
      slots.nextDueAt = now + watchMs;
    }
  }

  /** One slot, from the hand-out to the recorded result. */
  async #hold(slots: Slots, row: DeliveryRow, attempt: Attempt): Promise<void> {
    const controller = new AbortController();
    slots.running.set(row.number, controller);
    const { target } = slots;
    const result = await this.#try(row, attempt, controller.signal);
    const disables = result.verdict.kind === 'disableEndpoint';
    if (disables) slots.disabling++;
    await this.#recorder.record({ delivery: toDelivery(row).id }, this.#giveUp.signal, () =>
      this.#table.record(row, target, result, this.#clock.now()),
    );
    slots.running.delete(row.number);
    if (disables) slots.disabling--;
    if (disables) this.refresh();
    else this.#fill(slots);
    this.#setTimer();
    if (this.#running === 0) this.#becomeIdle();
  }

  #becomeIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  async #try(row: DeliveryRow, attempt: Attempt, signal: AbortSignal): Promise<AttemptResult> {
    try {
      return await attempt(toDelivery(row), signal);
    } catch (error) {
      // A bug is not a fault: it ends the process.
      if (!(error instanceof FeedhookError)) throw error;
      const { code, message } = error;
      this.#log.error({ delivery: toDelivery(row).id, code, reason: message }, 'delivery-fault');
      return { verdict: { kind: 'postpone', at: this.#clock.now() + faultPauseMs } };
    }
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
      let changed = rebasedTogether;
      while (this.#attempt && changed === rebasedTogether) {
        changed = await this.#committer.commit(() => this.#table.rebase(this.#clock.now(), rebasedTogether));
        if (changed > 0) this.refresh();
      }
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
    for (const { running } of this.#slots.values()) for (const each of running.values()) each.abort();
  }

  get #running(): number {
    return [...this.#slots.values()].reduce((sum, { running }) => sum + running.size, 0);
  }

  #slotsOf(endpointId: string): Slots {
    const known = this.#slots.get(endpointId);
    if (known) return known;
    const slots: Slots = {
      endpointId,
      concurrency: 0,
      target: '',
      isDisabled: false,
      disabling: 0,
      nextDueAt: never,
      running: new Map(),
    };
    this.#slots.set(endpointId, slots);
    return slots;
  }
}
