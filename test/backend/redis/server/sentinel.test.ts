// A master with a replica, and three sentinels that promote it when the master is gone.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { until } from '../../../support/fake-clock.ts';
import { copied, startReplica } from '../../../support/redis/replica.ts';
import { masterName, type Sentinels, startSentinels } from '../../../support/redis/sentinel.ts';
import { type RedisServer, startRedis } from '../../../support/redis/server.ts';
import { openRedisStore } from '../redis-store.ts';
import { describeWhole, walk } from './topology-suite.ts';

let servers: RedisServer[] = [];
let sentinels: Sentinels;

beforeAll(async () => {
  const master = await startRedis();
  servers = [master];
  servers.push(await startReplica(master));
  sentinels = await startSentinels(master);
}, 60_000);
afterAll(async () => {
  await sentinels[Symbol.asyncDispose]();
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
});

const config = (): RedisStoreConfig => ({
  kind: 'redis',
  topology: 'sentinel',
  nodes: sentinels.ports.map((port) => ({ host: '127.0.0.1', port })),
  masterName,
  database: 0,
  prefix: 'feedhook',
  leaseMs: 1_000,
});

describe('with sentinels', () => {
  // The suites first: after the fail-over there is nobody left who could follow.
  describeWhole('sentinels', config);

  test('a lane is polled and a delivery sent, and again after the master was lost', async () => {
    const [master, replica] = servers;
    if (!master || !replica) throw new Error('there are two servers');
    await using store = await openRedisStore(config());
    await walk(store, 1);
    await copied(master, replica);
    await master.kill();
    expect(await sentinels.promotedFrom(master.port)).toBe(replica.port);
    await until(
      async () => (await store.backend.store.readMemory('feed').catch(() => undefined))?.sequence === 1,
      'the store answers',
      20_000,
    );
    await store.restart();
    await walk(store, 2);
    expect(await store.backend.deliveries.count({ state: 'done' })).toBe(2);
  }, 60_000);
});
