// What a process does with a lane's job while it polls: claims the lane by its record, works, records the rest, and gives the job
// back to its time. The order is what makes it safe: the record first, the job after it, and the record once more, so that what
// came in between is seen by one of the two who did it.

import { DelayedError, type Job } from 'bullmq';
import { type Clock, wait } from '../../../clock.ts';
import { FeedhookError, StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { LaneRest } from '../../../ports.ts';
import type { RedisLink } from '../server/link.ts';
import { isRefusal, jobIdOf, type LaneJobData, type LaneJobs } from './lane-jobs.ts';
import { LaneLease } from './lane-lease.ts';
import { LaneRecorder } from './lane-recorder.ts';
import type { Claim, LaneRecords } from './lane-records.ts';
import { LaneWorker } from './lane-worker.ts';

/** After a fault of our own (the store could not be read), a lane rests this long. */
const faultPauseMs = 30_000;
/** Until a lane that was handed to us is asked for again, when the server did not answer. */
const claimPauseMs = 250;

export type LaneWork = (laneId: string, signal: AbortSignal) => Promise<LaneRest>;

export interface LaneRunnerOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly records: LaneRecords;
  readonly jobs: LaneJobs;
  readonly work: LaneWork;
  readonly concurrency: number;
}

/** How a run ended; `heldUntil` `undefined`: as before. */
interface RunEnd {
  readonly dueAt: number;
  readonly heldUntil: number | undefined;
}

type LaneJob = Job<LaneJobData>;

export class LaneRunner {
  readonly #options: LaneRunnerOptions;
  readonly #recorder: LaneRecorder;
  readonly #worker: LaneWorker;
  readonly #leases = new Map<string, LaneLease>();
  /** What is being done with each lane, until its job is given back. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: LaneRunnerOptions) {
    const { link, clock, log, concurrency } = options;
    this.#options = options;
    this.#recorder = new LaneRecorder(clock, log);
    this.#worker = new LaneWorker({
      link,
      clock,
      concurrency,
      process: (job, token) => this.#process(job, token),
      onRenewed: (jobIds) => this.#eachLease(jobIds, (lease) => lease.renew()),
      onLost: (jobIds) => this.#eachLease(jobIds, (lease) => lease.lose()),
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const lease of this.#leases.values()) lease.abort();
    await this.#worker.close(async () => {
      while (this.#turns.size > 0) await Promise.all(this.#turns.values());
    });
  }

  /** BullMQ ends the job when this resolves, and leaves it to us when it throws DelayedError. */
  async #process(job: LaneJob, token: string): Promise<void> {
    const lane: unknown = job.data?.lane;
    // Not one of ours, whoever put it there.
    if (typeof lane !== 'string' || job.id !== jobIdOf(lane)) return;
    const turn = this.#turn(lane, job, token, this.#turns.get(lane));
    this.#turns.set(lane, turn);
    await turn;
    if (this.#turns.get(lane) === turn) this.#turns.delete(lane);
    throw new DelayedError();
  }

  /** `before`: a turn that lost its lock, and has not ended yet. */
  async #turn(lane: string, job: LaneJob, token: string, before: Promise<void> | undefined): Promise<void> {
    const { clock, log, link } = this.#options;
    await before;
    const lease = new LaneLease(clock, link.config.leaseMs, () => log.warn({ lane }, 'lane-lost'));
    this.#leases.set(jobIdOf(lane), lease);
    try {
      if (this.#stopping.signal.aborted) return await this.#giveBack(lane, job, token, clock.now());
      const next = await this.#runIfDue(lane, token, lease);
      if (next) await this.#giveBack(lane, job, token, next.at);
    } catch (error) {
      // A bug is not a fault: it ends the process, which BullMQ would keep it from.
      void Promise.reject(error);
    } finally {
      lease.end();
      this.#leases.delete(jobIdOf(lane));
    }
  }

  /** When the lane is due next; nothing where that is no longer ours to say. */
  async #runIfDue(lane: string, token: string, lease: LaneLease): Promise<{ at: number } | undefined> {
    const claim = await this.#claim(lane, token, lease);
    if (claim !== 'run') return claim === 'lost' ? undefined : claim;
    const { dueAt, heldUntil } = await this.#poll(lane, lease.signal);
    const next = await this.#recorder.record(lane, this.#stopping.signal, () =>
      this.#options.records.rest(lane, token, dueAt, heldUntil),
    );
    return next === 'lost' ? undefined : next;
  }

  async #claim(lane: string, token: string, lease: LaneLease): Promise<Claim> {
    const { records, jobs, clock } = this.#options;
    while (!lease.signal.aborted) {
      try {
        return await records.claim(lane, token, jobs.lockOf(lane));
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
      await wait(clock, claimPauseMs, lease.signal);
    }
    return 'lost';
  }

  async #poll(lane: string, signal: AbortSignal): Promise<RunEnd> {
    const { work, clock, log } = this.#options;
    try {
      const { dueAt, heldUntil = 0 } = await work(lane, signal);
      return { dueAt, heldUntil };
    } catch (error) {
      if (!(error instanceof FeedhookError)) throw error;
      const { code, message } = error;
      log.error({ lane, code, reason: message }, 'lane-fault');
      return { dueAt: clock.now() + faultPauseMs, heldUntil: undefined };
    }
  }

  async #giveBack(lane: string, job: LaneJob, token: string, at: number): Promise<void> {
    const { jobs } = this.#options;
    try {
      const wasMoved = await this.#moveTo(job, token, at).then(
        () => true,
        (error) => {
          if (!isRefusal(error)) throw error;
          return false;
        },
      );
      await jobs.settle(wasMoved ? await jobs.changed([{ lane, at }]) : [{ lane, at }]);
    } catch (error) {
      // The record is right: the job is taken from us when its lock ends, and what is amiss with it is healed.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  async #moveTo(job: LaneJob, token: string, at: number): Promise<void> {
    const isEnd = at === Number.POSITIVE_INFINITY;
    await this.#options.link.ask<unknown>(() =>
      isEnd ? job.moveToCompleted(undefined, token, false) : job.moveToDelayed(at, token),
    );
  }

  #eachLease(jobIds: readonly string[], change: (lease: LaneLease) => void): void {
    for (const id of jobIds) {
      const lease = this.#leases.get(id);
      if (lease) change(lease);
    }
  }
}
