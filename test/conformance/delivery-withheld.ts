// Deliveries that wait for the operator.

import { describe, expect, test } from '@jest/globals';
import type { Delivery } from '../../src/model/delivery.ts';
import { until } from '../support/fake-clock.ts';
import { app, delivered, leaving, useRig } from './queue-rig.ts';
import { deliveryOf, skippedOf, withheldOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeWithheld(name: string, open: OpenStore): void {
  describe(`${name}: what is withheld`, () => {
    const rig = useRig(open);
    const states = async () =>
      Object.fromEntries((await rig.queue.list({}, 99)).map(({ id, state }) => [id, state]));

    test('is numbered, listed and counted apart, but never due, also after a restart', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1'), deliveryOf('evt_2')]);
      rig.queue.start(rig.answer());
      await until(() => rig.sent.length === 1, 'the other is sent');
      await rig.store.restart();
      await rig.queue.configure([app]);
      rig.queue.start(rig.answer());
      await rig.settle();
      await rig.sends(['evt_2.app']);
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'withheld', attempts: 0, sequence: 1 });
      expect((await rig.queue.list({ state: 'withheld' }, 9)).map(({ id }) => id)).toEqual(['evt_1.app']);
      const [health] = await rig.queue.endpoints();
      expect(health).toMatchObject({ endpointId: 'app', pending: 0, withheld: 1, done: 1, dead: 0 });
      expect(health).not.toHaveProperty('oldestPendingAt');
    });

    test('is left as it is when it is added again, and a released one is not withheld by it', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1'), withheldOf('evt_2')]);
      await rig.queue.add([deliveryOf('evt_1'), withheldOf('evt_1')]);
      expect(await states()).toEqual({ 'evt_1.app': 'withheld', 'evt_2.app': 'withheld' });
      await rig.queue.release({ id: 'evt_2.app' });
      await rig.queue.add([withheldOf('evt_2'), withheldOf('evt_3')]);
      expect(await states()).toEqual({
        'evt_1.app': 'withheld',
        'evt_2.app': 'pending',
        'evt_3.app': 'withheld',
      });
      expect((await rig.byId('evt_3.app'))?.sequence).toBe(3);
    });

    const follower = { ...deliveryOf('evt_update'), follows: 'evt_new' };

    test('holds back what follows it, from its own endpoint alone', async () => {
      await rig.queue.configure([app, { ...app, id: 'chat', target: 'https://chat.example' }]);
      await rig.queue.add([withheldOf('evt_new'), deliveryOf('evt_new', 'chat')]);
      await rig.queue.add([follower, { ...follower, endpointId: 'chat' }]);
      rig.queue.start(rig.answer());
      await rig.settle();
      expect(rig.sent.toSorted()).toEqual(['evt_new.chat', 'evt_update.chat']);
      expect(await rig.byId('evt_update.app')).toMatchObject({ state: 'withheld', sequence: 2 });
    });

    test('is released before what follows it, in a delivery lane too', async () => {
      await rig.queue.configure([{ ...app, ordering: 'feed' }]);
      await rig.queue.add([withheldOf('evt_new'), follower]);
      rig.queue.start(rig.answer());
      expect(await rig.queue.release({ feedId: 'feed' })).toBe(2);
      await until(() => rig.sent.length === 2, 'both are sent');
      expect(rig.sent).toEqual(['evt_new.app', 'evt_update.app']);
    });

    test('is dropped with what follows it', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_new'), follower]);
      expect(await rig.queue.drop({ feedId: 'feed' })).toBe(2);
      expect(await states()).toEqual({ 'evt_new.app': 'dead', 'evt_update.app': 'dead' });
    });

    test.each([
      ['was released', async () => void (await rig.queue.release({}))],
      ['was dropped', async () => void (await rig.queue.drop({}))],
    ])('that %s holds nothing back any more', async (_, decide) => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_new')]);
      await decide();
      await rig.queue.add([follower]);
      expect((await rig.byId('evt_update.app'))?.state).toBe('pending');
    });

    test('that a filter stopped, or that is not there, holds nothing back', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([skippedOf('evt_stopped')]);
      await rig.queue.add([
        { ...deliveryOf('evt_1'), follows: 'evt_stopped' },
        { ...deliveryOf('evt_2'), follows: 'evt_nowhere' },
      ]);
      expect(await states()).toEqual({
        'evt_stopped.app': 'skipped',
        'evt_1.app': 'pending',
        'evt_2.app': 'pending',
      });
    });

    test('goes out at once when it is released, oldest first, with its own number, and is no repetition', async () => {
      const seen: Delivery[] = [];
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_b'), withheldOf('evt_a'), withheldOf('evt_c')]);
      rig.queue.start(async ([delivery]) => {
        seen.push(delivery);
        return delivered;
      });
      await rig.store.pass(100);
      expect(await rig.queue.release({ endpointId: 'app' })).toBe(3);
      await until(async () => (await rig.queue.list({ state: 'done' }, 9)).length === 3, 'all are done');
      expect(
        seen.map(({ id, sequence, attempts, isReplay }) => ({ id, sequence, attempts, isReplay })),
      ).toEqual(
        ['evt_b.app', 'evt_a.app', 'evt_c.app'].map((id, place) => ({
          id,
          sequence: place + 1,
          attempts: 0,
          isReplay: false,
        })),
      );
    });

    test('of what waits, a released one comes after what was due before it', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1'), deliveryOf('evt_2')]);
      await rig.store.pass(100);
      await rig.queue.release({ id: 'evt_1.app' });
      rig.queue.start(rig.answer());
      await until(() => rig.sent.length === 2, 'both are sent');
      expect(rig.sent).toEqual(['evt_2.app', 'evt_1.app']);
    });

    test('is released once: again, or after it is done, nothing happens', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1'), deliveryOf('evt_2')]);
      rig.queue.start(rig.answer());
      await rig.store.pass(10);
      const twice = await Promise.all([rig.queue.release({}), rig.queue.release({})]);
      expect(twice.toSorted()).toEqual([0, 1]);
      await until(async () => (await rig.queue.list({ state: 'done' }, 9)).length === 2, 'both are done');
      expect(await rig.queue.release({ feedId: 'feed' })).toBe(0);
      expect(await rig.queue.drop({ feedId: 'feed' })).toBe(0);
      await rig.settle();
      await rig.sends(['evt_2.app', 'evt_1.app']);
    });

    test('is dead when it is dropped, for that reason, and only a replay brings it back, as a repetition', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1'), withheldOf('evt_2'), deliveryOf('evt_3')]);
      rig.queue.start(rig.answer());
      expect(await rig.queue.drop({ eventId: 'evt_1' })).toBe(1);
      expect(await rig.queue.drop({ eventId: 'evt_1' })).toBe(0);
      expect(await rig.queue.release({ eventId: 'evt_1' })).toBe(0);
      await rig.settle();
      await rig.sends(['evt_3.app']);
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'dead', reason: 'dropped', sequence: 1 });
      expect((await rig.byId('evt_2.app'))?.state).toBe('withheld');
      expect(await rig.queue.replay({ state: 'dead' })).toBe(1);
      await until(async () => (await rig.byId('evt_1.app'))?.state === 'done', 'it is rig.sent all the same');
      expect(await rig.byId('evt_1.app')).not.toHaveProperty('reason');
      expect((await rig.byId('evt_1.app'))?.isReplay).toBe(true);
    });

    /** After what was added first, before what was added then. */
    let between = 0;
    test.each([
      ['one delivery', () => ({ id: 'evt_1.app' }), ['evt_1.app']],
      ['one event', () => ({ eventId: 'evt_1' }), ['evt_1.app', 'evt_1.chat']],
      ['one endpoint', () => ({ endpointId: 'chat' }), ['evt_1.chat']],
      ['one feed', () => ({ feedId: 'other' }), ['evt_2.app']],
      ['since a time', () => ({ since: between }), ['evt_2.app']],
      ['the state itself', () => ({ state: 'withheld' as const }), ['evt_1.app', 'evt_1.chat', 'evt_2.app']],
      ['another state, which none of them has', () => ({ state: 'done' as const }), []],
      ['nothing', () => ({ id: 'nonsense' }), []],
    ])('release and drop take %s', async (_, filter, expected) => {
      const fill = async () => {
        await rig.queue.add([withheldOf('evt_1'), withheldOf('evt_1', 'chat', 'feed'), deliveryOf('evt_0')]);
        await rig.store.pass(100);
        between = rig.store.now();
        await rig.queue.add([withheldOf('evt_2', 'app', 'other')]);
      };
      await fill();
      expect(await rig.queue.drop(filter())).toBe(expected.length);
      const dropped = (await rig.queue.list({ state: 'dead' }, 9)).map(({ id }) => id);
      expect(dropped.toSorted()).toEqual(expected);
      await rig.renew();
      await fill();
      expect(await rig.queue.release(filter())).toBe(expected.length);
      const released = (await rig.queue.list({ state: 'pending' }, 9)).map(({ id }) => id);
      expect(released.toSorted()).toEqual(['evt_0.app', ...expected]);
    });

    test('thousands are released in one call', async () => {
      await rig.queue.configure([{ ...app, concurrency: 50 }]);
      await rig.queue.add(Array.from({ length: 1_200 }, (_, place) => withheldOf(`evt_${place}`)));
      rig.queue.start(rig.answer());
      expect(await rig.queue.release({ feedId: 'feed' })).toBe(1_200);
      await until(async () => (await rig.queue.endpoints())[0]?.done === 1_200, 'all are done');
      expect(new Set(rig.sent).size).toBe(1_200);
    });

    test('of a removed endpoint stays withheld, and parked when it is released, until the endpoint comes back', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1'), withheldOf('evt_2')]);
      rig.queue.start(rig.answer());
      await rig.queue.configure([]);
      expect((await rig.queue.endpoints())[0]).toMatchObject({ endpointId: 'app', withheld: 2 });
      expect(await rig.queue.release({ id: 'evt_1.app' })).toBe(1);
      await rig.settle();
      expect(rig.sent).toEqual([]);
      await rig.queue.configure([app]);
      await until(async () => (await rig.byId('evt_1.app'))?.state === 'done', 'the released one is done');
      expect(await states()).toEqual({ 'evt_1.app': 'done', 'evt_2.app': 'withheld' });
    });

    test('of an endpoint that never was configured is parked too', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1', 'stranger')]);
      rig.queue.start(rig.answer());
      expect(await rig.queue.release({ endpointId: 'stranger' })).toBe(1);
      await rig.settle();
      expect(rig.sent).toEqual([]);
      expect((await rig.byId('evt_1.stranger'))?.state).toBe('pending');
    });

    test('of a disabled endpoint waits like the others after its release', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1'), withheldOf('evt_2')]);
      rig.queue.start(rig.answerWith(leaving({ disabled: { since: 1, reason: 'http-410' } })));
      await rig.store.pass(50);
      await rig.queue.release({ id: 'evt_2.app' });
      await rig.settle();
      await rig.sends(['evt_1.app']);
      await rig.queue.changeCondition('app', () => ({}));
      await until(async () => (await rig.byId('evt_2.app'))?.state === 'done', 'it is done');
    });

    test.each([
      ['a release', 'release', ['evt_1.app'], 'done'],
      ['a drop', 'drop', [], 'dead'],
    ] as const)('%s by another process is noticed within a second', async (_, verb, expected, state) => {
      await rig.queue.configure([app]);
      await rig.queue.add([withheldOf('evt_1')]);
      rig.queue.start(rig.answer());
      await rig.store.pass(100);
      const other = await rig.store.beside();
      expect(await other.deliveries[verb]({ id: 'evt_1.app' })).toBe(1);
      await other.close();
      await rig.settle();
      expect(rig.sent).toEqual(expected);
      expect((await rig.byId('evt_1.app'))?.state).toBe(state);
    });
  });
}
