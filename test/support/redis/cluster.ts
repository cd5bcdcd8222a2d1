// A Redis Cluster of masters alone, each with its share of the slots, made by commands: redis-cli is not needed.
// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/

import { until } from '../fake-clock.ts';
import { freePort, type RedisServer, startRedis } from './server.ts';

export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  /** The one that holds the slot of this key. */
  ownerOf(key: string): Promise<RedisServer>;
}

const slots = 16_384;

/** Resolves when every node sees every slot served. */
export async function startCluster(count = 3): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const dispose = async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  };
  try {
    const busPorts: number[] = [];
    for (let started = 0; started < count; started++) {
      const busPort = await freePort();
      busPorts.push(busPort);
      nodes.push(await startNode(busPort));
    }
    await join(nodes, busPorts);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    nodes,
    async ownerOf(key) {
      const slot = Number(await nodes[0]?.client.call('CLUSTER', 'KEYSLOT', key));
      const owner = nodes[Math.floor((slot * count) / slots)];
      if (!owner) throw new Error(`no node has slot ${slot}`);
      return owner;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function startNode(busPort: number): Promise<RedisServer> {
  return startRedis({
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': '2000',
    // The usual one, 10,000 above the other, may be beyond the last.
    'cluster-port': String(busPort),
  });
}

async function join(nodes: readonly RedisServer[], busPorts: readonly number[]): Promise<void> {
  const first = (index: number) => Math.ceil((slots * index) / nodes.length);
  for (const [index, { client }] of nodes.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', first(index), first(index + 1) - 1);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  const [seed, ...others] = nodes;
  for (const [index, { port }] of others.entries()) {
    await seed?.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[index + 1] ?? 0);
  }
  for (const { client } of nodes) {
    await until(
      async () => {
        const info = String(await client.call('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes(`cluster_size:${nodes.length}\r`);
      },
      'the cluster serves all slots',
      30_000,
    );
  }
}
