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

/** Real time in which answers that are on their way arrive; the others are cut off. */
const arrivalMs = 250;

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

export class WatchedDaemon implements AsyncDisposable {
  /** Times of restarts and reloads. */
  readonly restarts: number[] = [];
  readonly folder: TemporaryFolder;
  readonly #clock: ScaledClock;
  #running: Daemon | undefined;
  #crash: unknown;

  static async start(clock: ScaledClock, config: object): Promise<WatchedDaemon> {
    const watched = new WatchedDaemon(clock, await temporaryFolder());
    await writeFile(watched.configFile, JSON.stringify(config));
    await watched.#start();
    return watched;
  }

  private constructor(clock: ScaledClock, folder: TemporaryFolder) {
    this.#clock = clock;
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

  async reload(): Promise<void> {
    this.restarts.push(this.#clock.now());
    await this.#running?.reload(await loadConfig(this.configFile, {}));
  }

  async stop(): Promise<void> {
    // The grace time of a stop would be over in a few real milliseconds, and would cut off answers that the
    // origin has already given.
    this.#clock.pause();
    const stopped = this.#running?.stop();
    await Promise.race([stopped, delay(arrivalMs, undefined, { ref: false })]);
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
