// `ordering: feed`: a delivery lane for each feed, one delivery of it at a time, in order.

import { describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import { app, useRig } from './queue-rig.ts';
import { deliveryOf, planOf, skippedOf, withheldOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

const hourMs = 3_600_000;
const ordered = planOf('app', { ordering: 'feed', concurrency: 4 });

export function describeLanes(name: string, open: OpenStore): void {
  describe(`${name}: delivery lanes`, () => {
    const rig = useRig(open);
    const places = async () =>
      Object.fromEntries(
        (await rig.queue.list({ state: 'pending' }, 99)).map(({ eventId, place }) => [eventId, place]),
      );

    test('of one feed goes one at a time, in order, and feeds do not wait for each other', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([ordered]);
      await rig.queue.add([
        deliveryOf('evt_1', 'app', 'a'),
        deliveryOf('evt_2', 'app', 'a'),
        deliveryOf('evt_3', 'app', 'b'),
      ]);
      expect(await places()).toEqual({ evt_1: 'head', evt_2: 'behind', evt_3: 'head' });
      const heads = async (filter: object) =>
        (await rig.queue.list({ endpointId: 'app', isHead: true, ...filter }, 9)).map(
          ({ eventId }) => eventId,
        );
      expect(await heads({})).toEqual(['evt_3', 'evt_1']);
      expect(await heads({ feedId: 'a' })).toEqual(['evt_1']);
      rig.queue.start(attempt);
      await rig.settle();
      await rig.sends(['evt_1.app', 'evt_3.app']);
      end('evt_1.app');
      await until(() => rig.sent.length === 3, 'the next of the lane is sent');
      expect(rig.sent).toEqual(['evt_1.app', 'evt_3.app', 'evt_2.app']);
      for (const id of ['evt_2.app', 'evt_3.app']) end(id);
      await rig.allDone(3);
    });

    test('the head holds up its lane while it waits for its retry, over a restart too', async () => {
      await rig.queue.configure([ordered]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(1_000) }));
      await rig.store.pass(100);
      await rig.store.restart();
      await rig.queue.configure([ordered]);
      rig.queue.start(rig.answer());
      await rig.store.pass(600);
      await rig.sends(['evt_1.app']);
      await rig.store.pass(400);
      await rig.sends(['evt_1.app', 'evt_1.app', 'evt_2.app']);
    });

    test.each([
      ['later than maxBlock after its first failure', { at: hourMs + 60_000 }, 'aside'],
      ['no later than that', { at: hourMs }, 'head'],
      ['soon, but the others need not wait', { at: 1, isAside: true as const }, 'aside'],
    ])('a head whose retry is %s', async (_, retry, place) => {
      await rig.queue.configure([ordered]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      const failedAt = rig.at(0);
      const { attempt, end } = rig.held();
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'the head is sent');
      end('evt_1.app', { verdict: { ...retry, kind: 'retry', at: failedAt + retry.at } });
      await until(async () => (await rig.byId('evt_1.app'))?.dueAt === failedAt + retry.at, 'it is recorded');
      expect(await places()).toEqual({ evt_1: place, evt_2: place === 'aside' ? 'head' : 'behind' });
    });

    test('maxBlock counts from the first failure, not from the last', async () => {
      await rig.queue.configure([planOf('app', { ordering: 'feed', maxBlockMs: 700 })]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(500) }, { kind: 'retry', at: rig.at(900) }));
      await rig.store.pass(400);
      await rig.sends(['evt_1.app']);
      await rig.store.pass(200);
      await rig.sends(['evt_1.app', 'evt_1.app', 'evt_2.app']);
      await rig.store.pass(400);
      await rig.sends(['evt_1.app', 'evt_1.app', 'evt_2.app', 'evt_1.app']);
    });

    test.each([
      ['dead', { kind: 'dead', reason: 'poison' }],
      ['done', { kind: 'done' }],
    ] as const)('a head that is %s makes room for the next', async (_, verdict) => {
      await rig.queue.configure([ordered]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(rig.answer(verdict));
      await until(() => rig.sent.length === 2, 'the next is sent');
      expect(rig.sent).toEqual(['evt_1.app', 'evt_2.app']);
    });

    test('a postponed head stays head', async () => {
      await rig.queue.configure([ordered]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(rig.answer({ kind: 'postpone', at: rig.at(2 * hourMs) }));
      await rig.settle();
      await rig.sends(['evt_1.app']);
      expect(await places()).toEqual({ evt_1: 'head', evt_2: 'behind' });
    });

    test('a head that is dropped, also by another process, makes room for the next', async () => {
      await rig.queue.configure([ordered]);
      await rig.queue.add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(hourMs) }));
      await rig.store.pass(100);
      const other = await rig.store.beside();
      expect(await other.deliveries.drop({ id: 'evt_1.app', state: 'pending' })).toBe(1);
      await other.close();
      await rig.settle();
      await rig.sends(['evt_1.app', 'evt_2.app', 'evt_3.app']);
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'dead', reason: 'dropped', place: 'free' });
    });

    test('an attempt that was on its way when it was dropped: what has arrived is done, what has failed stays dropped', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([planOf('app', { concurrency: 2 })]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 2, 'both are sent');
      expect(await rig.queue.drop({ state: 'pending' })).toBe(2);
      end('evt_1.app');
      end('evt_2.app', { verdict: { kind: 'retry', at: rig.at(0) } });
      await rig.allDone(1);
      await rig.settle();
      await rig.sendsSoMany(2);
      expect((await rig.byId('evt_2.app'))?.state).toBe('dead');
    });

    test.each([
      ['replayed', 'replay', deliveryOf],
      ['released', 'release', withheldOf],
      ['replayed after it was skipped', 'replay', skippedOf],
    ] as const)('what is %s goes in the order in which it was added', async (_, verb, make) => {
      const ids = Array.from({ length: 30 }, (_, place) => `evt_${place}`);
      await rig.queue.configure([ordered]);
      await rig.queue.add(ids.map((id) => make(id)));
      rig.queue.start(rig.answer());
      if (make === deliveryOf) await rig.allDone(30);
      rig.sent.length = 0;
      await rig.queue[verb](make === skippedOf ? { state: 'skipped' } : { endpointId: 'app' });
      await rig.allDone(30);
      expect(rig.sent).toEqual(ids.map((id) => `${id}.app`));
    });

    test('what is withheld or skipped stands in no lane', async () => {
      await rig.queue.configure([ordered]);
      await rig.queue.add([withheldOf('evt_1'), skippedOf('evt_2'), deliveryOf('evt_3')]);
      expect(await places()).toEqual({ evt_3: 'head' });
      rig.queue.start(rig.answer());
      await rig.allDone(1);
      expect((await rig.byId('evt_1.app'))?.place).toBe('free');
    });

    test('a released one waits for the head that is there, and goes before those that were added later', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([ordered]);
      await rig.queue.add([withheldOf('evt_1'), deliveryOf('evt_2'), deliveryOf('evt_3')]);
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'the head is sent');
      await rig.queue.release({});
      await rig.store.pass(100);
      for (const id of ['evt_2.app', 'evt_1.app', 'evt_3.app']) {
        await until(() => rig.sent.at(-1) === id, `${id} is sent`);
        end(id);
      }
      await rig.allDone(3);
    });

    test('another rule of the configuration places what waits anew', async () => {
      const ids = ['evt_1', 'evt_2', 'evt_3'];
      await rig.queue.configure([app]);
      await rig.queue.add(ids.map((id) => deliveryOf(id)));
      expect(await places()).toEqual({ evt_1: 'free', evt_2: 'free', evt_3: 'free' });
      await rig.queue.configure([ordered]);
      expect(await places()).toEqual({ evt_1: 'head', evt_2: 'behind', evt_3: 'behind' });
      await rig.queue.configure([planOf('app', { batch: { count: 2, lane: 'endpoint' } })]);
      await rig.queue.add([deliveryOf('evt_4', 'app', 'other')]);
      expect(await places()).toMatchObject({ evt_1: 'head', evt_4: 'behind' });
      await rig.queue.configure([app]);
      expect(Object.values(await places())).toEqual(['free', 'free', 'free', 'free']);
    });

    test('and a retry that is far away does not hold up the lane it gets', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(
        rig.answer({ kind: 'retry', at: rig.at(2 * hourMs) }, { kind: 'retry', at: rig.at(hourMs / 2) }),
      );
      await until(() => rig.sent.length === 2, 'both are sent');
      await rig.store.pass(10);
      await rig.queue.configure([ordered]);
      await rig.queue.add([deliveryOf('evt_3')]);
      expect(await places()).toEqual({ evt_1: 'aside', evt_2: 'head', evt_3: 'behind' });
    });

    test('the end of a digest lets go what waits for it, the head and those behind', async () => {
      const digest = planOf('app', { ordering: 'feed', dueAt: (addedAt) => addedAt + hourMs });
      await rig.queue.configure([digest]);
      rig.queue.start(rig.answer());
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      await rig.store.pass(100);
      await rig.queue.configure([{ ...digest, dueAt: (addedAt) => addedAt + 500 }]);
      await rig.store.pass(300);
      expect(rig.sent).toEqual([]);
      await rig.store.pass(200);
      await rig.sends(['evt_1.app', 'evt_2.app']);
      await rig.queue.configure([digest]);
      await rig.queue.add([deliveryOf('evt_3')]);
      await rig.queue.configure([ordered]);
      await rig.allDone(3);
    });

    test('thousands are placed anew, each lane in its order, and what comes meanwhile with them', async () => {
      const ids = Array.from({ length: 1_600 }, (_, place) => `evt_${place}`);
      const feedOf = (id: string) => `feed-${Number(id.slice(4)) % 3}`;
      const adding = ids.map((id) => deliveryOf(id, 'app', feedOf(id)));
      await rig.queue.configure([app]);
      await rig.queue.add(adding.slice(0, 1_200));
      await Promise.all([rig.queue.configure([ordered]), rig.queue.add(adding.slice(1_200))]);
      rig.queue.start(rig.answer());
      await rig.allDone(1_600);
      for (const feed of ['feed-0', 'feed-1', 'feed-2']) {
        const own = ids.filter((id) => feedOf(id) === feed).map((id) => `${id}.app`);
        expect(rig.sent.filter((id) => own.includes(id))).toEqual(own);
      }
    });

    test('the same configuration places nothing anew', async () => {
      await rig.queue.configure([ordered]);
      await rig.queue.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      rig.queue.start(
        rig.answer(
          { kind: 'retry', at: rig.at(hourMs), isAside: true },
          { kind: 'retry', at: rig.at(hourMs) },
        ),
      );
      await until(async () => (await rig.byId('evt_2.app'))?.attempts === 1, 'both are sent');
      await rig.queue.configure([{ ...ordered, concurrency: 9 }]);
      expect(await places()).toEqual({ evt_1: 'aside', evt_2: 'head' });
    });

    test('a delivery that is sent in its plainest form is told so, in a replay too', async () => {
      await rig.queue.configure([ordered]);
      await rig.queue.add([deliveryOf('evt_1')]);
      const forms: boolean[] = [];
      rig.queue.start(async ([{ isFallback }]) => {
        forms.push(isFallback);
        return {
          verdict: forms.length === 1 ? { kind: 'retry', at: 0, isFallback: true } : { kind: 'done' },
        };
      });
      await rig.allDone(1);
      await rig.queue.replay({});
      await until(() => forms.length === 3, 'it is replayed');
      expect(forms).toEqual([false, true, true]);
    });

    test('thousands behind one head go out in order', async () => {
      const ids = Array.from({ length: 2_000 }, (_, place) => `evt_${place}`);
      await rig.queue.configure([ordered]);
      await rig.queue.add(ids.map((id) => deliveryOf(id)));
      rig.queue.start(rig.answer());
      await rig.allDone(2_000);
      expect(rig.sent).toEqual(ids.map((id) => `${id}.app`));
    });
  });
}
