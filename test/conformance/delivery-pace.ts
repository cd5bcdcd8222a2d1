// How fast and when: slots for first attempts, rate, pace, quiet hours.

import { describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import { app, delivered, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf, planOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

const many = (count: number) => Array.from({ length: count }, (_, place) => deliveryOf(`evt_${place}`));

export function describePace(name: string, open: OpenStore): void {
  describe(`${name}: slots and pace`, () => {
    const rig = useRig(open);

    test('one slot of several is never taken by a second attempt, so that what is new goes out at once', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([{ ...app, concurrency: 9 }]);
      await rig.queue.add(many(6));
      rig.queue.start(rig.answerWith(...many(6).map(() => failed(rig.at(300)))));
      await rig.store.pass(100);
      await rig.queue.stop(0);
      rig.sent.length = 0;
      await rig.queue.configure([{ ...app, concurrency: 3 }]);
      rig.queue.start(attempt);
      await rig.store.pass(500);
      await rig.sends(['evt_0.app', 'evt_1.app']);
      await rig.queue.add([deliveryOf('evt_new')]);
      await until(() => rig.sent.length === 3, 'the new one is sent');
      expect(rig.sent[2]).toBe('evt_new.app');
      end('evt_new.app');
      await rig.settle();
      await rig.sendsSoMany(3);
      end('evt_0.app');
      await until(() => rig.sent.length === 4, 'a slot for a second attempt is free');
      expect(rig.sent[3]).toBe('evt_2.app');
    });

    test('of one slot, a second attempt may take it', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add(many(1));
      rig.queue.start(rig.answerWith(failed(rig.at(300))));
      await rig.store.pass(500);
      await rig.sendsSoMany(2);
    });

    test('second attempts are not starved by first ones: who waits longest goes next', async () => {
      await rig.queue.configure([{ ...app, concurrency: 2 }]);
      await rig.queue.add(many(1));
      rig.queue.start(rig.answerWith(failed(rig.at(0))));
      await rig.queue.add([deliveryOf('evt_late'), deliveryOf('evt_later'), deliveryOf('evt_latest')]);
      await rig.allDone(4);
      expect(rig.sent.indexOf('evt_0.app', 1)).toBeLessThan(4);
    });

    test('a rate gives one request after a start, then what has come together, up to the burst', async () => {
      await rig.queue.configure([
        planOf('app', { concurrency: 9, rate: { count: 10, perMs: 1_000, burst: 3 } }),
      ]);
      await rig.queue.add(many(5));
      const began = rig.at(0);
      rig.queue.start(rig.answer());
      await rig.store.pass(410);
      await until(() => rig.sent.length === 5, 'the first five are sent');
      expect(rig.sentAt.filter((at, place) => at < began + place * 100)).toEqual([]);
      await rig.store.pass(1_000);
      const again = rig.at(0);
      await rig.queue.add(many(15).slice(5));
      await rig.store.pass(10);
      await until(() => rig.sent.length >= 8, 'the burst is sent');
      await rig.store.pass(200);
      const later = rig.sentAt.slice(8);
      expect(later.length).toBeGreaterThan(0);
      expect(later.filter((at, place) => at < again + (place + 1) * 100 - 1)).toEqual([]);
    });

    test('a rate holds in the long run, whatever the slots could do', async () => {
      await rig.queue.configure([
        planOf('app', { concurrency: 50, rate: { count: 20, perMs: 1_000, burst: 20 } }),
      ]);
      await rig.queue.add(many(100));
      const began = rig.at(0);
      rig.queue.start(rig.answer());
      await rig.settle();
      await until(() => rig.sent.length >= 31, 'what the rate allows is sent');
      expect(rig.sentAt.filter((at, place) => at < began + place * 50)).toEqual([]);
    });

    test('a pace puts a gap between two starts, also where slots are free', async () => {
      await rig.queue.configure([{ ...app, concurrency: 4 }]);
      await rig.queue.add(many(4));
      await rig.queue.changeCondition('app', () => ({ pace: { gapMs: 400, since: 0, good: 0 } }));
      const began = rig.at(0);
      rig.queue.start(rig.answer());
      await rig.store.pass(810);
      await until(() => rig.sent.length >= 3, 'three are sent');
      expect(rig.sentAt.filter((at, place) => at < began + place * 400)).toEqual([]);
    });

    test('in quiet hours nothing goes out, and all that waits does when they end', async () => {
      const opensAt = rig.at(700);
      await rig.queue.configure([planOf('app', { opensAt: (now) => Math.max(now, opensAt) })]);
      await rig.queue.add(many(3));
      rig.queue.start(rig.answer());
      await rig.store.pass(400);
      expect(rig.sent).toEqual([]);
      await rig.store.pass(310);
      await rig.sendsSoMany(3);
    });

    test('quiet hours that begin while it runs let the attempt that runs end', async () => {
      let isQuiet = false;
      const { attempt, end } = rig.held();
      await rig.queue.configure([planOf('app', { opensAt: (now) => (isQuiet ? now + 9_000 : now) })]);
      await rig.queue.add(many(2));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'one is sent');
      isQuiet = true;
      end('evt_0.app');
      await rig.store.pass(1_000);
      await rig.sendsSoMany(1);
      expect((await rig.byId('evt_0.app'))?.state).toBe('done');
    });

    test.each([
      ['never', Number.POSITIVE_INFINITY],
      ['a time that is no number', Number.NaN],
      ['the past', -1],
      ['a fraction of a millisecond on, ever again', 0.1],
    ])('a plan that opens at %s makes no loop', async (_, ahead) => {
      let asked = 0;
      const opensAt = (now: number) => {
        asked++;
        return now + ahead;
      };
      await rig.queue.configure([planOf('app', { opensAt })]);
      await rig.queue.add(many(2));
      rig.queue.start(async () => delivered);
      await rig.store.pass(20);
      expect(asked).toBeLessThan(60);
    });

    test('an endpoint that is slow, closed or full does not hold up another', async () => {
      await rig.queue.configure([
        planOf('quiet', { opensAt: () => Number.POSITIVE_INFINITY }),
        planOf('slow', { rate: { count: 1, perMs: 60_000, burst: 1 } }),
        app,
      ]);
      const ids = ['evt_1', 'evt_2', 'evt_3'];
      await rig.queue.add(['quiet', 'slow', 'app'].flatMap((to) => ids.map((id) => deliveryOf(id, to))));
      rig.queue.start(rig.answer());
      await rig.settle();
      expect(rig.sent.filter((id) => id.endsWith('.app'))).toHaveLength(3);
      expect(rig.sent.filter((id) => id.endsWith('.slow'))).toHaveLength(1);
      expect(rig.sent).toHaveLength(4);
    });
  });
}

const failed = (at: number) => ({ attempt: attemptOf(1), verdict: { kind: 'retry', at } }) as const;
