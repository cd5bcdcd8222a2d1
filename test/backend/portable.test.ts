// What a store holds survives a move to another kind of store and back: each record, and what the ports say of it. And nothing
// is begun that would overwrite, leave out or repeat something.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '../../src/backend/migrate/migrate.ts';
import { openBackend, openForMigration } from '../../src/backend/open.ts';
import { systemClock } from '../../src/clock.ts';
import type { SqliteStoreConfig, StoreConfig } from '../../src/config/config.ts';
import { silentLog } from '../../src/log.ts';
import { deliveryStates } from '../../src/model/delivery.ts';
import type { Backend } from '../../src/ports.ts';
import { deliveryOf, eventOf, memoryOf, stateOf } from '../conformance/records.ts';
import { until } from '../support/fake-clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';
import { useRedis } from './redis/redis-store.ts';
import { enrich, everythingIn, hourMs, richPlans } from './rich-store.ts';

// Else each migration would wait for the disk of a server that syncs once a second.
const redis = useRedis({ appendfsync: 'always' });

let folder: TemporaryFolder;
let opened: Backend[];
let file: SqliteStoreConfig;

beforeEach(async () => {
  folder = await temporaryFolder();
  opened = [];
  file = { kind: 'sqlite', path: folder.file('feedhook.db') };
});
afterEach(async () => {
  await closeAll();
  await folder[Symbol.asyncDispose]();
});

async function open(store: StoreConfig): Promise<Backend> {
  const backend = await openForMigration({ store, clock: systemClock, log: silentLog, exclusive: true });
  opened.push(backend);
  return backend;
}

async function closeAll(): Promise<void> {
  await Promise.all(
    opened.splice(0).map(async (backend) => {
      await Promise.all([backend.lanes.stop(), backend.deliveries.stop(0)]);
      await backend.close();
    }),
  );
}

const side = (backend: Backend) => ({ name: backend.portable.name, backend });
const move = (from: Backend, to: Backend) => migrate(side(from), side(to), { now: systemClock.now() });

/** As a command or a daemon sees the store. */
async function openToWork(store: StoreConfig, exclusive = false): Promise<Backend> {
  const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive });
  opened.push(backend);
  return backend;
}

/** A rich store of the other kind, moved there and opened anew, as a daemon opens it. */
async function movedTo(kind: StoreConfig['kind']): Promise<Backend> {
  const there = redis.config();
  const [from, to] = kind === 'redis' ? [file, there] : [there, file];
  const before = await open(from);
  await enrich(before);
  await move(before, await open(to));
  await closeAll();
  return await openToWork(to, true);
}

/** What the ports say of a store. */
async function readingsOf({ store, deliveries }: Backend) {
  const feedIds = ['feed', 'feed:2', 'parked', 'unknown'];
  const listed = await deliveries.list({}, 1_000);
  const memories = await Promise.all(feedIds.map((feedId) => store.readMemory(feedId)));
  return {
    states: [...(await store.readStates(feedIds))],
    memories: memories.map((memory) => memory && { ...memory, entries: [...memory.entries] }),
    outboxes: await store.feedsWithOutbox(),
    events: await store.readEvents([...new Set(listed.map(({ eventId }) => eventId)), 'evt_outbox']),
    deliveries: listed,
    attempts: await Promise.all(listed.map(({ id }) => deliveries.attempts(id))),
    counts: await Promise.all(deliveryStates.map((state) => deliveries.count({ state }))),
    heads: (await deliveries.list({ isHead: true }, 100)).map(({ id }) => id),
    endpoints: await deliveries.endpoints(),
  };
}

describe('a store with one of everything', () => {
  test('is the same in Redis, and back in a file', async () => {
    const before = await open(file);
    await enrich(before);
    const records = await everythingIn(before);
    const readings = await readingsOf(before);
    expect(records.filter(({ kind }) => kind === 'hold')).toHaveLength(1);
    expect(new Set(readings.deliveries.map(({ place }) => place)).size).toBe(4);

    const between = await open(redis.config());
    await move(before, between);
    expect(await everythingIn(between)).toEqual(records);
    expect(await readingsOf(between)).toEqual(readings);

    const after = await open({ kind: 'sqlite', path: folder.file('after.db') });
    await move(between, after);
    expect(await everythingIn(after)).toEqual(records);
    expect(await readingsOf(after)).toEqual(readings);
  });

  test('begun in Redis, is the same in a file', async () => {
    const before = await open(redis.config());
    await enrich(before);
    const after = await open(file);
    await move(before, after);
    expect(await everythingIn(after)).toEqual(await everythingIn(before));
    expect(await readingsOf(after)).toEqual(await readingsOf(before));
  });

  test.each(['sqlite', 'redis'] as const)(
    'goes on in %s where it was: nothing twice, numbers without a gap',
    async (kind) => {
      const to = await movedTo(kind);

      await to.store.addEvents([eventOf('evt_new')]);
      await to.deliveries.configure(richPlans);
      await to.deliveries.add([{ eventId: 'evt_new', endpointId: 'app', feedId: 'feed' }]);
      await to.deliveries.release({ id: 'evt_withheld.app' });
      const sent: string[] = [];
      to.deliveries.start(async (several) => {
        sent.push(...several.map(({ id }) => id));
        return { verdict: { kind: 'done' } };
      });
      await until(() => sent.length >= 4, 'what is due was sent');
      await to.deliveries.stop(0);
      expect(sent.toSorted()).toEqual([
        'evt_dead2.app',
        'evt_new.app',
        'evt_pending.app',
        'evt_withheld.app',
      ]);
      const [added] = await to.deliveries.list({ id: 'evt_new.app' }, 1);
      expect(added?.sequence).toBe(8);
      // One at a time of those in order, and a batch stays the one that it was.
      const [head] = await to.deliveries.list({ endpointId: 'many', isHead: true }, 9);
      expect(head?.id).toBe('evt_b1.many');
      await to.deliveries.replay({ endpointId: 'many', state: 'pending' });
      const shared: string[] = [];
      to.deliveries.start(async (several) => {
        shared.push(several.map(({ eventId }) => eventId).join('+'));
        return { verdict: { kind: 'done' } };
      });
      await until(() => shared.length === 2, 'the batch and what was behind it were sent');
      expect(shared).toEqual(['evt_b1+evt_b2+evt_b3', 'evt_b4']);
    },
  );

  test.each(['sqlite', 'redis'] as const)('in %s a lane that was on hold still is', async (kind) => {
    const to = await movedTo(kind);

    const ran: string[] = [];
    const now = systemClock.now();
    await to.lanes.reconcile(
      new Map([
        ['held.example', now],
        ['free.example', now],
      ]),
    );
    to.lanes.start(async (laneId) => {
      ran.push(laneId);
      return { dueAt: now + hourMs };
    }, 4);
    await until(() => ran.length > 0, 'a lane runs');
    expect(ran).toEqual(['free.example']);
  });
});

describe('a store', () => {
  test('that was migrated is refused, until it is migrated back', async () => {
    const there = redis.config();
    const first = await open(file);
    await enrich(first);
    const second = await open(there);
    await move(first, second);
    await closeAll();
    await expect(openToWork(file)).rejects.toMatchObject({
      code: 'store-moved',
      message: expect.stringContaining(`was migrated to redis://127.0.0.1:${redis.server.port}`),
    });

    const moved = await openToWork(there);
    await moved.deliveries.drop({ id: 'evt_withheld.app' });
    const records = await everythingIn(moved);
    await closeAll();
    await move(await open(there), await open(file));
    await closeAll();
    await expect(openToWork(there)).rejects.toMatchObject({ code: 'store-moved' });
    expect(await everythingIn(await openToWork(file))).toEqual(records);
  });

  test.each(['sqlite', 'redis'] as const)(
    'in %s, into which a migration has not ended, is refused, wherever it was cut off; the same again ends it',
    async (kind) => {
      const config = (name: string): StoreConfig =>
        kind === 'redis' ? redis.config() : { kind: 'sqlite', path: folder.file(name) };
      for (let call = 0, isDone = false; !isDone; call++) {
        const source = kind === 'redis' ? { ...file, path: folder.file(`from-${call}.db`) } : redis.config();
        const target = config(`to-${call}.db`);
        const cut = cutOffAt(call);
        const [from, to] = [await open(source), await open(target)];
        await enrichALittle(from);
        const records = await everythingIn(from);
        await migrate(cut.side(from), cut.side(to), { now: systemClock.now() }).catch(() => {});
        isDone = !cut.wasCutOff;

        const marks = { from: (await from.portable.mark())?.kind, to: (await to.portable.mark())?.kind };
        const hasBegun = (await everythingIn(to)).length > 0;
        expect({ call, hasBegun, ...marks }).not.toMatchObject({
          hasBegun: true,
          from: undefined,
          to: undefined,
        });
        expect(marks).not.toEqual({ from: undefined, to: 'moved' });
        if (isDone) expect(marks).toEqual({ from: 'moved', to: undefined });
        else await move(from, to);
        expect(await everythingIn(to)).toEqual(records);
        expect((await to.portable.mark())?.kind).toBeUndefined();
        await closeAll();
        await expect(openToWork(source)).rejects.toMatchObject({ code: 'store-moved' });
      }
    },
  );

  test('into which a migration has not ended is refused, and the source may go on until it is ended', async () => {
    const there = redis.config();
    const from = await open(file);
    await enrich(from);
    const to = await open(there);
    const cut = cutOffAt(12);
    await expect(migrate(cut.side(from), cut.side(to), { now: 1 })).rejects.toThrow('cut off');
    expect((await everythingIn(to)).length).toBeGreaterThan(0);
    await expect(openToWork(there)).rejects.toMatchObject({
      code: 'store-moved',
      message: expect.stringContaining('has not ended'),
    });
    await from.deliveries.drop({ id: 'evt_withheld.app' });
    await move(from, to);
    expect(await everythingIn(await openToWork(there))).toEqual(await everythingIn(from));
  });

  test('into which another migration has not ended is left alone', async () => {
    const from = await open(file);
    await from.store.writeState(stateOf('feed'));
    const other = await open({ kind: 'sqlite', path: folder.file('other.db') });
    const to = await open(redis.config());
    const name = { name: 'other', generation: await other.portable.generation() };
    await to.portable.setMark({ kind: 'unfinished', from: name, at: 1 });
    await expect(move(from, to)).rejects.toThrow('a migration of other into it began');
  });

  test('that was migrated is no source', async () => {
    const from = await open(file);
    await from.store.writeState(stateOf('feed'));
    await move(from, await open(redis.config()));
    await expect(move(from, await open(redis.config()))).rejects.toThrow('is out of date since');
  });

  test('that holds something is no target', async () => {
    const from = await open(file);
    const to = await open(redis.config());
    await from.store.writeState(stateOf('feed'));
    await to.store.addEvents([eventOf('evt_1')]);
    const before = await everythingIn(to);
    await expect(move(from, to)).rejects.toThrow('it is not empty');
    expect(await everythingIn(to)).toEqual(before);
  });

  test('that is empty is no source', async () => {
    await expect(move(await open(file), await open(redis.config()))).rejects.toThrow('it is empty');
  });

  test('is not migrated into itself', async () => {
    const config = redis.config();
    await expect(move(await open(config), await open(config))).rejects.toThrow('are the same store');
  });

  test.each(['source', 'target'] as const)('on which feedhook works is no %s', async (which) => {
    const config = redis.config();
    const worker = await open(config);
    await worker.workers?.announce('digest', false);
    const [from, to] = [await open(file), await open(config)];
    await (which === 'source' ? to : from).store.writeState(stateOf('feed'));
    const moving = which === 'source' ? move(to, from) : move(from, to);
    await expect(moving).rejects.toThrow(`feedhook works on it (`);
    expect(await from.portable.mark()).toBeUndefined();
    expect(await to.portable.mark()).toBeUndefined();
  });

  test('on which feedhook begins to work at the last moment is left to it', async () => {
    const config = redis.config();
    const [from, to] = [await open(config), await open(file)];
    await enrichALittle(from);
    const settling = {
      ...wrapped(from.portable),
      async setMark(mark: Parameters<typeof from.portable.setMark>[0]) {
        if (mark) expect(await (await open(config)).workers?.announce('digest', false)).toBe('leads');
        await from.portable.setMark(mark);
      },
    };
    const moving = migrate(side({ ...from, portable: settling }), side(to), options());
    await expect(moving).rejects.toThrow('feedhook works on it (');
    expect(await from.portable.mark()).toBeUndefined();
    expect((await to.portable.mark())?.kind).toBe('unfinished');
  });

  test.each(['sqlite', 'redis'] as const)(
    'in %s that a command changes meanwhile is copied anew',
    async (kind) => {
      const there = redis.config();
      const [from, to] = [
        await open(kind === 'redis' ? there : file),
        await open(kind === 'redis' ? file : there),
      ];
      await enrich(from);
      const settling = {
        ...wrapped(to.portable),
        async settle() {
          expect(await from.deliveries.drop({ id: 'evt_withheld.app' })).toBe(1);
          await to.portable.settle();
        },
      };
      const moving = migrate(side(from), side({ ...to, portable: settling }), options());
      await expect(moving).rejects.toThrow('of kind delivery has changed while it was copied');
      expect(await from.portable.mark()).toBeUndefined();
      await move(from, to);
      expect(await everythingIn(to)).toEqual(await everythingIn(from));
    },
  );

  test.each(['memory', 'feed'])(
    'with a key of another type where a %s would be is not migrated without it',
    async (part) => {
      const config = redis.config();
      const [from, to] = [await open(config), await open(file)];
      await enrichALittle(from);
      await redis.server.client.lpush(`{${config.prefix}}:${part}:damaged`, 'x');
      await expect(move(from, to)).rejects.toMatchObject({ code: 'store-corrupt', feedId: 'damaged' });
      expect(await from.portable.mark()).toBeUndefined();
    },
  );

  test('of which something was lost on the way is not taken over', async () => {
    const from = await open(file);
    await enrich(from);
    const to = await open(redis.config());
    const { portable } = to;
    const lossy = {
      ...wrapped(portable),
      add: (records: Parameters<typeof portable.add>[0]) =>
        portable.add(records.filter((record) => record.kind !== 'delivery' || record.number !== 3)),
    };
    await expect(migrate(side(from), side({ ...to, portable: lossy }), options())).rejects.toThrow(
      'of kind delivery is not what was copied',
    );
    expect((await to.portable.mark())?.kind).toBe('unfinished');
    expect(await from.portable.mark()).toBeUndefined();
  });
});

/** One record of most kinds. */
async function enrichALittle({ store, deliveries }: Backend): Promise<void> {
  await store.writeMemory(memoryOf('feed', { outbox: ['evt_1'] }));
  await store.writeState(stateOf('feed'));
  await store.addEvents([eventOf('evt_1')]);
  await deliveries.configure(richPlans.slice(0, 1));
  await deliveries.add([deliveryOf('evt_1')]);
}

const options = () => ({ now: systemClock.now() });

/** Its methods, bound, so that a test can replace one. */
function wrapped(portable: Backend['portable']): Backend['portable'] {
  return {
    name: portable.name,
    generation: () => portable.generation(),
    mark: () => portable.mark(),
    setMark: (mark) => portable.setMark(mark),
    records: (kind, now) => portable.records(kind, now),
    count: (kind) => portable.count(kind),
    add: (records) => portable.add(records),
    clear: () => portable.clear(),
    settle: () => portable.settle(),
  };
}

/** Throws instead of the call of this number, of any method of the two. */
function cutOffAt(call: number) {
  let left = call;
  const count = () => {
    if (left-- === 0) throw new Error('cut off');
  };
  return {
    get wasCutOff() {
      return left < 0;
    },
    side(backend: Backend) {
      const portable = wrapped(backend.portable);
      const counted: Backend['portable'] = {
        ...portable,
        async setMark(mark) {
          count();
          await portable.setMark(mark);
        },
        async *records(kind, now) {
          for await (const records of portable.records(kind, now)) {
            count();
            yield records;
          }
        },
        async add(records) {
          count();
          await portable.add(records);
        },
        async clear() {
          count();
          await portable.clear();
        },
        async settle() {
          count();
          await portable.settle();
        },
      };
      return side({ ...backend, portable: counted });
    },
  };
}
