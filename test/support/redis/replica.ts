// A second redis-server that copies the first, by itself or through a proxy that may lose what it should have copied.

import { until } from '../fake-clock.ts';
import { type RedisServer, type RedisSettings, startRedis } from './server.ts';

/** Resolves when it holds all that the master holds. `through`: the port of a proxy before the master. */
export async function startReplica(
  of: Pick<RedisServer, 'port'>,
  { through = of.port, settings = {} }: { readonly through?: number; readonly settings?: RedisSettings } = {},
): Promise<RedisServer> {
  const replica = await startRedis(settings);
  // By a command, not by its settings: one that was promoted and is killed after that comes back as the master it is.
  await replica.client.call('REPLICAOF', '127.0.0.1', through);
  await until(
    async () => (await replica.client.info('replication')).includes('master_link_status:up'),
    'the replica has copied its master',
  );
  return replica;
}

/** Makes it the master of what it has. */
export async function promote(replica: RedisServer): Promise<void> {
  await replica.client.call('REPLICAOF', 'NO', 'ONE');
}

/** Everything that the master has acknowledged so far, the replica has too. */
export async function copied(master: RedisServer, replica: RedisServer): Promise<void> {
  await until(async () => (await offsetOf(master)) <= (await offsetOf(replica)), 'the replica is level');
}

async function offsetOf(server: RedisServer): Promise<number> {
  const info = await server.client.info('replication');
  return Number(/^(?:slave_repl_offset|master_repl_offset):(\d+)/m.exec(info)?.[1]);
}
