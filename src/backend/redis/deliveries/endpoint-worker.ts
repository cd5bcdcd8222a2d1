// The BullMQ worker of one process for one endpoint: it gets slots and gives them back. What is done in a slot, delivery-slot.ts
// decides; BullMQ says which process has it, renews its lock, and gives the slots of a dead process to another.
//
// It costs one connection, on which it waits for jobs; all else goes over one that all workers share.

import { DelayedError, type Job } from 'bullmq';
import { type Clock, type Timer, wait } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import { BullWorker } from '../server/bull-worker.ts';
import type { RedisClient, RedisLink } from '../server/link.ts';
import { recordPauseMs } from './delivery-desk.ts';
import type { SlotEnd } from './delivery-slot.ts';
import { type EndpointJobs, mostSlots, queueName } from './endpoint-jobs.ts';

/** An idle worker asks at least this often, in s, so that a slot waits no longer for another process that died asleep. */
const drainDelaySeconds = 1;

export interface WorkerTools {
  readonly link: RedisLink;
  readonly client: RedisClient;
  readonly clock: Clock;
  readonly jobs: EndpointJobs;
  readonly run: (endpointId: string, slot: string) => Promise<SlotEnd>;
  /** How many slots there are by now. */
  readonly slotsOf: (endpointId: string) => number;
  /** Aborted, nothing is waited for any more. */
  readonly giveUp: AbortSignal;
}

export class EndpointWorker {
  readonly #tools: WorkerTools;
  readonly #endpointId: string;
  readonly #worker: BullWorker<unknown>;
  /** Of slots that this process has put to rest: BullMQ wakes a worker up to 0.1 s late. */
  readonly #timers = new Map<string, Timer>();
  readonly #inHand = new Set<Promise<unknown>>();

  constructor(tools: WorkerTools, endpointId: string) {
    const { link, clock, client } = tools;
    this.#tools = tools;
    this.#endpointId = endpointId;
    this.#worker = new BullWorker({
      link,
      clock,
      client,
      queue: queueName(endpointId),
      process: (job, token) => this.#process(job, token),
      // There are as many jobs as attempts may run; a limit here would be a second one, which BullMQ does not raise at once.
      more: { concurrency: mostSlots, drainDelay: drainDelaySeconds },
    });
  }

  /** Takes nothing more; resolves when all that it has in hand is over. */
  async close(): Promise<void> {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    await this.#worker.close(() => Promise.allSettled(this.#inHand));
  }

  #process(job: Job, token: string): Promise<void> {
    const running = this.#runSlot(job, token).catch((error) => {
      // A bug is not a fault: it ends the process, which BullMQ would keep it from, and the job is not one that has failed.
      if (!(error instanceof DelayedError)) void Promise.reject(error);
      throw new DelayedError();
    });
    this.#inHand.add(running);
    const end = () => this.#inHand.delete(running);
    running.then(end, end);
    return running;
  }

  async #runSlot(job: Job, token: string): Promise<void> {
    const slot = job.id ?? '';
    this.#timers.get(slot)?.cancel();
    this.#timers.delete(slot);
    const end = await this.#tools.run(this.#endpointId, slot);
    // It ends, and with it the job.
    if (end.kind === 'surplus') return this.#leave(slot);
    if (end.kind === 'rest' && (await this.#putToRest(slot, token, end.at))) await this.#watch(slot, end);
    // Whatever came of it, the job is no longer this worker's: https://docs.bullmq.io/patterns/process-step-jobs
    throw new DelayedError();
  }

  /** The configuration may have made room for it again after it was told that there is none. */
  #leave(slot: string): void {
    const { clock, jobs, slotsOf } = this.#tools;
    clock.startTimer(100, () => {
      const slots = slotsOf(this.#endpointId);
      if (Number(slot.split('-')[1]) <= slots) void jobs.ensure(this.#endpointId, slots).catch(() => {});
    });
  }

  /** Whether it rests; not when it was taken over. Repeated, since a slot that is not given back waits for its lock to end. */
  async #putToRest(slot: string, token: string, at: number): Promise<boolean> {
    const { jobs, clock, giveUp } = this.#tools;
    for (;;) {
      try {
        return await jobs.rest(this.#endpointId, slot, token, at);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (giveUp.aborted) return false;
        await wait(clock, recordPauseMs, giveUp);
      }
    }
  }

  /** Somebody who woke it before its job rested was too early, and it is for us to do. */
  async #watch(slot: string, { at, isGivenBack }: Extract<SlotEnd, { kind: 'rest' }>): Promise<void> {
    const { link, clock, jobs } = this.#tools;
    const promote = () => void jobs.promote(this.#endpointId, slot);
    if (this.#worker.isClosing) return;
    this.#timers.set(slot, clock.startTimer(at - clock.now(), promote));
    if (isGivenBack) return;
    try {
      const rests = await link.ask((client) => client.zscore(link.key('resting', this.#endpointId), slot));
      if (rests === null) promote();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}
