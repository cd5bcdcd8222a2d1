// The BullMQ worker of one process for the lanes, with a connection of its own. What is done with a job, lane-runner.ts decides.

import type { Job } from 'bullmq';
import type { Clock } from '../../../clock.ts';
import { BullWorker } from '../server/bull-worker.ts';
import type { RedisClient, RedisLink } from '../server/link.ts';
import { type LaneJobData, laneQueueName } from './lane-jobs.ts';

/** An idle worker asks at least this often, in s, so that a lane waits no longer for another that died asleep. */
const drainDelaySeconds = 1;
/** After a connection that was lost. */
const retryMs = 500;

export interface LaneWorkerOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly process: (job: Job<LaneJobData>, token: string) => Promise<void>;
  readonly onRenewed: (jobIds: readonly string[]) => void;
  readonly onLost: (jobIds: readonly string[]) => void;
}

export class LaneWorker {
  readonly #client: RedisClient;
  readonly #worker: BullWorker<LaneJobData>;

  constructor({ link, clock, concurrency, process, onRenewed, onLost }: LaneWorkerOptions) {
    this.#client = link.forWorker();
    this.#worker = new BullWorker<LaneJobData>({
      link,
      clock,
      client: this.#client,
      queue: laneQueueName,
      process,
      more: {
        concurrency,
        drainDelay: drainDelaySeconds,
        runRetryDelay: retryMs,
        // A job that has ended makes room for the next of its id.
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    });
    this.#worker.worker.on('locksRenewed', ({ jobIds }) => onRenewed(jobIds));
    this.#worker.worker.on('lockRenewalFailed', (jobIds) => onLost(jobIds));
  }

  /** Takes nothing more from now on; resolves when the jobs that it has in hand, `ended`, are over and it has left. */
  async close(ended: () => Promise<void>): Promise<void> {
    await this.#worker.close(ended);
    this.#client.disconnect();
  }
}
