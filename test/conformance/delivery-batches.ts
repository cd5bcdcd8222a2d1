// Batches and digests: several deliveries of a lane share a request.

import { describe, expect, test } from '@jest/globals';
import type { Delivery } from '../../src/model/delivery.ts';
import type { EndpointPlan } from '../../src/ports.ts';
import { until } from '../support/fake-clock.ts';
import { app, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf, planOf, withheldOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

const whole = (count: number, change: Partial<EndpointPlan> = {}) =>
  planOf('app', { batch: { count, lane: 'endpoint' }, ...change });
const some = (...ids: string[]) => ids.map((id) => deliveryOf(id));

export function describeBatches(name: string, open: OpenStore): void {
  describe(`${name}: batches`, () => {
    const rig = useRig(open);

    test('take what waits in the lane, in order, at most `count`', async () => {
      await rig.queue.configure([whole(2)]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2', 'app', 'other'), deliveryOf('evt_3')]);
      rig.queue.start(rig.answer());
      await rig.allDone(3);
      expect(rig.sent).toEqual(['evt_1.app+evt_2.app', 'evt_3.app']);
    });

    test('of the feed hold what happened in one feed', async () => {
      await rig.queue.configure([planOf('app', { batch: { count: 9, lane: 'feed' } })]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2', 'app', 'other'), deliveryOf('evt_3')]);
      rig.queue.start(rig.answer());
      await rig.allDone(3);
      expect(rig.sent).toEqual(['evt_1.app+evt_3.app', 'evt_2.app']);
    });

    test('go at their time, or as soon as they are full', async () => {
      await rig.queue.configure([whole(3, { dueAt: (addedAt) => addedAt + 1_000 })]);
      rig.queue.start(rig.answer());
      await rig.queue.add(some('evt_1', 'evt_2'));
      await rig.store.pass(700);
      expect(rig.sent).toEqual([]);
      await rig.store.pass(400);
      await rig.sends(['evt_1.app+evt_2.app']);
      await rig.queue.add(some('evt_3'));
      await rig.queue.add(some('evt_4'));
      await rig.store.pass(100);
      await rig.sendsSoMany(1);
      await rig.queue.add(some('evt_5', 'evt_6'));
      await until(() => rig.sent.length === 2, 'the full one is sent');
      expect(rig.sent[1]).toBe('evt_3.app+evt_4.app+evt_5.app');
      await rig.store.pass(700);
      await rig.sendsSoMany(2);
      await rig.store.pass(400);
      await rig.sendsSoMany(3);
      expect(rig.sent[2]).toBe('evt_6.app');
    });

    test('of a digest go at their time, however many there are, and then all of them', async () => {
      const dueAt = (addedAt: number) => addedAt + 1_000;
      await rig.queue.configure([
        planOf('app', { batch: { count: 2, lane: 'endpoint', isTimed: true }, dueAt }),
      ]);
      rig.queue.start(rig.answer());
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      await rig.store.pass(700);
      expect(rig.sent).toEqual([]);
      await rig.store.pass(400);
      await rig.sends(['evt_1.app+evt_2.app', 'evt_3.app']);
    });

    test('that waited for a slot until they were full go without waiting for their time', async () => {
      await rig.queue.configure([whole(2, { dueAt: (addedAt) => addedAt + 1_000_000 })]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3', 'evt_4', 'evt_5'));
      rig.queue.start(rig.answer());
      await rig.allDone(4);
      await rig.settle();
      await rig.sends(['evt_1.app+evt_2.app', 'evt_3.app+evt_4.app']);
    });

    test('a smaller `count` makes those full that waited', async () => {
      await rig.queue.configure([whole(9, { dueAt: (addedAt) => addedAt + 1_000_000 })]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(rig.answer());
      await rig.store.pass(100);
      expect(rig.sent).toEqual([]);
      await rig.queue.configure([whole(2, { dueAt: (addedAt) => addedAt + 1_000_000 })]);
      await rig.allDone(2);
    });

    test('a digest needs no batch: each delivery waits for its time', async () => {
      await rig.queue.configure([planOf('app', { dueAt: (addedAt) => addedAt + 500.5 })]);
      await rig.queue.add(some('evt_1'));
      const { addedAt = 0, dueAt } = (await rig.byId('evt_1.app')) ?? {};
      expect(dueAt).toBe(addedAt + 501);
      rig.queue.start(rig.answer());
      await rig.store.pass(300);
      expect(rig.sent).toEqual([]);
      await rig.store.pass(210);
      await rig.sends(['evt_1.app']);
    });

    test('keep their members over retries and restarts: who comes later goes later', async () => {
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      const { attempt, end } = rig.held();
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'it is sent');
      await rig.queue.add(some('evt_3'));
      end('evt_1.app+evt_2.app', { attempt: attemptOf(1), verdict: { kind: 'retry', at: rig.at(300) } });
      await rig.store.pass(100);
      await rig.store.restart();
      await rig.queue.configure([whole(9)]);
      rig.queue.start(rig.answer());
      await rig.store.pass(300);
      await rig.allDone(3);
      expect(rig.sent).toEqual(['evt_1.app+evt_2.app', 'evt_1.app+evt_2.app', 'evt_3.app']);
    });

    test('keep their members over a stop in the middle of the first attempt, one that is alone as well', async () => {
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1'));
      rig.queue.start((deliveries, { signal }) => {
        rig.sent.push(deliveries.map(({ id }) => id).join('+'));
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ verdict: { kind: 'postpone', at: 0 } })),
        );
      });
      await until(() => rig.sent.length === 1, 'it is sent');
      await rig.queue.add(some('evt_2'));
      await rig.store.restart();
      await rig.queue.configure([whole(9)]);
      rig.queue.start(rig.answer());
      await rig.allDone(2);
      expect(rig.sent).toEqual(['evt_1.app', 'evt_1.app', 'evt_2.app']);
    });

    test.each([
      ['done', { kind: 'done' }, { state: 'done', attempts: 1 }],
      ['dead', { kind: 'dead', reason: 'exhausted' }, { state: 'dead', reason: 'exhausted', attempts: 1 }],
      ['a retry', { kind: 'retry', at: 9e15 }, { state: 'pending', attempts: 1, dueAt: 9e15 }],
      ['postponed', { kind: 'postpone', at: 9e15 }, { state: 'pending', attempts: 0, dueAt: 9e15 }],
    ] as const)(
      'that are %s are so with all their members, and each has the attempt in its log',
      async (_, verdict, expected) => {
        const attempt = attemptOf(1, { events: 2 });
        await rig.queue.configure([whole(9)]);
        await rig.queue.add(some('evt_1', 'evt_2'));
        rig.queue.start(async () => ({ attempt, verdict }));
        await until(async () => (await rig.queue.attempts('evt_2.app')).length === 1, 'it is recorded');
        for (const id of ['evt_1.app', 'evt_2.app']) {
          expect(await rig.byId(id)).toMatchObject(expected);
          expect(await rig.queue.attempts(id)).toEqual([attempt]);
        }
      },
    );

    test('that are split are sent one by one, now, in order, and that attempt is not counted', async () => {
      const counts: number[] = [];
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      rig.queue.start(async (deliveries) => {
        rig.sent.push(deliveries.map(({ id }) => id).join('+'));
        counts.push(deliveries[0].attempts);
        const isPoison = deliveries.some(({ eventId }) => eventId === 'evt_2');
        const verdict = isPoison
          ? ({ kind: 'dead', reason: 'poison' } as const)
          : ({ kind: 'done' } as const);
        return { attempt: attemptOf(1), verdict: deliveries.length > 1 ? { kind: 'split' } : verdict };
      });
      await rig.allDone(2);
      expect(rig.sent).toEqual(['evt_1.app+evt_2.app+evt_3.app', 'evt_1.app', 'evt_2.app', 'evt_3.app']);
      expect(counts).toEqual([0, 0, 0, 0]);
      expect(await rig.byId('evt_2.app')).toMatchObject({ state: 'dead', reason: 'poison' });
      await rig.queue.add(some('evt_4', 'evt_5'));
      await rig.allDone(4);
      expect(rig.sent[4]).toBe('evt_4.app+evt_5.app');
    });

    test('never take one in again that was split off, nor go past it', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([whole(9)]);
      await rig.queue.add([withheldOf('evt_1'), ...some('evt_2', 'evt_3', 'evt_4')]);
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'the batch is sent');
      end('evt_2.app+evt_3.app+evt_4.app', { verdict: { kind: 'split' } });
      await until(() => rig.sent.length === 2, 'the first of it is sent alone');
      await rig.queue.release({});
      await rig.queue.add(some('evt_5'));
      for (const id of ['evt_2.app', 'evt_1.app', 'evt_3.app', 'evt_4.app', 'evt_5.app']) {
        await until(() => rig.sent.at(-1) === id, `${id} is sent`);
        end(id);
      }
      await rig.allDone(5);
    });

    test('one that is alone cannot be split: it is poison', async () => {
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1'));
      rig.queue.start(rig.answer({ kind: 'split' }));
      await until(async () => (await rig.byId('evt_1.app'))?.reason === 'poison', 'it is dead');
      expect(rig.sent).toEqual(['evt_1.app']);
    });

    test('that are set aside stay together while the lane moves on', async () => {
      await rig.queue.configure([whole(2, { concurrency: 2 })]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3', 'evt_4'));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(500), isAside: true }));
      await rig.store.pass(100);
      await rig.sends(['evt_1.app+evt_2.app', 'evt_3.app+evt_4.app']);
      await rig.store.pass(500);
      await rig.sendsSoMany(3);
      expect(rig.sent[2]).toBe('evt_1.app+evt_2.app');
      await rig.allDone(4);
    });

    test('whose head is dropped wait in the lane again, without it', async () => {
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(500) }));
      await rig.store.pass(100);
      await rig.queue.drop({ id: 'evt_1.app', state: 'pending' });
      await rig.store.pass(500);
      await rig.sends(['evt_1.app+evt_2.app+evt_3.app', 'evt_2.app+evt_3.app']);
    });

    test('that were set aside and lose their head go alone at their time, and hold up nobody until then', async () => {
      await rig.queue.configure([whole(3)]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(1_000), isAside: true }));
      await rig.store.pass(100);
      await rig.queue.drop({ id: 'evt_1.app', state: 'pending' });
      await rig.queue.add(some('evt_4'));
      await rig.store.pass(100);
      await rig.sends(['evt_1.app+evt_2.app+evt_3.app', 'evt_4.app']);
      await rig.store.pass(1_000);
      await rig.sendsSoMany(4);
      expect(rig.sent.slice(2)).toEqual(['evt_2.app', 'evt_3.app']);
    });

    test('that were set aside and are split then: none of them is stuck', async () => {
      await rig.queue.configure([whole(3)]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      rig.queue.start(
        rig.answer({ kind: 'retry', at: rig.at(500), isAside: true }, { kind: 'split' }, { kind: 'done' }),
      );
      await rig.store.pass(600);
      await rig.sendsSoMany(5);
      expect(rig.sent.slice(2).toSorted()).toEqual(['evt_1.app', 'evt_2.app', 'evt_3.app']);
      await rig.allDone(3);
    });

    test('a member that is replayed while it waits brings its batch forward, whole', async () => {
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(1_000_000) }));
      await rig.store.pass(100);
      await rig.queue.replay({ id: 'evt_2.app' });
      await rig.allDone(2);
      expect(rig.sent).toEqual(['evt_1.app+evt_2.app', 'evt_1.app+evt_2.app']);
    });

    test('end with the rule that made them', async () => {
      await rig.queue.configure([whole(9)]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(500) }));
      await rig.store.pass(100);
      await rig.queue.configure([app]);
      await rig.store.pass(500);
      await rig.sends(['evt_1.app+evt_2.app', 'evt_1.app', 'evt_2.app']);
    });

    test('what is on its way when it gets a lane shares no other request meanwhile', async () => {
      const held = rig.held();
      await rig.queue.configure([planOf('app', { concurrency: 3 })]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(held.attempt);
      await rig.sendsSoMany(2);
      held.end('evt_1.app', { attempt: attemptOf(1), verdict: { kind: 'retry', at: rig.at(300) } });
      await until(async () => (await rig.byId('evt_1.app'))?.attempts === 1, 'it is recorded');
      await rig.queue.configure([whole(9, { concurrency: 3 })]);
      await rig.store.pass(300);
      await until(() => rig.sent.length === 3, 'the first is sent again');
      expect(rig.sent[2]).toBe('evt_1.app');
      for (const id of ['evt_1.app', 'evt_2.app']) held.end(id);
      await rig.allDone(2);
    });

    test('no member is in two requests, however many batches go at a time', async () => {
      const seen: Delivery[] = [];
      await rig.queue.configure([planOf('app', { concurrency: 3, batch: { count: 7, lane: 'feed' } })]);
      const ids = Array.from({ length: 300 }, (_, place) => place);
      await rig.queue.add(ids.map((id) => deliveryOf(`evt_${id}`, 'app', `feed-${id % 5}`)));
      rig.queue.start(async (deliveries) => {
        seen.push(...deliveries);
        return { verdict: { kind: 'done' } };
      });
      await rig.allDone(300);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(300);
      expect(seen).toHaveLength(300);
    });
  });
}
