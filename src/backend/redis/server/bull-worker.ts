// A BullMQ worker as lanes and slots need it: for jobs that never end, with a lock as long as the lease, a pause where BullMQ would
// ask in a hot loop, and an end that comes even while the server is away. What is done with a job, others decide.

import { type Job, RedisConnection, Worker, type WorkerOptions } from 'bullmq';
import { type Clock, type Timer, wait } from '../../../clock.ts';
import { oldestVersion } from './checks.ts';
import type { RedisClient, RedisLink } from './link.ts';

// Not asked for the version, since INFO may be forbidden and checks.ts looks at it, BullMQ takes a server for the oldest one that it
// knows, which cannot wait for less than a second: each job would come up to a second late.
RedisConnection.minimumVersion = `${oldestVersion}.0`;

/** After a refusal of the server (read-only, disk full). */
const breatherMs = 1_000;
/** So often it is made sure that BullMQ still looks for expired locks: what the server answers while it starts can end that. */
const watchMs = 15_000;
/** A worker that cannot say goodbye in this time is cut off. */
const goodbyeMs = 1_000;

export interface BullWorkerOptions<Data> {
  readonly link: RedisLink;
  readonly clock: Clock;
  /** Not the one that it blocks on, of which it makes itself one. */
  readonly client: RedisClient;
  readonly queue: string;
  readonly process: (job: Job<Data>, token: string) => Promise<void>;
  readonly more: Pick<
    WorkerOptions,
    'concurrency' | 'drainDelay' | 'runRetryDelay' | 'removeOnComplete' | 'removeOnFail'
  >;
}

export class BullWorker<Data> {
  readonly worker: Worker<Data>;
  readonly #clock: Clock;
  #breather: Timer | undefined;
  #watch: Timer | undefined;
  #isClosing = false;

  constructor({ link, clock, client, queue, process, more }: BullWorkerOptions<Data>) {
    const { leaseMs } = link.config;
    this.#clock = clock;
    this.worker = new Worker<Data>(queue, (job, token = '') => process(job, token), {
      ...more,
      connection: client,
      prefix: link.bullPrefix,
      lockDuration: leaseMs,
      // The check that finds an expired lock; two in a row take a dead process's job away from it.
      stalledInterval: Math.max(100, Math.floor(leaseMs / 2)),
      // An eternal job never resets its count, and would fail for ever at its second crash with the default.
      maxStalledCount: 1e6,
      skipVersionCheck: true,
    });
    this.worker.on('error', (error) => this.#pauseAfter(error));
    this.#watchLater();
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Takes nothing more from now on; resolves when the jobs that it has in hand, `ended`, are over and it has left. */
  async close(ended: () => Promise<unknown>): Promise<void> {
    this.#isClosing = true;
    this.#breather?.cancel();
    this.#watch?.cancel();
    // Its `close` would wait for ever for a server that is away; a forced one does not, and waits for no job either.
    const paused = this.worker.pause().catch(() => {});
    await ended();
    await this.#atMost(paused);
    // BullMQ brings the connection that it blocks on back to life when it finds it dead, and so perhaps after this.
    const cut = this.worker.getBackend().blockingClient?.then((client) => {
      client.on('ready', () => client.disconnect());
      client.disconnect();
    });
    cut?.catch(() => {});
    await this.#atMost(this.worker.close(true));
    await ended();
  }

  #watchLater(): void {
    this.#watch = this.#clock.startTimer(watchMs, () => {
      if (!this.worker.isPaused()) void this.worker.startStalledCheckTimer();
      if (!this.#isClosing) this.#watchLater();
    });
  }

  async #atMost(end: Promise<void>): Promise<void> {
    const isOver = new AbortController();
    const ending = end.catch(() => {}).then(() => isOver.abort());
    await Promise.race([ending, wait(this.#clock, goodbyeMs, isOver.signal)]);
  }

  /** BullMQ asks again at once when the server refuses, and would do nothing else. */
  #pauseAfter(error: Error): void {
    if (error.name !== 'ReplyError' || this.#breather || this.#isClosing) return;
    void this.worker.pause(true);
    this.#breather = this.#clock.startTimer(breatherMs, () => {
      this.#breather = undefined;
      if (!this.#isClosing) void this.worker.resume();
    });
  }
}
