// A real Redis Cluster of three masters. All keys of one feedhook lie in one slot, so on one of them.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { type RedisCluster, startCluster } from '../../../support/redis/cluster.ts';
import { openRedisStore } from '../redis-store.ts';
import { describeWhole, walk } from './topology-suite.ts';

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

const config = (): RedisStoreConfig => ({
  kind: 'redis',
  topology: 'cluster',
  nodes: cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
  database: 0,
  prefix: 'feedhook',
  leaseMs: 1_000,
});

describe('in a cluster', () => {
  test('a lane is polled, a delivery sent, and everything is on the master of one slot', async () => {
    await using store = await openRedisStore(config());
    await walk(store, 1);
    const owner = await cluster.ownerOf('{feedhook}:meta');
    const sizes = await Promise.all(cluster.nodes.map(({ client }) => client.dbsize()));
    for (const [place, size] of sizes.entries()) expect(size > 0).toBe(cluster.nodes[place] === owner);
  });

  test('any node will do to find the others', async () => {
    const owner = await cluster.ownerOf('{elsewhere}:meta');
    const [node] = cluster.nodes.filter((each) => each !== owner);
    const nodes = [{ host: '127.0.0.1', port: node?.port ?? 0 }];
    await using store = await openRedisStore({ ...config(), prefix: 'elsewhere', nodes });
    await walk(store, 1);
    expect(await owner.client.dbsize()).toBeGreaterThan(0);
  });

  describeWhole('a cluster', config);
});
