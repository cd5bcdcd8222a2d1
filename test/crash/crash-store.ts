// What a crash world needs to know of its store: how feeds.yaml names it, how many daemons share it, what a look at it finds,
// and which deaths it can die itself. The file of SQLite is here, the servers of Redis are in redis-store.ts.

import { join } from 'node:path';
import { type Complaint, inspect, inspectCopy, leftovers, type StoreFacts } from './store-check.ts';

export type StoreKind = 'sqlite' | 'redis';

/**
 * Whom it hits at the chosen instant: a daemon dies, or sleeps (SIGSTOP) until others have done its work; the server dies and
 * comes back, or for good, and a replica follows.
 */
export type Victim = 'worker' | 'sleeper' | 'server' | 'master';

export interface CrashStore extends AsyncDisposable {
  /** `store` of feeds.yaml. */
  readonly url: string;
  /** Daemons that share it. */
  readonly workers: number;
  /** What a victim other than a worker needs before the burst. */
  prepare(victim: Victim): Promise<void>;
  /** Kills the store itself, and brings it back. */
  strike(victim: Victim): Promise<void>;
  /** While daemons use it. */
  glance(): Promise<StoreFacts>;
  /** When all have stopped. */
  look(): Promise<StoreFacts>;
  /** All that may say why something is missing. */
  describe(): Promise<object>;
  /** What there is left to do. */
  leftovers(): Promise<Complaint[]>;
}

export function fileStore(folder: string): CrashStore {
  const path = join(folder, 'feedhook.db');
  const alone = async (victim: Victim) => {
    if (victim !== 'worker') throw new Error('the store of one process dies with it');
  };
  return {
    url: 'sqlite:./feedhook.db',
    workers: 1,
    prepare: alone,
    strike: alone,
    glance: () => inspectCopy(path, join(folder, 'scratch')),
    look: async () => inspect(path),
    describe: async () => ({}),
    leftovers: () => leftovers({ kind: 'sqlite', path }),
    [Symbol.asyncDispose]: async () => {},
  };
}
