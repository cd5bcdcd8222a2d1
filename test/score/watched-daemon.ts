// The real daemon in this process, on a store and a feeds.yaml of its own, under a clock that is given. May be
// stopped, started and reloaded as often as one likes; notes when.

import { writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/config/load.ts';
import { type Daemon, startDaemon } from '../../src/daemon.ts';
import { silentLog } from '../../src/log.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';
import type { ScaledClock } from './scaled-clock.ts';

/** Real time after which a stop cuts off requests whose answer will not come, and those whose answer should have. */
const hangingMs = 3_000;
const arrivalMs = 20_000;

export interface WatchOptions {
  readonly clock: ScaledClock;
  readonly config: object;
  /** Whether a request is open whose answer nobody can wait for. */
  readonly isHanging: () => boolean;
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

export class WatchedDaemon implements AsyncDisposable {
  /** Times of restarts and reloads. */
  readonly restarts: number[] = [];
  readonly folder: TemporaryFolder;
  readonly #clock: ScaledClock;
  readonly #isHanging: () => boolean;
  #running: Daemon | undefined;
  #crash: unknown;

  static async start(options: WatchOptions): Promise<WatchedDaemon> {
    const watched = new WatchedDaemon(options, await temporaryFolder());
    await writeFile(watched.configFile, JSON.stringify(options.config));
    await watched.#start();
    return watched;
  }

  private constructor({ clock, isHanging }: WatchOptions, folder: TemporaryFolder) {
    this.#clock = clock;
    this.#isHanging = isHanging;
    this.folder = folder;
  }

  get configFile(): string {
    return this.folder.file('feeds.yaml');
  }

  async restart(): Promise<void> {
    this.restarts.push(this.#clock.now());
    await this.stop();
    await this.#start();
  }

  /** As if the machine had been off for so long. */
  async sleep(ms: number): Promise<void> {
    this.restarts.push(this.#clock.now());
    await this.stop();
    this.#clock.jump(ms);
    await this.#start();
  }

  async reload(): Promise<void> {
    this.restarts.push(this.#clock.now());
    await this.#running?.reload(await loadConfig(this.configFile, {}));
  }

  async stop(): Promise<void> {
    // The grace time of a stop would be over in a few real milliseconds, and would cut off answers that the
    // origin has already given.
    this.#clock.pause();
    let isStopped = false;
    const stopped = this.#running?.stop().finally(() => {
      isStopped = true;
    });
    const began = performance.now();
    const hasTime = () => performance.now() - began < (this.#isHanging() ? hangingMs : arrivalMs);
    while (stopped && !isStopped && hasTime()) await delay(5);
    this.#clock.resume();
    await stopped;
    this.#running = undefined;
    if (this.#crash) throw this.#crash;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop();
    await this.folder[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    this.#running = await startDaemon(await loadConfig(this.configFile, {}), {
      clock: this.#clock,
      log: silentLog,
      output: nowhere(),
      crash: (error) => {
        this.#crash = error;
      },
    });
  }
}
