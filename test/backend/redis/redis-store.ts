// The Redis backend for the conformance suites and the tests of its own: a prefix of its own on one private server a test
// file, on real time, since BullMQ and Redis have no other.

import { afterAll, beforeAll } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import { systemClock, wait } from '../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../src/config/config.ts';
import { type Log, silentLog } from '../../../src/log.ts';
import type { Backend } from '../../../src/ports.ts';
import type { StoreUnderTest } from '../../conformance/store-under-test.ts';
import { type RedisServer, type RedisSettings, startRedis } from '../../support/redis/server.ts';

export interface RedisStore extends StoreUnderTest {
  readonly config: RedisStoreConfig;
  /** One process more that works on the same store; closed with it. */
  worker(): Promise<Backend>;
  close(): Promise<void>;
}

export interface RedisRig {
  readonly server: RedisServer;
  open(log?: Log): Promise<RedisStore>;
  config(change?: Partial<RedisStoreConfig>): RedisStoreConfig;
}

let prefixes = 0;

/** One server for the tests of a file. */
export function useRedis(settings: RedisSettings = {}): RedisRig {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startRedis(settings);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  const running = () => {
    if (!server) throw new Error('no redis-server runs');
    return server;
  };
  const config = (change: Partial<RedisStoreConfig> = {}): RedisStoreConfig => ({
    kind: 'redis',
    topology: 'single',
    nodes: [{ host: '127.0.0.1', port: running().port }],
    database: 0,
    prefix: `test-${++prefixes}`,
    leaseMs: 1_000,
    ...change,
  });
  return {
    get server() {
      return running();
    },
    config,
    open: (log = silentLog) => openRedisStore(config(), log),
  };
}

export async function openRedisStore(config: RedisStoreConfig, log: Log = silentLog): Promise<RedisStore> {
  const open = (exclusive: boolean) => openBackend({ store: config, clock: systemClock, log, exclusive });
  const close = async (backend: Backend) => {
    await Promise.all([backend.lanes.stop(), backend.deliveries.stop(0)]);
    await backend.close();
  };
  const workers: Backend[] = [];
  let backend: Backend | undefined = await open(true);
  const closeOwn = async () => {
    const closing = backend;
    backend = undefined;
    if (closing) await close(closing);
  };
  const closeAll = async () => {
    await Promise.all([closeOwn(), ...workers.splice(0).map(close)]);
  };
  return {
    config,
    get backend() {
      if (!backend) throw new Error('the store is closed');
      return backend;
    },
    now: () => systemClock.now(),
    pass: (ms) => wait(systemClock, ms),
    noticeMs: 300,
    async restart() {
      await closeOwn();
      backend = await open(true);
    },
    beside: () => open(false),
    async worker() {
      const another = await open(true);
      workers.push(another);
      return another;
    },
    close: closeAll,
    [Symbol.asyncDispose]: closeAll,
  };
}
