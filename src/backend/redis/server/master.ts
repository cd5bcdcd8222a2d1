// Which server holds our keys now: the only one, the one that the sentinels name, or the master of our slot of the cluster.

import { Cluster } from 'ioredis';
import type { RedisNode, RedisStoreConfig } from '../../../config/config.ts';
import { openSentinel, type RedisClient } from './topology.ts';

/** `key`: any of ours. Rejects when nobody can say. */
export async function masterOf(
  config: RedisStoreConfig,
  client: RedisClient,
  key: string,
): Promise<RedisNode> {
  if (client instanceof Cluster) return await masterOfSlot(client, key);
  if (config.topology === 'sentinel') return await masterBySentinels(config);
  const [node] = config.nodes;
  if (!node) throw new Error('no server is named');
  return node;
}

async function masterBySentinels(config: RedisStoreConfig): Promise<RedisNode> {
  const faults: string[] = [];
  for (const node of config.nodes) {
    const sentinel = openSentinel(config, node);
    try {
      const said: unknown = await sentinel.call(
        'SENTINEL',
        'GET-MASTER-ADDR-BY-NAME',
        config.masterName ?? '',
      );
      if (Array.isArray(said)) return { host: String(said[0]), port: Number(said[1]) };
      faults.push(`${node.host}:${node.port} knows no master of this name`);
    } catch (error) {
      faults.push(`${node.host}:${node.port}: ${error instanceof Error ? error.message : 'failed'}`);
    } finally {
      sentinel.disconnect();
    }
  }
  throw new Error(`All sentinels are unreachable (${faults.join('; ')})`);
}

// CLUSTER SLOTS: [first, last, [host, port, …], …replicas]. https://redis.io/docs/latest/commands/cluster-slots/
async function masterOfSlot(cluster: Cluster, key: string): Promise<RedisNode> {
  const [slot, ranges] = await Promise.all([cluster.cluster('KEYSLOT', key), cluster.cluster('SLOTS')]);
  for (const [first, last, master] of ranges as unknown as [number, number, [string, number]][]) {
    if (first <= slot && slot <= last) return { host: master[0], port: master[1] };
  }
  throw new Error('CLUSTERDOWN no master has the slot of our keys');
}
