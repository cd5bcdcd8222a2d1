// How a queue stops.

import { describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import { app, useRig } from './queue-rig.ts';
import { deliveryOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

export function describeStop(name: string, open: OpenStore): void {
  describe(`${name}: stopping`, () => {
    const rig = useRig(open);
    test('stop hands out nothing more and waits for attempts that run, without aborting them in the grace time', async () => {
      const { attempt, end, contexts } = rig.held();
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'one is sent');
      let stopped = 0;
      const stops = [rig.queue.stop(1_000), rig.queue.stop(1_000)].map((each) => each.then(() => stopped++));
      await rig.store.pass(200);
      expect({ stopped, aborted: contexts.get('evt_1.app')?.signal.aborted }).toEqual({
        stopped: 0,
        aborted: false,
      });
      end('evt_1.app');
      await Promise.all(stops);
      expect(rig.sent).toEqual(['evt_1.app']);
      expect((await rig.byId('evt_1.app'))?.state).toBe('done');
      expect((await rig.byId('evt_2.app'))?.state).toBe('pending');
    });

    test('after the grace time the attempts that run are aborted', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start((_, { signal }) => {
        rig.sent.push('evt_1.app');
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ verdict: { kind: 'postpone', at: rig.at(0) } })),
        );
      });
      await until(() => rig.sent.length === 1, 'it is sent');
      const stopped = rig.queue.stop(500);
      await rig.store.pass(700);
      await stopped;
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
    });

    test('an attempt that runs is stored as not made, so that a crash repeats it with the same id and number', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([app]);
      await rig.queue.add([deliveryOf('evt_1')]);
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'it is sent');
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
      end('evt_1.app');
      await rig.store.pass(10);
    });
  });
}
