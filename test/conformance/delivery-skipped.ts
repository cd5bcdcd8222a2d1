// Deliveries that a rule stopped: kept to be seen, never numbered, sent only when somebody means it.

import { describe, expect, test } from '@jest/globals';
import { app, useRig } from './queue-rig.ts';
import { deliveryOf, skippedOf, withheldOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeSkipped(name: string, open: OpenStore): void {
  describe(`${name}: what is skipped`, () => {
    const rig = useRig(open);

    test('is listed with its reason and counted apart, takes no number, and is never due', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1'), skippedOf('evt_2'), deliveryOf('evt_3')]);
      rig.queue.start(rig.answer());
      await rig.allDone(2);
      await rig.settle();
      await rig.sends(['evt_1.app', 'evt_3.app']);
      expect(await rig.byId('evt_2.app')).toMatchObject({
        state: 'skipped',
        reason: 'filtered',
        sequence: 0,
      });
      expect((await rig.byId('evt_3.app'))?.sequence).toBe(2);
      expect((await rig.queue.list({ state: 'skipped' }, 9)).map(({ id }) => id)).toEqual(['evt_2.app']);
      expect(await rig.health('app')).toMatchObject({ skipped: 1, done: 2, pending: 0 });
    });

    test('is left as it is when it is added again, and what is not skipped does not become so', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([skippedOf('evt_1'), deliveryOf('evt_2')]);
      await rig.queue.add([deliveryOf('evt_1'), skippedOf('evt_2')]);
      expect((await rig.byId('evt_1.app'))?.state).toBe('skipped');
      expect((await rig.byId('evt_2.app'))?.state).toBe('pending');
    });

    test.each([
      ['by its id', { id: 'evt_1.app' }, 1],
      ['by its state', { state: 'skipped' as const }, 1],
      ['by both', { id: 'evt_1.app', state: 'skipped' as const }, 1],
      ['not by its event', { eventId: 'evt_1' }, 0],
      ['not by its endpoint', { endpointId: 'app' }, 0],
      ['not by everything', {}, 0],
    ])('is replayed %s', async (_, filter, expected) => {
      await rig.queue.configure([app]);
      await rig.queue.add([skippedOf('evt_1')]);
      rig.queue.start(rig.answer());
      expect(await rig.queue.replay(filter)).toBe(expected);
      await rig.allDone(expected);
      expect((await rig.byId('evt_1.app'))?.sequence).toBe(expected);
    });

    test('gets the next number when it is replayed, once, and no reason any more', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([skippedOf('evt_1'), skippedOf('evt_2'), deliveryOf('evt_3')]);
      await rig.queue.replay({ id: 'evt_2.app' });
      await rig.queue.replay({ state: 'skipped' });
      await rig.queue.replay({});
      await rig.queue.add([deliveryOf('evt_4')]);
      const numbers = (await rig.queue.list({}, 9)).map(({ eventId, sequence }) => [eventId, sequence]);
      expect(Object.fromEntries(numbers)).toEqual({ evt_1: 3, evt_2: 2, evt_3: 1, evt_4: 4 });
      expect(await rig.byId('evt_1.app')).not.toHaveProperty('reason');
      expect((await rig.byId('evt_1.app'))?.isReplay).toBe(true);
    });

    test('is neither released nor dropped', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([skippedOf('evt_1'), withheldOf('evt_2')]);
      expect(await rig.queue.release({ id: 'evt_1.app' })).toBe(0);
      expect(await rig.queue.drop({ id: 'evt_1.app' })).toBe(0);
      expect(await rig.queue.drop({ state: 'skipped' })).toBe(0);
      expect(await rig.queue.drop({})).toBe(1);
    });
  });
}
