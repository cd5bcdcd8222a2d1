// Empty stores for a bench: a new file, or a new prefix on a private redis-server.

import type { StoreConfig } from '../../src/config/config.ts';
import { startRedis } from '../../test/support/redis/server.ts';
import type { TemporaryFolder } from '../../test/support/temporary.ts';

export interface EmptyStore {
  /** As feeds.yaml names it. */
  readonly line: string;
  /** As a program opens it. */
  readonly config: StoreConfig;
}

export async function embeddedStore(folder: TemporaryFolder): Promise<EmptyStore> {
  return { line: 'sqlite:./feedhook.db', config: { kind: 'sqlite', path: folder.file('feedhook.db') } };
}

export interface RedisStores extends AsyncDisposable {
  store(): Promise<EmptyStore>;
  /** Bytes of memory that the server uses for what it holds. */
  usedMemory(): Promise<number>;
  readonly pid: number;
  readonly port: number;
}

export async function redisStores(): Promise<RedisStores> {
  const server = await startRedis();
  let prefixes = 0;
  return {
    async store() {
      await server.client.flushall();
      const prefix = `bench-${++prefixes}`;
      return {
        line: `${server.url}?prefix=${prefix}`,
        config: {
          kind: 'redis',
          topology: 'single',
          nodes: [{ host: '127.0.0.1', port: server.port }],
          database: 0,
          prefix,
          leaseMs: 30_000,
        },
      };
    },
    async usedMemory() {
      const info = await server.client.info('memory');
      return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
    },
    port: server.port,
    get pid() {
      return server.pid;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
