// What an attempt tells other endpoints of its own: stored and owed in the transaction of the attempt.

import { describe, expect, test } from '@jest/globals';
import type { AttemptResult } from '../../src/model/delivery.ts';
import { until } from '../support/fake-clock.ts';
import { app, delivered, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf, eventOf, planOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

const alert = eventOf('evt_alert', { type: 'delivery.exhausted', feedId: '' });
const telling = (...endpointIds: string[]): AttemptResult => ({
  attempt: attemptOf(1),
  verdict: { kind: 'dead', reason: 'exhausted' },
  learn: (condition) => ({ condition, alerts: [{ event: alert, endpointIds }] }),
});

export function describeAlerts(name: string, open: OpenStore): void {
  describe(`${name}: alerts`, () => {
    const rig = useRig(open);

    test('go out to the endpoints they name, at once', async () => {
      await rig.queue.configure([app, planOf('ops'), planOf('pager', { ordering: 'feed' })]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(rig.answerWith(telling('ops', 'pager')));
      await rig.allDone(2);
      expect(rig.sent.toSorted()).toEqual(['evt_1.app', 'evt_alert.ops', 'evt_alert.pager']);
      expect(await rig.store.backend.store.readEvents(['evt_alert'])).toEqual([alert]);
      expect(await rig.byId('evt_alert.ops')).toMatchObject({ feedId: '', sequence: 1 });
    });

    test('reach nobody who is not configured, and are not stored for nobody', async () => {
      await rig.queue.configure([app, planOf('ops')]);
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(rig.answerWith(telling('ops', 'nobody')));
      await until(async () => (await rig.byId('evt_1.app'))?.state === 'dead', 'it is dead');
      expect(await rig.store.backend.store.readEvents(['evt_alert'])).toEqual([]);
      expect(await rig.queue.list({ eventId: 'evt_alert' }, 9)).toEqual([]);
    });

    test('are told once: the event as it was first stored, and no second delivery', async () => {
      const first = { ...alert, body: '{"first":true}' };
      await rig.queue.configure([app, planOf('ops')]);
      await rig.store.backend.store.addEvents([first]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      rig.queue.start(rig.answerWith(telling('ops'), telling('ops'), telling('ops')));
      await until(() => rig.sent.length >= 3, 'all are sent');
      await rig.settle();
      expect(rig.sent.filter((id) => id === 'evt_alert.ops')).toHaveLength(1);
      expect(await rig.store.backend.store.readEvents(['evt_alert'])).toEqual([first]);
    });

    test('wait for their endpoint like anything else', async () => {
      await rig.queue.configure([app, planOf('ops')]);
      await rig.queue.changeCondition('ops', () => ({ paused: { since: 1 } }));
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(rig.answerWith(telling('ops')));
      await rig.settle();
      await rig.sends(['evt_1.app']);
      expect((await rig.byId('evt_alert.ops'))?.state).toBe('pending');
    });

    test('of an attempt that taught nothing are none', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(async () => delivered);
      await rig.allDone(1);
      expect(await rig.queue.count({})).toBe(1);
    });
  });
}
