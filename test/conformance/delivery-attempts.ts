// What a verdict makes of a delivery.

import { describe, expect, test } from '@jest/globals';
import { DeliveryError } from '../../src/errors.ts';
import { until } from '../support/fake-clock.ts';
import { app, delivered, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeAttempts(name: string, open: OpenStore): void {
  describe(`${name}: after an attempt`, () => {
    const rig = useRig(open);
    test('a retry waits for its time, keeps its id and counts', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      const again = rig.at(500);
      rig.queue.start(rig.answer({ kind: 'retry', at: again }));
      await rig.store.pass(300);
      await rig.sends(['evt_1.app']);
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 1, dueAt: again });
      await rig.store.pass(400);
      await rig.sends(['evt_1.app', 'evt_1.app']);
      await rig.allDone(1);
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'done', attempts: 2, isReplay: false });
      expect((await rig.queue.attempts('evt_1.app')).map(({ number }) => number)).toEqual([1, 2]);
    });

    test('a retry whose time has come goes before those that were added later', async () => {
      await rig.queue.configure([app]);
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(200) }));
      await rig.queue.add([deliveryOf('evt_1')]);
      await until(() => rig.sent.length === 1, 'the first is sent');
      await rig.queue.configure([{ ...app, concurrency: 0 }]);
      await rig.store.pass(400);
      await rig.queue.add([deliveryOf('evt_2')]);
      await rig.queue.configure([app]);
      await until(() => rig.sent.length === 3, 'all are sent');
      expect(rig.sent).toEqual(['evt_1.app', 'evt_1.app', 'evt_2.app']);
    });

    test('a waiting retry does not hold up the others', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(1_000_000) }));
      await until(async () => (await rig.byId('evt_2.app'))?.state === 'done', 'the other is done');
    });

    test('a retry keeps its time over a restart', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(800) }));
      await rig.store.pass(50);
      await rig.store.restart();
      await rig.queue.configure([app]);
      rig.queue.start(rig.answer());
      await rig.store.pass(300);
      await rig.sends(['evt_1.app']);
      await rig.store.pass(700);
      await rig.sends(['evt_1.app', 'evt_1.app']);
    });

    test.each(['exhausted', 'poison', 'expired'] as const)(
      'a dead letter (%s) is kept and not tried again',
      async (reason) => {
        await rig.queue.configure([app]);
        await rig.queue.add([deliveryOf('evt_1')]);
        rig.queue.start(rig.answer({ kind: 'dead', reason }));
        await until(async () => (await rig.byId('evt_1.app'))?.state === 'dead', 'it is dead');
        expect((await rig.byId('evt_1.app'))?.reason).toBe(reason);
        await rig.settle();
        await rig.sends(['evt_1.app']);
      },
    );

    test('a postponed delivery comes again and its attempt is not counted', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      const again = rig.at(300);
      rig.queue.start(async ([{ id, attempts }]) => {
        rig.sent.push(`${id} ${attempts}`);
        return rig.sent.length === 1 ? { verdict: { kind: 'postpone', at: again } } : delivered;
      });
      await rig.store.pass(500);
      await rig.sends(['evt_1.app 0', 'evt_1.app 0']);
      await rig.allDone(1);
      expect(await rig.queue.attempts('evt_1.app')).toHaveLength(1);
    });

    test('a fault before anything was rig.sent costs no attempt and nobody else', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      rig.queue.start(async ([delivery]) => {
        rig.sent.push(delivery.id);
        if (delivery.eventId === 'evt_1') throw new DeliveryError('event-missing', 'gone');
        return delivered;
      });
      await until(async () => (await rig.byId('evt_2.app'))?.state === 'done', 'the other is done');
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
      expect(await rig.queue.attempts('evt_1.app')).toEqual([]);
    });

    test('an attempt comes back whole', async () => {
      const attempt = attemptOf(1, {
        code: 'http-500',
        message: 'no',
        excerpt: 'äöü 🚀',
        nextAt: rig.at(10),
        nextReason: 'retry 2 of 10',
      });
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(async () => ({ attempt, verdict: { kind: 'dead', reason: 'poison' } }));
      await until(async () => (await rig.byId('evt_1.app'))?.state === 'dead', 'it is dead');
      expect(await rig.queue.attempts('evt_1.app')).toEqual([attempt]);
      expect(await rig.queue.attempts('evt_9.app')).toEqual([]);
      expect(await rig.queue.attempts('nonsense')).toEqual([]);
    });
  });
}
