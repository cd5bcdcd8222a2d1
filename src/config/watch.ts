// Watches feeds.yaml and reports each change that matters. What is in force changes only by a file that is valid
// and means something else than before; a bad edit is reported, and the last good configuration stays.

import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Timer } from '../clock.ts';
import type { Config } from './config.ts';
import type { Environment } from './interpolate.ts';
import { type FurtherRules, loadConfig } from './load.ts';
import { Secret } from './secret.ts';

export interface WatchOptions {
  readonly path: string;
  readonly env: Environment;
  readonly further?: FurtherRules;
  readonly clock: Clock;
  /** What is in force; absent: what the file says when the watch begins. */
  readonly current?: Config;
  readonly onConfig: (config: Config) => void;
  /** A ConfigError: the file cannot be read or has faults. Once for each edit. */
  readonly onFault: (error: unknown) => void;
}

// Editors write in several steps; a file still being touched after the longer time is read anyway.
const quietMs = 200;
const longestDelayMs = 2000;
// Finds what the system does not announce: files behind links, network mounts, a folder that came back.
const lookAgainMs = 30_000;

export interface ConfigWatcher {
  /** Reports nothing from now on. */
  close(): void;
  /** Resolves when the file is not being read. */
  settled(): Promise<void>;
}

export function watchConfig(options: WatchOptions): ConfigWatcher {
  return new ConfigWatch(options);
}

/**
 * Resting until something happens in the folder, or for 30 s; then waiting until the folder has been quiet for
 * 200 ms; then looking. A look reads the file only if its stamp (identity, size, times) differs from the last look's.
 * The folder is watched, not the file, so a file that is renamed over, linked anew or removed is not lost.
 */
class ConfigWatch implements ConfigWatcher {
  readonly #options: WatchOptions;
  #folder: FSWatcher | undefined;
  #quiet: Timer | undefined;
  #touchedAt: number | undefined;
  #nextLook: Timer;
  #looking: Promise<void>;
  #stamp: string | undefined;
  #inForce: string | undefined;
  #isClosed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#watchFolder();
    this.#nextLook = this.#lookLater();
    this.#inForce = options.current && digest(options.current);
    this.#looking = options.current ? Promise.resolve() : this.#learn();
    // The first look finds an edit made since `current` was loaded.
    this.#touch();
  }

  close(): void {
    this.#isClosed = true;
    this.#folder?.close();
    this.#quiet?.cancel();
    this.#nextLook.cancel();
  }

  settled(): Promise<void> {
    return this.#looking;
  }

  #watchFolder(): void {
    try {
      this.#folder = watch(dirname(this.#options.path), () => this.#touch());
      this.#folder.on('error', () => this.#unwatchFolder());
    } catch {
      // No folder, or no watches left in this system: the look every 30 s remains.
      this.#folder = undefined;
    }
  }

  #unwatchFolder(): void {
    this.#folder?.close();
    this.#folder = undefined;
  }

  #touch(): void {
    const { clock } = this.#options;
    this.#touchedAt ??= clock.now();
    this.#quiet?.cancel();
    const delayMs = Math.min(quietMs, this.#touchedAt + longestDelayMs - clock.now());
    this.#quiet = clock.startTimer(delayMs, () => {
      this.#touchedAt = undefined;
      this.#enqueueLook();
    });
  }

  #lookLater(): Timer {
    return this.#options.clock.startTimer(lookAgainMs, () => {
      // A watch on a folder that was removed stays silent for ever, so it is renewed.
      this.#unwatchFolder();
      this.#watchFolder();
      this.#nextLook = this.#lookLater();
      this.#enqueueLook();
    });
  }

  #enqueueLook(): void {
    this.#looking = this.#looking.then(() => this.#look());
  }

  async #learn(): Promise<void> {
    this.#stamp = await stampOf(this.#options.path);
    const { path, env, further } = this.#options;
    const config = await loadConfig(path, env, further).catch(() => undefined);
    this.#inForce = config && digest(config);
  }

  async #look(): Promise<void> {
    const stamp = await stampOf(this.#options.path);
    if (stamp === this.#stamp || this.#isClosed) return;
    this.#stamp = stamp;
    const { path, env, further, onFault } = this.#options;
    const read = await loadConfig(path, env, further).then(
      (config) => ({ config }),
      (fault: unknown) => ({ fault }),
    );
    if ('config' in read) this.#take(read.config);
    else if (!this.#isClosed) {
      // The next good file is reported even if it is the one in force again: it takes the fault back.
      this.#inForce = undefined;
      onFault(read.fault);
    }
  }

  #take(config: Config): void {
    const meaning = digest(config);
    if (this.#isClosed || meaning === this.#inForce) return;
    this.#inForce = meaning;
    this.#options.onConfig(config);
  }
}

/** Changes whenever the file is written, replaced, touched, removed or given other rights. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** The same for files that mean the same: neither comments nor line numbers count, but secrets do. */
function digest({ warnings: _, ...config }: Config): string {
  const text = JSON.stringify(config, function (this: Record<string, unknown>, key, value: unknown) {
    // Secret prints itself as "set" before this is called, so the raw value is looked up.
    const raw = this[key];
    if (raw instanceof Secret) return raw.reveal();
    return raw instanceof Map ? [...raw] : value;
  });
  return createHash('sha256').update(text).digest('hex');
}
