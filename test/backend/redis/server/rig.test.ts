// The private servers and the proxy that the tests of the Redis backend stand on: what they lose must be what they were told to.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from '../../../support/fake-clock.ts';
import { obtainRedis } from '../../../support/redis/obtain.ts';
import { TcpProxy } from '../../../support/redis/proxy.ts';
import { copied, promote, startReplica } from '../../../support/redis/replica.ts';
import { startRedis } from '../../../support/redis/server.ts';

describe('a private redis-server', () => {
  test('has its data again after it was killed', async () => {
    await using server = await startRedis({ appendfsync: 'always' });
    await server.client.set('key', 'value');
    await server.kill();
    await server.restart();
    expect(await server.client.get('key')).toBe('value');
  });

  test('that does not start says why in its own words', async () => {
    await expect(startRedis({ nonsense: '1' })).rejects.toThrow(/Bad directive/);
  });

  test('that cannot be obtained is one line, and leaves nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'feedhook-test-'));
    const { PATH } = process.env;
    try {
      process.env.PATH = '/nowhere';
      await expect(obtainRedis(join(folder, 'redis'))).rejects.toThrow(
        /^redis-server is absent and could not be obtained: .* REDIS_SERVER .*\)$/,
      );
    } finally {
      process.env.PATH = PATH;
    }
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe('behind a proxy that drops bytes', () => {
  // FAULTS M9: the master acknowledges what only it has.
  test('a replica lacks what its master acknowledged, and is promoted without it', async () => {
    await using master = await startRedis();
    await using proxy = await TcpProxy.start(master.port);
    await using replica = await startReplica(master, { through: proxy.port });
    await master.client.set('before', '1');
    await copied(master, replica);
    proxy.answers = 'drop';
    await master.client.set('after', '1');
    expect(await master.client.call('WAIT', 1, 100)).toBe(0);
    await master.kill();
    await promote(replica);
    expect(await replica.client.mget('before', 'after')).toEqual(['1', null]);
    expect(await replica.client.set('now', '1')).toBe('OK');
  });

  test('a client waits for an answer that never comes', async () => {
    await using server = await startRedis();
    await using proxy = await TcpProxy.start(server.port);
    await using through = clientOf(proxy.port, { commandTimeout: 100 });
    await through.client.ping();
    proxy.answers = 'drop';
    await expect(through.client.set('key', 'value')).rejects.toThrow('Command timed out');
    // Half of it was lost: the server has done it.
    expect(await server.client.get('key')).toBe('value');
  });

  test('what was held arrives late, in order', async () => {
    await using server = await startRedis();
    await using proxy = await TcpProxy.start(server.port);
    await using through = clientOf(proxy.port);
    await through.client.ping();
    proxy.questions = 'hold';
    const answers = Promise.all([through.client.incr('n'), through.client.incr('n')]);
    expect(await server.client.get('n')).toBeNull();
    proxy.questions = 'pass';
    expect(await answers).toEqual([1, 2]);
  });

  test('another server is behind it, and its clients are led there', async () => {
    await using first = await startRedis();
    await using second = await startRedis();
    await using proxy = await TcpProxy.start(first.port);
    await using through = clientOf(proxy.port);
    await through.client.set('name', 'first');
    proxy.target = second.port;
    await until(async () => (await through.client.get('name')) === null, 'it is the second');
    expect(proxy.connections).toBe(1);
  });

  test('a connection ends after so many bytes', async () => {
    await using server = await startRedis();
    await using proxy = await TcpProxy.start(server.port);
    await using through = clientOf(proxy.port, { maxRetriesPerRequest: 0 });
    await server.client.set('long', 'x'.repeat(200_000));
    await through.client.ping();
    proxy.cutAfter(100_000);
    await expect(through.client.get('long')).rejects.toThrow();
  });
});

function clientOf(port: number, options = {}) {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    retryStrategy: () => 20,
    disconnectTimeout: 50,
    ...options,
  });
  client.on('error', () => {});
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}
