// What becomes of the errors of ioredis, node-redis and BullMQ: a code and a remedy each. First their texts, then real servers
// that give them.

import { afterEach, describe, expect, test } from '@jest/globals';
import { openRedisBackend } from '../../../../src/backend/redis/open.ts';
import { redisFault } from '../../../../src/backend/redis/server/fault.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { systemClock } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { Secret } from '../../../../src/config/secret.ts';
import { StoreError } from '../../../../src/errors.ts';
import { silentLog } from '../../../../src/log.ts';
import { until } from '../../../support/fake-clock.ts';
import { type RedisServer, type RedisSettings, startRedis } from '../../../support/redis/server.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const system = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:1`), { code });

describe('an error of a client', () => {
  test.each<[string, string, Error]>([
    ['store-unreachable', 'is Redis running?', system('ECONNREFUSED')],
    ['store-unreachable', 'is Redis running?', new AggregateError([system('ECONNREFUSED')])],
    ['store-unreachable', 'the connection was lost', system('ECONNRESET')],
    ['store-unreachable', 'the host name does not exist', system('ENOTFOUND')],
    ['store-unreachable', 'no answer in time', new Error('Command timed out')],
    ['store-unreachable', 'there is no connection', new Error('Connection is closed.')],
    ['store-unreachable', 'there is no connection', new Error('The client is offline')],
    ['store-unreachable', 'there is no connection', new Error('Socket closed unexpectedly')],
    [
      'store-unreachable',
      'there is no connection',
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    ],
    [
      'store-unreachable',
      'there is no connection',
      named('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 0).'),
    ],
    ['store-unreachable', 'no server of the cluster', new Error('Failed to refresh slots cache.')],
    [
      'store-unreachable',
      'no sentinel',
      new Error('All sentinels are unreachable. Retrying from scratch after 50ms.'),
    ],
    [
      'store-unreachable',
      'reads its data',
      named('ReplyError', 'LOADING Redis is loading the dataset in memory'),
    ],
    [
      'store-unreachable',
      'has become a replica',
      named('ReplyError', "READONLY You can't write against a read only replica."),
    ],
    ['store-unreachable', 'lost its master', named('ReplyError', 'MASTERDOWN Link with MASTER is down')],
    ['store-unreachable', 'does not serve our keys', named('ReplyError', 'CLUSTERDOWN The cluster is down')],
    [
      'store-unreachable',
      'is moving our keys',
      named('ReplyError', 'TRYAGAIN Multiple keys request during rehashing'),
    ],
    [
      'store-unreachable',
      'min-replicas-to-write',
      named('ReplyError', 'NOREPLICAS Not enough good replicas to write.'),
    ],
    ['store-unreachable', 'maxclients', named('ReplyError', 'ERR max number of clients reached')],
    [
      'store-full',
      'maxmemory',
      named('ReplyError', "OOM command not allowed when used memory > 'maxmemory'."),
    ],
    [
      'store-full',
      'maxmemory',
      named(
        'ReplyError',
        "ERR Error running script (call to f_1): @user_script:5: @user_script: 5: -OOM command not allowed when used memory > 'maxmemory'.",
      ),
    ],
    [
      'store-full',
      'disk',
      named('ReplyError', 'MISCONF Errors writing to the AOF file: No space left on device'),
    ],
    ['store-failed', 'password', named('ReplyError', 'NOAUTH Authentication required.')],
    ['store-failed', 'user or the password', named('ReplyError', 'WRONGPASS invalid username-password pair')],
    [
      'store-failed',
      'may not do',
      named('ReplyError', "NOPERM this user has no permissions to run the 'get' command"),
    ],
    ['store-failed', 'TLS', new Error('self-signed certificate in certificate chain')],
    ['store-failed', 'TLS', new Error('unable to verify the first certificate')],
    ['store-failed', 'it answered', named('ReplyError', 'ERR something new')],
    [
      'store-corrupt',
      'another program',
      named('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind'),
    ],
    ['store-unsafe', '6.2', named('ReplyError', "ERR unknown command 'GETEX', with args beginning with:")],
  ])('%s: %s', (code, part, error) => {
    const fault = redisFault('redis://h:1', error);
    expect(fault).toMatchObject({ code, cause: error, message: expect.stringContaining(part) });
    expect((fault as Error).message).toMatch(/^store redis:\/\/h:1: /);
  });

  test.each([
    ['a slip of ours', new TypeError('x is not a function')],
    [
      'what BullMQ says of one job',
      Object.assign(new Error('Missing lock for job a. moveToDelayed'), { code: -2 }),
    ],
    ['a fault that is one already', new StoreError('store-newer', 'x')],
    ['no error', 'x'],
  ])('%s comes back as it is', (_, error) => {
    expect(redisFault('redis://h:1', error)).toBe(error);
  });
});

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});
const serve = async (settings: RedisSettings = {}): Promise<RedisServer> => {
  const server = await startRedis(settings);
  opened.push(server);
  return server;
};
const configOf = (port: number, change: Partial<RedisStoreConfig> = {}): RedisStoreConfig => ({
  kind: 'redis',
  topology: 'single',
  nodes: [{ host: '127.0.0.1', port }],
  database: 0,
  prefix: 'test',
  leaseMs: 1_000,
  ...change,
});
const begin = (config: RedisStoreConfig) =>
  openRedisBackend({ store: config, clock: systemClock, log: silentLog, exclusive: true });
const linkTo = async (config: RedisStoreConfig) => {
  const link = new RedisLink(config);
  opened.push({ [Symbol.asyncDispose]: async () => link.close() });
  await link.connect();
  return link;
};

describe('a start is refused in one line', () => {
  test('where a password is wanted', async () => {
    const { port, client } = await serve();
    await client.config('SET', 'requirepass', 's3cr3t');
    await expect(begin(configOf(port))).rejects.toMatchObject({
      code: 'store-failed',
      message: `store redis://127.0.0.1:${port}: it wants a password: write redis://user:password@… in \`store\``,
    });
  });

  test('where the password is wrong, which is shown nowhere', async () => {
    const { port, client } = await serve();
    await client.config('SET', 'requirepass', 's3cr3t');
    const error = await begin(configOf(port, { password: new Secret('wr0ng') })).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('refuses the user'),
    });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain('wr0ng');
  });

  // One of the two clients connects all the same.
  test('where a password is given and none is wanted', async () => {
    const { port } = await serve();
    await expect(begin(configOf(port, { password: new Secret('s3cr3t') }))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('no password for this user'),
    });
  });

  test('where the user has no rights on our keys', async () => {
    const { port, client } = await serve();
    await client.call('ACL', 'SETUSER', 'feeds', 'on', '>s3cr3t', '~other:*', '+@all');
    await expect(
      begin(configOf(port, { user: 'feeds', password: new Secret('s3cr3t') })),
    ).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('the keys of its prefix'),
    });
  });

  test('where there is no such database', async () => {
    const { port } = await serve({ databases: '2' });
    await expect(begin(configOf(port, { database: 5 }))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('no database of this number'),
    });
  });

  test('where it is no cluster', async () => {
    const { port } = await serve();
    await expect(begin(configOf(port, { topology: 'cluster' }))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('it is no cluster'),
    });
  });
});

describe('a running store', () => {
  const store = async (server: RedisServer) => {
    const backend = await begin(configOf(server.port));
    opened.unshift({ [Symbol.asyncDispose]: () => backend.close() });
    return backend.store;
  };
  const memory = { feedId: 'a', hints: {}, entries: new Map(), sequence: 0, outbox: [] };

  test('whose memory is full rejects writes, from Keyv and from scripts, and takes them again', async () => {
    const server = await serve();
    const feeds = await store(server);
    await server.client.config('SET', 'maxmemory', '1');
    const event = { id: 'e', type: 'entry.new', feedId: 'a', detectedAt: 1, body: '{}' } as const;
    await expect(feeds.writeMemory(memory)).rejects.toMatchObject({ code: 'store-full' });
    await expect(feeds.addEvents([event])).rejects.toMatchObject({ code: 'store-full' });
    await server.client.config('SET', 'maxmemory', '0');
    await feeds.writeMemory(memory);
    expect(await feeds.readMemory('a')).toMatchObject({ feedId: 'a' });
  });

  test('with too few replicas rejects writes', async () => {
    const server = await serve();
    const feeds = await store(server);
    await server.client.config('SET', 'min-replicas-to-write', '1');
    await expect(feeds.writeMemory(memory)).rejects.toMatchObject({
      code: 'store-unreachable',
      message: expect.stringContaining('min-replicas-to-write'),
    });
  });

  test('that has become a replica rejects writes', async () => {
    const server = await serve();
    const feeds = await store(server);
    await server.client.replicaof('127.0.0.1', 1);
    await expect(feeds.writeMemory(memory)).rejects.toMatchObject({ code: 'store-unreachable' });
  });

  test('whose password was changed says so, and not that nothing is known', async () => {
    const server = await serve();
    const link = await linkTo(configOf(server.port));
    await server.client.config('SET', 'requirepass', 's3cr3t');
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect(link.ask((client) => client.get('x'))).rejects.toMatchObject({ name: 'StoreError' });
    // Who waits to connect again cannot be woken, and would outlive the test.
    await server.client.config('SET', 'requirepass', '');
    await until(
      () =>
        link
          .askMaster('PING')
          .then(() => link.ask((client) => client.ping()))
          .then(
            () => true,
            () => false,
          ),
      'it answers',
    );
  });
});
