// The people's side: lists, counts, replays.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import { app, leaving, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf, planOf, withheldOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeLog(name: string, open: OpenStore): void {
  describe(`${name}: the log`, () => {
    const rig = useRig(open);
    /** When the first two were added, and the last. */
    let first = 0;
    let last = 0;
    beforeEach(async () => {
      await rig.queue.configure([app, planOf('chat')]);
      first = rig.at(0);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_1', 'chat', 'feed')]);
      await rig.store.pass(100);
      last = rig.at(0);
      await rig.queue.add([deliveryOf('evt_2', 'app', 'other')]);
    });

    test.each([
      ['everything, newest first', () => ({}), 9, ['evt_2.app', 'evt_1.chat', 'evt_1.app']],
      ['at most the limit', () => ({}), 1, ['evt_2.app']],
      ['one delivery', () => ({ id: 'evt_1.chat' }), 9, ['evt_1.chat']],
      ['one event', () => ({ eventId: 'evt_1' }), 9, ['evt_1.chat', 'evt_1.app']],
      ['one endpoint', () => ({ endpointId: 'app' }), 9, ['evt_2.app', 'evt_1.app']],
      ['one feed', () => ({ feedId: 'other' }), 9, ['evt_2.app']],
      ['one state', () => ({ state: 'dead' as const }), 9, []],
      ['since a time', () => ({ since: last }), 9, ['evt_2.app']],
      ['until a time', () => ({ until: last }), 9, ['evt_1.chat', 'evt_1.app']],
      ['a span: its end is not in it', () => ({ since: first, until: last }), 9, ['evt_1.chat', 'evt_1.app']],
      ['all conditions hold', () => ({ eventId: 'evt_1', endpointId: 'app' }), 9, ['evt_1.app']],
      ['no match', () => ({ id: 'nonsense' }), 9, []],
    ])('list and count: %s', async (_, filter, limit, expected) => {
      expect((await rig.queue.list(filter(), limit)).map(({ id }) => id)).toEqual(expected);
      expect(await rig.queue.count(filter())).toBe((await rig.queue.list(filter(), 99)).length);
    });

    test('endpoints are counted, with the age of what waits longest', async () => {
      const [health, chat] = await rig.queue.endpoints();
      expect(health).toEqual({
        endpointId: 'app',
        condition: {},
        pending: 2,
        withheld: 0,
        done: 0,
        dead: 0,
        skipped: 0,
        oldestPendingAt: expect.any(Number),
      });
      expect(health?.oldestPendingAt).toBeLessThanOrEqual(rig.at(-100));
      expect(chat).toMatchObject({ endpointId: 'chat', pending: 1 });
    });

    test('a replay makes done and dead deliveries pending and due, counts again, and says how many', async () => {
      rig.queue.start(async ([{ eventId }]) => ({
        attempt: attemptOf(1),
        verdict: eventId === 'evt_1' ? { kind: 'dead', reason: 'exhausted' } : { kind: 'done' },
      }));
      await until(
        async () => (await rig.queue.list({ state: 'pending' }, 9)).length === 0,
        'all are finished',
      );
      await rig.queue.stop(0);
      expect(await rig.queue.replay({ eventId: 'evt_1' })).toBe(2);
      expect(await rig.queue.replay({ state: 'done' })).toBe(1);
      expect(await rig.queue.replay({ state: 'dead' })).toBe(0);
      const delivery = await rig.byId('evt_1.app');
      expect(delivery).toMatchObject({ state: 'pending', attempts: 0, isReplay: true, sequence: 1 });
      expect(delivery).not.toHaveProperty('reason');
      rig.queue.start(rig.answer());
      await until(async () => (await rig.queue.list({ state: 'done' }, 9)).length === 3, 'all are done');
      expect(await rig.queue.attempts('evt_1.app')).toHaveLength(2);
    });

    test('a replay of one that was pending anyway brings it forward and is no repetition', async () => {
      rig.queue.start(rig.answer({ kind: 'retry', at: rig.at(1_000_000) }));
      await rig.store.pass(50);
      expect(await rig.queue.replay({ id: 'evt_1.app' })).toBe(1);
      await until(async () => (await rig.byId('evt_1.app'))?.state === 'done', 'it is done');
      expect((await rig.byId('evt_1.app'))?.isReplay).toBe(false);
    });

    test('a replay by another process is noticed within a second', async () => {
      rig.queue.start(rig.answer());
      await until(async () => (await rig.queue.list({ state: 'done' }, 9)).length === 3, 'all are done');
      rig.sent.length = 0;
      const other = await rig.store.beside();
      expect(await other.deliveries.replay({ id: 'evt_1.app' })).toBe(1);
      await other.close();
      await rig.settle();
      await rig.sends(['evt_1.app']);
    });

    test('a replay never touches a withheld one, by whatever filter', async () => {
      await rig.queue.add([withheldOf('evt_3')]);
      for (const filter of [{ id: 'evt_3.app' }, { eventId: 'evt_3' }, { state: 'withheld' as const }])
        expect(await rig.queue.replay(filter)).toBe(0);
      expect(await rig.queue.replay({ endpointId: 'app' })).toBe(2);
      expect((await rig.byId('evt_3.app'))?.state).toBe('withheld');
    });

    test('an enabling by another process is noticed within a second', async () => {
      rig.queue.start(rig.answerWith(leaving({ disabled: { since: 1, reason: 'http-410' } })));
      await rig.store.pass(200);
      rig.sent.length = 0;
      const other = await rig.store.beside();
      await other.deliveries.changeCondition('app', () => ({}));
      await other.close();
      await rig.settle();
      expect(rig.sent.sort()).toEqual(['evt_1.app', 'evt_2.app']);
    });
  });
}
