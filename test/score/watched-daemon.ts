// The real daemon in this process, on a store and a feeds.yaml of its own, under a clock that is given. May be
// stopped, started and reloaded as often as one likes; notes when.

import { writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { Clock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Daemon, startDaemon } from '../../src/daemon.ts';
import { silentLog } from '../../src/log.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

export class WatchedDaemon implements AsyncDisposable {
  /** Times of restarts and reloads. */
  readonly restarts: number[] = [];
  readonly folder: TemporaryFolder;
  readonly #clock: Clock;
  #running: Daemon | undefined;
  #crash: unknown;

  static async start(clock: Clock, config: object): Promise<WatchedDaemon> {
    const watched = new WatchedDaemon(clock, await temporaryFolder());
    await writeFile(watched.configFile, JSON.stringify(config));
    await watched.#start();
    return watched;
  }

  private constructor(clock: Clock, folder: TemporaryFolder) {
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
    await this.#running?.stop();
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
