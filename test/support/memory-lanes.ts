// The LaneQueue port in memory: the smallest honest implementation. It forgets everything with the process,
// so it serves tests of what stands above the port; the backends are held to the conformance suite.

import type { Clock, Timer } from '../../src/clock.ts';
import type { LaneQueue, LaneRest } from '../../src/ports.ts';

type Work = (laneId: string, signal: AbortSignal) => Promise<LaneRest>;

interface Resting {
  dueAt: number;
  heldUntil: number;
}

export class MemoryLanes implements LaneQueue {
  readonly isShared: boolean = false;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Resting>();
  readonly #running = new Map<string, Promise<void>>();
  #stopping = new AbortController();
  #work: { readonly run: Work; readonly concurrency: number } | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch ms at which each lane may run next. */
  get due(): Map<string, number> {
    return new Map([...this.#lanes].map(([id, lane]) => [id, runsAt(lane)]));
  }

  async reconcile(lanes: ReadonlyMap<string, number>): Promise<void> {
    for (const id of this.#lanes.keys()) if (!lanes.has(id)) this.#lanes.delete(id);
    for (const [id, dueAt] of lanes) {
      const lane = this.#lanes.get(id);
      if (lane) lane.dueAt = dueAt;
      else this.#lanes.set(id, { dueAt, heldUntil: 0 });
    }
    this.#pump();
  }

  start(run: Work, concurrency: number): void {
    this.#work = { run, concurrency };
    this.#stopping = new AbortController();
    this.#pump();
  }

  async wake(laneId: string, at: number): Promise<void> {
    const lane = this.#lanes.get(laneId);
    if (lane) lane.dueAt = Math.min(lane.dueAt, at);
    this.#pump();
  }

  async stop(): Promise<void> {
    this.#work = undefined;
    this.#timer?.cancel();
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#work) return;
    const { run, concurrency } = this.#work;
    const waiting = [...this.#lanes]
      .filter(([id]) => !this.#running.has(id))
      .sort(([, one], [, other]) => runsAt(one) - runsAt(other));
    for (const [id, lane] of waiting) {
      if (this.#running.size >= concurrency) return;
      const leftMs = runsAt(lane) - this.#clock.now();
      if (leftMs <= 0) this.#running.set(id, this.#hand(id, lane, run));
      else {
        if (leftMs < Number.POSITIVE_INFINITY)
          this.#timer = this.#clock.startTimer(leftMs, () => this.#pump());
        return;
      }
    }
  }

  async #hand(id: string, lane: Resting, run: Work): Promise<void> {
    // What reconcile and wake say from now on is for after the run.
    lane.dueAt = Number.POSITIVE_INFINITY;
    const { dueAt, heldUntil = 0 } = await run(id, this.#stopping.signal);
    const current = this.#lanes.get(id);
    if (current) Object.assign(current, { dueAt: Math.min(current.dueAt, dueAt), heldUntil });
    this.#running.delete(id);
    this.#pump();
  }
}

const runsAt = ({ dueAt, heldUntil }: Resting) => Math.max(dueAt, heldUntil);
