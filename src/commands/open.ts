// Opens the configuration and its store for a command that looks or mends while a daemon may be running.

import { openBackend } from '../backend/open.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/load.ts';
import { silentLog } from '../log.ts';
import type { Backend } from '../ports.ts';
import { readFeeds } from './read-feeds.ts';

export interface Opened extends AsyncDisposable {
  readonly config: Config;
  readonly backend: Backend;
}

export async function openForReading(file: string): Promise<Opened> {
  return await openBeside(await readFeeds(file));
}

/** The same, for a command that looks into the configuration first. */
export async function openBeside(config: Config): Promise<Opened> {
  const backend = await openBackend({
    store: config.store,
    clock: systemClock,
    log: silentLog,
    exclusive: false,
  });
  return { config, backend, [Symbol.asyncDispose]: () => backend.close() };
}
