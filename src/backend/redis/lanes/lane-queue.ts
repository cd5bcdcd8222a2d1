// The LaneQueue port for any number of processes. The truth about a lane is a record in Redis (lane-records.ts), changed by scripts
// only; its BullMQ job is its timer and its lock (lane-jobs.ts), and follows the record. A crash between the two leaves a
// record that is right, and lane-healer.ts mends the job.

import type { Clock } from '../../../clock.ts';
import type { Log } from '../../../log.ts';
import type { LaneQueue } from '../../../ports.ts';
import type { RedisLink } from '../server/link.ts';
import { LaneHealer } from './lane-healer.ts';
import { LaneJobs } from './lane-jobs.ts';
import { LaneRecords, lanesTogether } from './lane-records.ts';
import { LaneRunner, type LaneWork } from './lane-runner.ts';

const never = Number.POSITIVE_INFINITY;

export class RedisLaneQueue implements LaneQueue {
  readonly isShared = true;
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #records: LaneRecords;
  readonly #jobs: LaneJobs;
  readonly #healer: LaneHealer;
  #runner: LaneRunner | undefined;
  #stopped: Promise<void> = Promise.resolve();

  constructor(link: RedisLink, clock: Clock, log: Log) {
    this.#link = link;
    this.#clock = clock;
    this.#log = log;
    this.#records = new LaneRecords(link, clock);
    this.#jobs = new LaneJobs(link, this.#records);
    this.#healer = new LaneHealer({ link, clock, records: this.#records, jobs: this.#jobs });
  }

  async reconcile(lanes: ReadonlyMap<string, number>, { joins = false } = {}): Promise<void> {
    const told = [...lanes];
    for (let from = 0; from < told.length; from += lanesTogether) {
      const some = told.slice(from, from + lanesTogether);
      await this.#jobs.settle(await this.#records.reconcile(some, joins));
    }
    if (!joins) await this.#retireOthers(lanes);
  }

  start(work: LaneWork, concurrency: number): void {
    this.#runner = new LaneRunner({
      link: this.#link,
      clock: this.#clock,
      log: this.#log,
      records: this.#records,
      jobs: this.#jobs,
      work,
      concurrency,
    });
    this.#healer.start();
  }

  async wake(laneId: string, at: number): Promise<void> {
    const turn = await this.#records.wake(laneId, at);
    if (turn) await this.#jobs.settle([turn]);
  }

  stop(): Promise<void> {
    const runner = this.#runner;
    this.#runner = undefined;
    if (runner) this.#stopped = Promise.all([runner.stop(), this.#healer.stop()]).then(() => {});
    return this.#stopped;
  }

  /** Makes the jobs follow the records where they do not; done by itself once a minute. */
  heal(): Promise<void> {
    return this.#healer.heal();
  }

  earliestDueAt(): Promise<number | undefined> {
    return this.#jobs.earliest();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#jobs.close();
  }

  async #retireOthers(lanes: ReadonlyMap<string, number>): Promise<void> {
    for await (const page of this.#records.scan()) {
      const left = page.filter(({ lane }) => !lanes.has(lane));
      await this.#records.retire(left.map(({ lane }) => lane));
      const wereThere = left.filter(({ isRetired }) => !isRetired);
      await this.#jobs.settle(wereThere.map(({ lane }) => ({ lane, at: never })));
    }
  }
}
