// One lane queue in memory that several schedulers take lanes from, as processes on one store do. Who gets a lane is told by
// `pick`, so that a test can have them take turns, or draw.

import type { Clock, Timer } from '../../src/clock.ts';
import type { LaneQueue, LaneRest } from '../../src/ports.ts';

type Work = (laneId: string, signal: AbortSignal) => Promise<LaneRest>;

interface Resting {
  dueAt: number;
  heldUntil: number;
}

interface Process {
  work: Work | undefined;
  concurrency: number;
  stopping: AbortController;
  readonly running: Map<string, Promise<void>>;
}

export class SharedMemoryLanes {
  readonly #clock: Clock;
  readonly #pick: (count: number) => number;
  readonly #lanes = new Map<string, Resting>();
  readonly #processes: Process[] = [];
  #timer: Timer | undefined;

  /** `pick`: an index below `count`, of the process that gets the next lane. */
  constructor(clock: Clock, pick: (count: number) => number) {
    this.#clock = clock;
    this.#pick = pick;
  }

  get due(): Map<string, number> {
    return new Map([...this.#lanes].map(([id, lane]) => [id, runsAt(lane)]));
  }

  /** The queue as one more process sees it. */
  process(): LaneQueue {
    const own: Process = {
      work: undefined,
      concurrency: 0,
      stopping: new AbortController(),
      running: new Map(),
    };
    this.#processes.push(own);
    return {
      isShared: true,
      reconcile: async (lanes, how) => this.#reconcile(lanes, how?.joins === true),
      start: (work, concurrency) => {
        Object.assign(own, { work, concurrency, stopping: new AbortController() });
        this.#pump();
      },
      wake: async (laneId, at) => {
        const lane = this.#lanes.get(laneId);
        if (lane) lane.dueAt = Math.min(lane.dueAt, at);
        this.#pump();
      },
      stop: async () => {
        own.work = undefined;
        own.stopping.abort();
        await Promise.all(own.running.values());
        this.#pump();
      },
    };
  }

  #reconcile(lanes: ReadonlyMap<string, number>, joins: boolean): void {
    if (!joins) for (const id of this.#lanes.keys()) if (!lanes.has(id)) this.#lanes.delete(id);
    for (const [id, dueAt] of lanes) {
      const lane = this.#lanes.get(id);
      if (!lane) this.#lanes.set(id, { dueAt, heldUntil: 0 });
      else if (!joins) lane.dueAt = dueAt;
    }
    this.#pump();
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const waiting = [...this.#lanes]
      .filter(([id]) => this.#processes.every(({ running }) => !running.has(id)))
      .sort(([, one], [, other]) => runsAt(one) - runsAt(other));
    for (const [id, lane] of waiting) {
      const free = this.#processes.filter(
        ({ work, running, concurrency }) => work && running.size < concurrency,
      );
      const taker = free[this.#pick(free.length)];
      if (!taker) return;
      const leftMs = runsAt(lane) - this.#clock.now();
      if (leftMs > 0) {
        if (leftMs < Number.POSITIVE_INFINITY)
          this.#timer = this.#clock.startTimer(leftMs, () => this.#pump());
        return;
      }
      taker.running.set(id, this.#hand(id, lane, taker));
    }
  }

  async #hand(id: string, lane: Resting, { work, stopping, running }: Process): Promise<void> {
    lane.dueAt = Number.POSITIVE_INFINITY;
    const { dueAt, heldUntil = 0 } = (await work?.(id, stopping.signal)) ?? lane;
    const current = this.#lanes.get(id);
    if (current) Object.assign(current, { dueAt: Math.min(current.dueAt, dueAt), heldUntil });
    running.delete(id);
    this.#pump();
  }
}

const runsAt = ({ dueAt, heldUntil }: Resting) => Math.max(dueAt, heldUntil);
