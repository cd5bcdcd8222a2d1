// In which order, how many at a time, and to whom deliveries go out.

import { describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import { app, useRig } from './queue-rig.ts';
import { deliveryOf, planOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeHandOut(name: string, open: OpenStore): void {
  describe(`${name}: handing out`, () => {
    const rig = useRig(open);
    test('deliveries go out in the order they were added, numbered per endpoint', async () => {
      await rig.queue.configure([app, planOf('chat')]);
      await rig.queue.add([deliveryOf('evt_b'), deliveryOf('evt_b', 'chat'), deliveryOf('evt_a')]);
      rig.queue.start(rig.answer());
      await until(() => rig.sent.length === 3, 'all are sent');
      expect(rig.sent.filter((id) => id.endsWith('.app'))).toEqual(['evt_b.app', 'evt_a.app']);
      await until(async () => (await rig.queue.list({ state: 'done' }, 9)).length === 3, 'all are done');
      expect((await rig.queue.list({ endpointId: 'app' }, 9)).map(({ sequence }) => sequence)).toEqual([
        2, 1,
      ]);
      expect((await rig.byId('evt_b.chat'))?.sequence).toBe(1);
    });

    test('what is added while the queue runs goes out at once', async () => {
      await rig.queue.configure([app]);
      rig.queue.start(rig.answer());
      await rig.queue.add([deliveryOf('evt_1')]);
      await until(() => rig.sent.length === 1, 'it is sent');
    });

    test('a delivery that exists is left as it is, whatever its state, and takes no number', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_1')]);
      rig.queue.start(rig.answer());
      await until(async () => (await rig.byId('evt_1.app'))?.state === 'done', 'it is done');
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      await until(() => rig.sent.length === 2, 'the new one is sent');
      await rig.store.pass(50);
      await rig.sends(['evt_1.app', 'evt_2.app']);
      expect((await rig.byId('evt_2.app'))?.sequence).toBe(2);
    });

    test('an endpoint gets at most `concurrency` attempts at a time, and does not wait for another endpoint', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([{ ...app, concurrency: 2 }, planOf('chat')]);
      await rig.queue.add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
      await rig.queue.add([deliveryOf('evt_9', 'chat')]);
      rig.queue.start(attempt);
      await rig.store.pass(50);
      await rig.sendsSoMany(3);
      expect(rig.sent.sort()).toEqual(['evt_1.app', 'evt_2.app', 'evt_9.chat']);
      end('evt_2.app');
      await until(() => rig.sent.length === 4, 'the next one is sent');
      expect(rig.sent).toContain('evt_3.app');
      for (const id of ['evt_1.app', 'evt_3.app', 'evt_9.chat']) end(id);
      await until(async () => (await rig.queue.list({ state: 'done' }, 9)).length === 4, 'all are done');
    });

    test('what is added while all slots are taken waits for a free one', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([{ ...app, concurrency: 2 }]);
      rig.queue.start(attempt);
      for (const id of ['evt_1', 'evt_2', 'evt_3', 'evt_4']) await rig.queue.add([deliveryOf(id)]);
      await rig.settle();
      await rig.sends(['evt_1.app', 'evt_2.app']);
      end('evt_1.app');
      await until(() => rig.sent.length === 3, 'the next one is sent');
      await rig.settle();
      await rig.sends(['evt_1.app', 'evt_2.app', 'evt_3.app']);
      for (const id of ['evt_2.app', 'evt_3.app']) end(id);
      await until(() => rig.sent.length === 4, 'the last one is sent');
      end('evt_4.app');
      await rig.store.pass(10);
    });

    test('another `concurrency` counts from the next hand-out', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([app]);
      await rig.queue.add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'one is sent');
      await rig.queue.configure([{ ...app, concurrency: 3 }]);
      await until(() => rig.sent.length === 3, 'the others are sent');
      for (const id of rig.sent) end(id);
      await rig.store.pass(10);
    });

    test('deliveries of an endpoint that is not configured stay parked until it is', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1', 'gone'), deliveryOf('evt_2')]);
      rig.queue.start(rig.answer());
      await rig.store.pass(100);
      await rig.sends(['evt_2.app']);
      await rig.queue.configure([app, planOf('gone')]);
      await until(() => rig.sent.length === 2, 'it is sent');
    });

    test('an endpoint that leaves the configuration gets nothing more', async () => {
      await rig.queue.configure([app]);
      rig.queue.start(rig.answer());
      await rig.queue.configure([]);
      await rig.queue.add([deliveryOf('evt_1')]);
      await rig.store.pass(100);
      expect(rig.sent).toEqual([]);
      expect((await rig.byId('evt_1.app'))?.state).toBe('pending');
    });

    test('thousands at once all go out, once', async () => {
      await rig.queue.configure([{ ...app, concurrency: 8 }]);
      await rig.queue.add(Array.from({ length: 1_200 }, (_, place) => deliveryOf(`evt_${place}`)));
      rig.queue.start(rig.answer());
      await until(async () => (await rig.queue.endpoints())[0]?.done === 1_200, 'all are done');
      expect(new Set(rig.sent).size).toBe(1_200);
      expect(rig.sent).toHaveLength(1_200);
    });
  });
}
