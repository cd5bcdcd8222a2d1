// Whether a server keeps what it is given (FAULTS E02): at the start a bad one is refused, later it is told.

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { openRedisBackend } from '../../../../src/backend/redis/open.ts';
import { findingsOf } from '../../../../src/backend/redis/server/checks.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { Marker } from '../../../../src/backend/redis/server/marker.ts';
import { factsOf, type ServerFacts } from '../../../../src/backend/redis/server/server-facts.ts';
import { type Clock, systemClock } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { Secret } from '../../../../src/config/secret.ts';
import { FakeClock, until } from '../../../support/fake-clock.ts';
import { startReplica } from '../../../support/redis/replica.ts';
import { useRedis } from '../redis-store.ts';
import { LogLines } from './log-lines.ts';

const sound: ServerFacts = {
  version: '7.0.15',
  role: 'master',
  appendsToFile: true,
  evictionPolicy: 'noeviction',
  replicas: 0,
  needsReplicas: false,
  aheadMs: 3,
};

describe('what a server says of itself', () => {
  test.each<[string, ServerFacts, [string, string][]]>([
    ['is in order', sound, []],
    ['version 6.2.0 is in order', { ...sound, version: '6.2.0' }, []],
    ['version 10.0 is in order', { ...sound, version: '10.0.1' }, []],
    ['version 6.0 is too old', { ...sound, version: '6.0.16' }, [['fault', '6.2 or later']]],
    ['a replica', { ...sound, role: 'slave' }, [['fault', 'it is a replica']]],
    ['it evicts', { ...sound, evictionPolicy: 'allkeys-lru' }, [['fault', 'set noeviction']]],
    ['it keeps nothing', { ...sound, appendsToFile: false }, [['fault', 'appendonly yes']]],
    [
      'two at once',
      { ...sound, appendsToFile: false, evictionPolicy: 'volatile-ttl' },
      [
        ['fault', 'volatile-ttl'],
        ['fault', 'appendonly'],
      ],
    ],
    ['replicas that no write waits for', { ...sound, replicas: 1 }, [['warning', 'min-replicas-to-write']]],
    ['replicas that writes wait for', { ...sound, replicas: 1, needsReplicas: true }, []],
    ['a clock ahead', { ...sound, aheadMs: 3_600_000 }, [['warning', '3600 s ahead of ours']]],
    ['a clock behind', { ...sound, aheadMs: -7_000 }, [['warning', '7 s behind ours']]],
    [
      'it says nothing',
      {},
      [
        ['warning', 'its version'],
        ['warning', 'whether it is a master'],
        ['warning', 'maxmemory-policy'],
        ['warning', 'appendonly'],
      ],
    ],
  ])('%s', (_, facts, findings) => {
    expect(findingsOf(facts, false)).toEqual(
      findings.map(([kind, part]) => ({ kind, what: expect.stringContaining(part) })),
    );
  });

  test('with durability=none it may keep nothing, with a warning', () => {
    expect(findingsOf({ ...sound, appendsToFile: false }, true)).toEqual([
      { kind: 'warning', what: expect.stringContaining('durability=none allows it') },
    ]);
  });

  test('is read from INFO, of which some lines may be missing', () => {
    expect(factsOf('# Server\r\nredis_version:7.4.1\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n')).toEqual(
      {
        version: '7.4.1',
        evictionPolicy: 'noeviction',
      },
    );
  });
});

const redis = useRedis({ appendonly: 'yes' });
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  const { client } = redis.server;
  await client.replicaof('NO', 'ONE');
  await client.config('SET', 'maxmemory-policy', 'noeviction');
  await client.config('SET', 'appendonly', 'yes');
  await until(
    async () => (await client.info('persistence')).includes('aof_rewrite_in_progress:0'),
    'the append-only file is written',
  );
});
const begin = async (store: RedisStoreConfig, log = new LogLines()) => {
  const backend = await openRedisBackend({ store, clock: systemClock, log, exclusive: true });
  closing.push(() => backend.close());
  return log;
};
const watch = async (clock: Clock, log: LogLines) => {
  const link = new RedisLink(redis.config());
  closing.push(() => link.close());
  const marker = await Marker.open(link, { clock, log, exclusive: true });
  closing.push(() => marker.close());
  return marker;
};

describe('a start', () => {
  test('is refused where keys are evicted', async () => {
    await redis.server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(begin(redis.config())).rejects.toMatchObject({
      code: 'store-unsafe',
      message: expect.stringContaining('maxmemory-policy is allkeys-lru'),
    });
  });

  test('is refused where nothing is kept, but for durability=none, which is told each time', async () => {
    await redis.server.client.config('SET', 'appendonly', 'no');
    const config = redis.config();
    await expect(begin(config)).rejects.toMatchObject({
      code: 'store-unsafe',
      message: expect.stringContaining('appendonly is off'),
    });
    for (const _ of ['first', 'second']) {
      const log = await begin({ ...config, durability: 'none' });
      expect(log.of('store-unsafe')).toMatchObject([{ level: 'warn' }]);
    }
  });

  test('is refused on a replica', async () => {
    await redis.server.client.replicaof('127.0.0.1', 1);
    await expect(begin(redis.config())).rejects.toMatchObject({
      code: 'store-unsafe',
      message: expect.stringContaining('it is a replica'),
    });
  });

  test('on a master whose replica no write waits for is told', async () => {
    const replica = await startReplica(redis.server);
    closing.push(async () => replica[Symbol.asyncDispose]());
    const log = await begin(redis.config());
    expect(log.of('store-unsafe')).toMatchObject([
      { level: 'warn', fields: { reason: expect.stringContaining('min-replicas-to-write') } },
    ]);
  });

  test('where INFO is forbidden goes on, and says what nobody has checked', async () => {
    // ioredis says by itself that it could not ask.
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    closing.push(() => warn.mockRestore());
    const { client } = redis.server;
    await client.call('ACL', 'SETUSER', 'feeds', 'on', '>pw', '~*', '&*', '+@all', '-info', '-config');
    const log = await begin({ ...redis.config(), user: 'feeds', password: new Secret('pw') });
    expect(log.of('store-unsafe').map(({ level, fields }) => [level, fields.reason])).toEqual([
      ['warn', expect.stringContaining('its version')],
      ['warn', expect.stringContaining('whether it is a master')],
      ['warn', expect.stringContaining('maxmemory-policy')],
      ['warn', expect.stringContaining('appendonly')],
    ]);
  });

  test('of who only looks is not refused', async () => {
    await redis.server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const log = new LogLines();
    const store = redis.config();
    const backend = await openRedisBackend({ store, clock: systemClock, log, exclusive: false });
    closing.push(() => backend.close());
    expect(log.lines).toEqual([]);
    expect(await redis.server.client.exists(`{${store.prefix}}:meta`)).toBe(0);
  });
});

describe('a running store', () => {
  test('tells within a minute that its server has begun to evict, once for as long as that lasts', async () => {
    const told = (log: LogLines) => log.of('store-unsafe').filter(({ level }) => level === 'error');
    const clock = new FakeClock(Date.now());
    const log = new LogLines();
    await watch(clock, log);
    await redis.server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await clock.advance(60_000);
    await until(() => told(log).length > 0, 'the change is told');
    expect(told(log)).toMatchObject([
      { fields: { code: 'store-unsafe', reason: expect.stringContaining('allkeys-lru') } },
    ]);
  });

  test('tells a change once, and again when it comes back', async () => {
    const log = new LogLines();
    const marker = await watch(systemClock, log);
    const { client } = redis.server;
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await marker.check();
    await marker.check();
    expect(log.of('store-unsafe')).toHaveLength(1);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await marker.check();
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await marker.check();
    expect(log.of('store-unsafe')).toHaveLength(2);
  });
});
