// The store of a crash world with several daemons: one private redis-server on its append-only file. It can be killed and
// started again with that, or be lost as a machine is: then a replica follows it that has not been sent the last writes,
// though the master had confirmed them (FAULTS M9, E06). Daemons reach it through a proxy, as they would by a name.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedisStoreConfig } from '../../src/config/config.ts';
import { TcpProxy } from '../support/redis/proxy.ts';
import { copied, promote, startReplica } from '../support/redis/replica.ts';
import { type RedisServer, startRedis } from '../support/redis/server.ts';
import type { CrashStore, Victim } from './crash-store.ts';
import { leftovers, type StoreFacts } from './store-check.ts';

const workers = 3;
const prefix = 'crash';
/** For how long a killed daemon keeps what it had: most of what a kill costs here. */
const leaseMs = 500;

export async function redisStore(folder: string): Promise<CrashStore> {
  const server = await startRedis({}, { folder: await folderAt(join(folder, 'redis')) });
  return new SharedStore(server, await TcpProxy.start(server.port));
}

class SharedStore implements CrashStore {
  readonly workers = workers;
  readonly #proxy: TcpProxy;
  #server: RedisServer;
  #next: { readonly replica: RedisServer; readonly link: TcpProxy } | undefined;

  constructor(server: RedisServer, proxy: TcpProxy) {
    this.#server = server;
    this.#proxy = proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#proxy.port}?prefix=${prefix}&lease=${leaseMs}ms`;
  }

  /** From here on the replica copies nothing more, and nobody notices. */
  async prepare(victim: Victim): Promise<void> {
    if (victim !== 'master') return;
    const link = await TcpProxy.start(this.#server.port);
    const replica = await startReplica(this.#server, { through: link.port });
    await copied(this.#server, replica);
    link.answers = 'drop';
    this.#next = { replica, link };
  }

  async strike(victim: Victim): Promise<void> {
    if (victim === 'server') return await this.#server.restart();
    const next = this.#next;
    this.#next = undefined;
    if (!next) throw new Error('there is no replica to follow');
    await this.#server[Symbol.asyncDispose]();
    this.#server = next.replica;
    await promote(next.replica);
    this.#proxy.target = next.replica.port;
    await next.link[Symbol.asyncDispose]();
  }

  async glance(): Promise<StoreFacts> {
    const { client } = this.#server;
    const generation = await client.hget(`{${prefix}}:meta`, 'generation');
    const role = String(((await client.call('ROLE')) as unknown[])[0]);
    return { integrity: role === 'master' ? 'ok' : role, generation: String(generation) };
  }

  look(): Promise<StoreFacts> {
    return this.glance();
  }

  /** The records, and the jobs that should lead to them; without what is done. */
  async describe(): Promise<object> {
    const { client } = this.#server;
    const dump: Record<string, unknown> = {};
    for (const key of (await client.keys(`{${prefix}}:*`)).toSorted()) {
      if (/:(event|attempts|events|state:.*:done|memory|bull:.*:events)(:|$)/.test(key)) continue;
      const value = await contentOf(client, key);
      if (!JSON.stringify(value).includes('"done"')) dump[key] = value;
    }
    return dump;
  }

  leftovers(): Promise<string[]> {
    const store: RedisStoreConfig = {
      kind: 'redis',
      topology: 'single',
      nodes: [{ host: '127.0.0.1', port: this.#server.port }],
      database: 0,
      prefix,
      leaseMs,
    };
    return leftovers(store);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.link[Symbol.asyncDispose]();
    await this.#next?.replica[Symbol.asyncDispose]();
    await this.#proxy[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

async function contentOf(client: RedisServer['client'], key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'hash':
      return await client.hgetall(key);
    case 'zset':
      return await client.call('ZRANGE', key, 0, -1, 'WITHSCORES');
    case 'list':
      return await client.lrange(key, 0, -1);
    case 'set':
      return await client.smembers(key);
    case 'string':
      return await client.get(key);
    default:
      return null;
  }
}

async function folderAt(path: string) {
  await mkdir(path, { recursive: true });
  return {
    path,
    file: (name: string) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
