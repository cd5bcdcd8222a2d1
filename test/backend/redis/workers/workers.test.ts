import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import type { Marker } from '../../../../src/backend/redis/server/marker.ts';
import { RedisWorkers } from '../../../../src/backend/redis/workers/workers.ts';
import { systemClock, wait } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import type { Log } from '../../../../src/log.ts';
import type { WorkerNews } from '../../../../src/ports.ts';
import { until } from '../../../support/fake-clock.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();

interface Rig {
  readonly workers: RedisWorkers;
  readonly news: WorkerNews[];
  readonly lines: string[];
  /** Codes of what it could not say. */
  readonly faults: Set<string>;
  /** As the marker does when it finds the store empty. */
  empty(): void;
  /** Without a word to the others, as a process that is killed. */
  die(): void;
}

let config: RedisStoreConfig;
let open: { workers: RedisWorkers; link: RedisLink }[];
/** A migration has taken the store out of use. */
let isMoved: boolean;
beforeEach(() => {
  isMoved = false;
  config = redis.config();
  open = [];
});
afterEach(async () => {
  for (const { workers, link } of open) {
    await workers.leave();
    link.close();
  }
});

async function worker(): Promise<Rig> {
  const link = new RedisLink(config);
  await link.connect();
  const lines: string[] = [];
  const note = (_fields: object, event: string) => void lines.push(event);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  let empty = () => {};
  const onEmptied = (listener: () => void) => {
    empty = listener;
  };
  const marker = { onEmptied, check: async () => {}, isMoved: async () => isMoved } as unknown as Marker;
  const workers = new RedisWorkers(link, systemClock, log, marker);
  open.push({ workers, link });
  const news: WorkerNews[] = [];
  const faults = new Set<string>();
  workers.watch(
    (each) => news.push(each),
    (code) => faults.add(code),
  );
  return { workers, news, faults, lines, empty: () => empty(), die: () => link.close() };
}

describe('workers on one store', () => {
  test('each sees the others and which of them rule', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await two.workers.announce('b', false);
    const list = await one.workers.list();
    expect(list).toMatchObject([
      { digest: 'a', pid: process.pid, rules: false },
      { digest: 'b', pid: process.pid, rules: true },
    ]);
    expect(Math.abs((list[0]?.seenAt ?? 0) - systemClock.now())).toBeLessThan(60_000);
  });

  test('an edit rules at once; the others notice, and rule again when they have the same', async () => {
    const [one, two] = [await worker(), await worker()];
    expect(await one.workers.announce('a', false)).toBe('leads');
    expect(await two.workers.announce('a', false)).toBe('joins');
    expect(await one.workers.announce('b', true)).toBe('leads');
    await until(() => two.news.length > 0, 'the other notices');
    expect(two.news).toEqual(['behind']);
    expect(await two.workers.announce('b', true)).toBe('joins');
    expect([one.news, two.news]).toEqual([[], ['behind']]);
  });

  test('one that is behind rules again, without an edit, when the others return to its configuration', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await two.workers.announce('a', false);
    await one.workers.announce('b', true);
    await until(() => two.news.length === 1, 'it is behind');
    await one.workers.announce('a', true);
    await until(() => two.news.length === 2, 'it rules');
    expect(two.news).toEqual(['behind', 'joins']);
  });

  test('of two edits at once the later one holds', async () => {
    const [one, two] = [await worker(), await worker()];
    await Promise.all([one.workers.announce('a', false), two.workers.announce('a', false)]);
    await Promise.all([one.workers.announce('b', true), two.workers.announce('c', true)]);
    await until(() => one.news.length + two.news.length > 0, 'one of them is behind');
    const list = await one.workers.list();
    expect(list.filter(({ rules }) => rules)).toHaveLength(1);
    expect([...one.news, ...two.news]).toEqual(['behind']);
  });

  test('an old machine that is started is behind, a new configuration is not', async () => {
    const [one, two, three] = [await worker(), await worker(), await worker()];
    await one.workers.announce('a', false);
    await one.workers.announce('b', true);
    expect(await two.workers.announce('a', false)).toBe('behind');
    expect(await three.workers.announce('c', false)).toBe('leads');
  });

  test('one that is behind comes to rule when the last worker of the ruling one is gone for a lease', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await one.workers.announce('b', true);
    expect(await two.workers.announce('a', false)).toBe('behind');
    await wait(systemClock, 2 * config.leaseMs);
    expect(two.news).toEqual([]);
    one.die();
    await until(() => two.news.length > 0, 'it rules');
    expect(two.news).toEqual(['leads']);
  });

  test('on a store that a migration has taken out of use, nobody works until it is in use again', async () => {
    const one = await worker();
    await one.workers.announce('a', false);
    isMoved = true;
    await until(() => one.news.at(-1) === 'behind', 'it is told to stop');
    expect(await one.workers.shouldRun('upkeep', 1_000)).toBe(false);
    isMoved = false;
    await until(() => one.news.at(-1) === 'leads', 'it works again');
  });

  test('one that has left is gone at once', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await two.workers.announce('a', false);
    await one.workers.leave();
    expect(await two.workers.list()).toHaveLength(1);
  });

  test('one that died is forgotten', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await two.workers.announce('a', false);
    one.die();
    await until(async () => (await two.workers.list()).length === 1, 'it is forgotten');
  });

  test('an emptied store: who ruled rules on, who was behind stays so', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await one.workers.announce('b', true);
    await two.workers.announce('a', false);
    await redis.server.client.flushall();
    for (const each of [two, one]) each.empty();
    await until(async () => (await one.workers.list()).length === 2, 'both are there again');
    expect((await one.workers.list()).map(({ digest, rules }) => [digest, rules])).toEqual([
      ['b', true],
      ['a', false],
    ]);
    expect([one.news, two.news]).toEqual([['emptied'], ['emptied']]);
  });

  test('only one is elected for a key, and none that is behind', async () => {
    const [one, two, three] = [await worker(), await worker(), await worker()];
    await one.workers.announce('a', false);
    await one.workers.announce('b', true);
    await two.workers.announce('b', false);
    await three.workers.announce('a', false);
    expect(await three.workers.shouldRun('upkeep:1', 60_000)).toBe(false);
    const elected = await Promise.all([one, two].map(({ workers }) => workers.shouldRun('upkeep:1', 60_000)));
    expect(elected.filter(Boolean)).toHaveLength(1);
    expect(await one.workers.shouldRun('upkeep:2', 60_000)).toBe(true);
  });
});

describe('a store that cannot be reached', () => {
  afterEach(() => redis.server.restart());

  test('lets the last answer stand, elects nobody, and hears an edit when it is back', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    await two.workers.announce('a', false);
    await redis.server.kill();
    expect(await one.workers.announce('b', true)).toBe('leads');
    expect(await one.workers.shouldRun('upkeep', 60_000)).toBe(false);
    await until(() => two.lines.length > 0, 'the other has looked');
    await wait(systemClock, config.leaseMs);
    expect([one.lines, two.lines]).toEqual([['workers-unseen'], ['workers-unseen']]);
    await redis.server.restart();
    await until(() => two.news.length > 0, 'the edit has arrived');
    expect([one.news, two.news]).toEqual([[], ['behind']]);
    await until(() => two.lines.length > 1, 'it says so');
    expect(two.lines).toEqual(['workers-unseen', 'workers-seen']);
  });

  test('an edit that is not heard is told by who has it, and not left to the others', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.workers.announce('a', false);
    expect(await two.workers.announce('a', false)).toBe('joins');
    await redis.server.kill();
    expect(await two.workers.announce('a', true)).toBe('joins');
    expect(await two.workers.announce('b', true)).toBe('leads');
  });

  test('a store that is full is a fault, though it answers', async () => {
    const one = await worker();
    await one.workers.announce('a', false);
    await redis.server.client.config('SET', 'maxmemory', '1');
    await until(() => one.faults.size > 0, 'it has tried to say that it lives');
    expect([...one.faults]).toEqual(['store-full']);
    await redis.server.client.config('SET', 'maxmemory', '0');
  });

  test('a first word that is not heard is a fault', async () => {
    const one = await worker();
    await redis.server.kill();
    await expect(one.workers.announce('a', false)).rejects.toMatchObject({ code: 'store-unreachable' });
  });
});
