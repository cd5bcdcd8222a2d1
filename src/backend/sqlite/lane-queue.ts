// The LaneQueue port. A lane rests, runs or is retired:
//
//   rests    in the heap at the later of its due time and its hold; one timer waits for the earliest
//   runs     handed to `work`, not in the heap, until its next due time is durable; a wake in the meantime counts
//   retired  no longer configured; its row lives on only while a hold does, so that leaving feeds.yaml and
//            coming back cannot cut a Retry-After short
//
// All lanes are in memory, since one process owns them; the table is what a restart begins with. While a lane
// runs its row keeps the old due time, so a crash makes it due again at once.

import type { Clock, Timer } from '../../clock.ts';
import { FeedhookError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LaneQueue, LaneRest } from '../../ports.ts';
import type { Committer } from './committer.ts';
import type { Database } from './database.ts';
import { DueHeap } from './due-heap.ts';
import { LaneTable } from './lane-table.ts';
import { Recorder } from './record.ts';

/** After a fault of our own (the store could not be read), a lane rests this long. */
export const faultPauseMs = 30_000;
/** Above the longest cap of a wait (7 days) and its jitter: docs/http.md. */
const longestHoldMs = 8 * 24 * 60 * 60_000;
/** Lanes written in one transaction by `reconcile`. */
const lanesTogether = 2_000;

type Work = (laneId: string, signal: AbortSignal) => Promise<LaneRest>;

interface Lane {
  readonly id: string;
  dueAt: number;
  heldUntil: number;
  /** The earliest wake that came while it ran. */
  wokenAt: number;
  isRetired: boolean;
}

const never = Number.POSITIVE_INFINITY;

export class SqliteLaneQueue implements LaneQueue {
  readonly isShared = false;
  readonly #committer: Committer;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #table: LaneTable;
  readonly #lanes = new Map<string, Lane>();
  readonly #heap = new DueHeap();
  readonly #running = new Map<Lane, AbortController>();
  #work: Work | undefined;
  #concurrency = 0;
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #stopping = new AbortController();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(database: Database, committer: Committer, clock: Clock, log: Log) {
    this.#committer = committer;
    this.#recorder = new Recorder(committer, clock, log);
    this.#clock = clock;
    this.#log = log;
    this.#table = new LaneTable(database);
    for (const { id, dueAt, heldUntil } of database.look(() => this.#table.all()))
      this.#add(id, dueAt, this.#isPossible(heldUntil) ? heldUntil : 0);
  }

  async reconcile(lanes: ReadonlyMap<string, number>, { joins = false } = {}): Promise<void> {
    const told = [...lanes].filter(([id]) => !(joins && this.#lanes.get(id)?.isRetired === false));
    const changed = told.filter(([id, dueAt]) => this.#differs(id, dueAt));
    const left = joins ? [] : [...this.#lanes.values()].filter(({ id }) => !lanes.has(id));
    await this.#committer.commitEach(changed, lanesTogether, (some) => {
      for (const [id, dueAt] of some) this.#table.setDue(id, dueAt);
    });
    await this.#committer.commitEach(left, lanesTogether, (some) => {
      for (const lane of some) this.#table.retire(lane.id, lane.heldUntil, this.#clock.now());
    });
    for (const lane of left) this.#retire(lane);
    for (const [id, dueAt] of told) this.#set(id, dueAt);
    this.#rebuildHeap();
    this.#pump();
  }

  start(work: Work, concurrency: number): void {
    this.#work = work;
    this.#concurrency = concurrency;
    this.#stopping = new AbortController();
    this.#pump();
  }

  async wake(laneId: string, at: number): Promise<void> {
    const lane = this.#lanes.get(laneId);
    if (!lane || lane.isRetired) return;
    if (this.#running.has(lane)) {
      lane.wokenAt = Math.min(lane.wokenAt, at);
      return;
    }
    if (at >= lane.dueAt) return;
    await this.#committer.commit(() => this.#table.setDue(laneId, at));
    // While that was written the lane may have begun to run; what woke it is then still to be seen.
    if (this.#running.has(lane)) lane.wokenAt = Math.min(lane.wokenAt, at);
    else this.#rest(lane, Math.min(lane.dueAt, at), lane.heldUntil);
    this.#pump();
  }

  async stop(): Promise<void> {
    this.#work = undefined;
    this.#setTimer(never);
    this.#stopping.abort();
    for (const controller of this.#running.values()) controller.abort();
    if (this.#running.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Starts what is due and sets the timer for what is not. */
  #pump(): void {
    if (!this.#work) return;
    for (let lane = this.#takeDue(); lane; lane = this.#takeDue()) void this.#run(lane, this.#work);
    const hasRoom = this.#running.size < this.#concurrency;
    this.#setTimer(hasRoom ? (this.#firstResting()?.at ?? never) : never);
  }

  #takeDue(): Lane | undefined {
    if (this.#running.size >= this.#concurrency) return undefined;
    const first = this.#firstResting();
    if (!first || first.at > this.#clock.now()) return undefined;
    this.#heap.shift();
    return this.#lanes.get(first.id);
  }

  async #run(lane: Lane, work: Work): Promise<void> {
    const controller = new AbortController();
    this.#running.set(lane, controller);
    const { dueAt, heldUntil = 0 } = await this.#poll(lane, work, controller.signal);
    let written: number;
    do {
      written = Math.min(dueAt, lane.wokenAt);
      const due = written;
      await this.#recorder.record({ lane: lane.id }, this.#stopping.signal, () =>
        this.#write(lane, due, heldUntil),
      );
    } while (lane.wokenAt < written);
    this.#running.delete(lane);
    lane.wokenAt = never;
    this.#rest(lane, lane.isRetired ? never : written, heldUntil);
    if (this.#running.size === 0) this.#becomeIdle();
    this.#pump();
  }

  #becomeIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  async #poll(lane: Lane, work: Work, signal: AbortSignal): Promise<LaneRest> {
    try {
      return await work(lane.id, signal);
    } catch (error) {
      // A bug is not a fault: it ends the process.
      if (!(error instanceof FeedhookError)) throw error;
      const { code, message } = error;
      this.#log.error({ lane: lane.id, code, reason: message }, 'lane-fault');
      return { dueAt: this.#clock.now() + faultPauseMs, heldUntil: lane.heldUntil };
    }
  }

  #write({ id, isRetired }: Lane, dueAt: number, heldUntil: number): void {
    if (isRetired) this.#table.retire(id, heldUntil, this.#clock.now());
    else this.#table.setRest(id, dueAt, heldUntil);
  }

  /** No rule holds a lane longer than its caps allow, so a later hold was written by a clock that ran ahead. */
  #isPossible(heldUntil: number): boolean {
    return heldUntil - this.#clock.now() <= longestHoldMs;
  }

  #add(id: string, dueAt: number, heldUntil: number): void {
    const lane: Lane = { id, dueAt, heldUntil, wokenAt: never, isRetired: false };
    this.#lanes.set(id, lane);
    this.#rest(lane, dueAt, heldUntil);
  }

  /** What `reconcile` says of one lane; the heap is built anew after it. */
  #set(id: string, dueAt: number): void {
    const lane = this.#lanes.get(id);
    if (!lane) {
      this.#add(id, dueAt, 0);
      return;
    }
    lane.isRetired = false;
    if (this.#running.has(lane)) lane.wokenAt = Math.min(lane.wokenAt, dueAt);
    else lane.dueAt = dueAt;
  }

  #retire(lane: Lane): void {
    lane.isRetired = true;
    lane.dueAt = never;
    lane.wokenAt = never;
    const isNeeded = this.#running.has(lane) || lane.heldUntil > this.#clock.now();
    if (!isNeeded) this.#lanes.delete(lane.id);
  }

  #differs(id: string, dueAt: number): boolean {
    const lane = this.#lanes.get(id);
    return !lane || lane.isRetired || (!this.#running.has(lane) && lane.dueAt !== dueAt);
  }

  #rest(lane: Lane, dueAt: number, heldUntil: number): void {
    lane.dueAt = dueAt;
    lane.heldUntil = heldUntil;
    if (lane.dueAt !== never) this.#heap.push(lane.id, runsAt(lane));
    // Every wake leaves an old place behind; sweep before they outnumber the lanes.
    if (this.#heap.size > 2 * this.#lanes.size + 1_000) this.#rebuildHeap();
  }

  #rebuildHeap(): void {
    this.#heap.clear();
    for (const lane of this.#lanes.values()) {
      if (lane.dueAt !== never && !this.#running.has(lane)) this.#heap.push(lane.id, runsAt(lane));
    }
  }

  /** The earliest place in the heap that still holds; old places in front of it are dropped. */
  #firstResting() {
    for (let first = this.#heap.first; first; first = this.#heap.first) {
      const lane = this.#lanes.get(first.id);
      if (lane && !this.#running.has(lane) && runsAt(lane) === first.at) return first;
      this.#heap.shift();
    }
    return undefined;
  }

  #setTimer(at: number): void {
    if (this.#timer?.at === at) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (at === never) return;
    const run = () => {
      this.#timer = undefined;
      this.#pump();
    };
    this.#timer = { at, timer: this.#clock.startTimer(at - this.#clock.now(), run) };
  }
}

const runsAt = ({ dueAt, heldUntil }: Lane) => Math.max(dueAt, heldUntil);
