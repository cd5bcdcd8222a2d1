// Mends what a crash between a record and its job, or a hand in the store, has left: the records are right, and each lane that is
// due sometime has a job for that time. Once a minute, on one of all processes.

import type { Clock, Timer } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { RedisLink } from '../server/link.ts';
import { jobIdOf, type LaneJobs } from './lane-jobs.ts';
import type { LaneRecord, LaneRecords } from './lane-records.ts';

const healEveryMs = 60_000;
/** Shorter than the shortest pause of one process, so that each minute has its turn. */
const turnMs = 40_000;
/** A job may be as much later than its record says: it is being moved just now. */
const toleranceMs = 1_000;

export interface LaneHealerOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly records: LaneRecords;
  readonly jobs: LaneJobs;
}

export class LaneHealer {
  readonly #options: LaneHealerOptions;
  #timer: Timer | undefined;
  #healing: Promise<void> | undefined;

  constructor(options: LaneHealerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#plan(0);
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#healing;
  }

  async heal(): Promise<void> {
    const { records, jobs, clock } = this.#options;
    await jobs.removeFailed();
    // Jobs before records: a lane that is added meanwhile has a record first, and is at worst added twice.
    const times = await jobs.times();
    const unknown = new Set(times.keys());
    for await (const page of records.scan()) {
      for (const { lane } of page) unknown.delete(jobIdOf(lane));
      const released = await this.#release(page);
      const amiss = page.filter((record) => isAmiss(record, times.get(jobIdOf(record.lane)), clock.now()));
      await records.retire(page.filter(({ isRetired }) => isRetired).map(({ lane }) => lane));
      await jobs.settle([...amiss, ...released]);
    }
    await jobs.remove([...unknown]);
  }

  async #release(page: readonly LaneRecord[]): Promise<LaneRecord[]> {
    const { records, jobs } = this.#options;
    const running = page.filter(({ isRunning }) => isRunning);
    return records.read(
      await records.release(running.map(({ lane }) => ({ lane, lock: jobs.lockOf(lane) }))),
    );
  }

  #plan(delayMs: number): void {
    this.#timer = this.#options.clock.startTimer(delayMs, () => {
      this.#healing = this.#healInTurn().finally(() => {
        this.#healing = undefined;
        if (this.#timer) this.#plan(healEveryMs * (0.75 + Math.random() / 2));
      });
    });
  }

  async #healInTurn(): Promise<void> {
    const { link } = this.#options;
    try {
      const turn = await link.ask((client) => client.set(link.key('lanes-healed'), '1', 'PX', turnMs, 'NX'));
      if (turn === 'OK') await this.heal();
    } catch (error) {
      // Whoever polls tells that the store is away; the next minute will do.
      if (!(error instanceof StoreError)) throw error;
    }
  }
}

function isAmiss({ at, isRunning }: LaneRecord, jobAt: number | undefined, now: number): boolean {
  if (isRunning) return false;
  if (at === Number.POSITIVE_INFINITY) return jobAt !== undefined;
  return jobAt === undefined || jobAt > Math.max(at, now) + toleranceMs;
}
