// Opens the backend that the configuration names. Does not start a loop: the queues stand still until `start`.

import type { Clock } from '../clock.ts';
import type { StoreConfig } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { Backend } from '../ports.ts';
import { refuseMarked } from './migrate/refusals.ts';
import { openSqliteBackend } from './sqlite/open.ts';

export interface BackendOptions {
  readonly store: StoreConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Work (run, poll), or only look and ask beside those that do (deliveries list, show, replay). */
  readonly exclusive: boolean;
}

/** Rejects with a StoreError whose message is one line for people. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  const backend = await openForMigration(options);
  try {
    refuseMarked(backend.portable.name, await backend.portable.mark());
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** The same, of a store whatever migrations have left of it. */
export async function openForMigration({ store, ...rest }: BackendOptions): Promise<Backend> {
  switch (store.kind) {
    case 'sqlite':
      return await openSqliteBackend({ path: store.path, ...rest });
    case 'redis': {
      // A third of a second of loading, for those who have it.
      const { openRedisBackend } = await import('./redis/open.ts');
      return await openRedisBackend({ store, ...rest });
    }
  }
}
