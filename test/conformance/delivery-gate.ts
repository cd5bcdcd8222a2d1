// An endpoint's condition: learned in the transaction of the attempt, obeyed, changed by people, begun anew.

import { describe, expect, test } from '@jest/globals';
import type { AttemptResult } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import { until } from '../support/fake-clock.ts';
import { app, delivered, leaving, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf, planOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

const disabled: EndpointCondition = { disabled: { since: 1, reason: 'http-410' } };
const other = planOf('app', { target: 'https://other.example' });
const some = (...ids: string[]) => ids.map((id) => deliveryOf(id));

export function describeGate(name: string, open: OpenStore): void {
  describe(`${name}: the condition of an endpoint`, () => {
    const rig = useRig(open);
    const circuit = (probeInMs: number): EndpointCondition => ({
      circuit: { since: 1, code: 'http-500', waitMs: probeInMs, probeAt: rig.at(probeInMs) },
    });

    test('a disabled endpoint gets nothing, its deliveries stay pending, others go on', async () => {
      await rig.queue.configure([app, planOf('chat')]);
      await rig.queue.add([...some('evt_1', 'evt_2'), deliveryOf('evt_3', 'chat')]);
      rig.queue.start(async ([{ id, endpointId }]) => {
        rig.sent.push(id);
        return endpointId === 'chat' ? delivered : leaving(disabled);
      });
      await rig.settle();
      expect(rig.sent.toSorted()).toEqual(['evt_1.app', 'evt_3.chat']);
      expect(await rig.byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
      expect(await rig.queue.attempts('evt_1.app')).toHaveLength(1);
      expect(await rig.health('app')).toMatchObject({ condition: disabled, pending: 2, done: 0 });
    });

    test('it stays over a restart and the same configuration', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(rig.answerWith(leaving(disabled)));
      await rig.store.pass(50);
      await rig.store.restart();
      await rig.queue.configure([{ ...app, concurrency: 4 }]);
      rig.queue.start(rig.answer());
      await rig.settle();
      await rig.sends(['evt_1.app']);
    });

    test('another target begins a new one, in which only the pause of the operator stays', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(rig.answerWith(leaving(disabled)));
      await rig.store.pass(50);
      await rig.queue.configure([other]);
      await rig.allDone(2);
      expect(rig.sent).toEqual(['evt_1.app', 'evt_1.app', 'evt_2.app']);
      await rig.queue.changeCondition('app', () => ({ ...disabled, paused: { since: 7 } }));
      await rig.queue.configure([app]);
      expect((await rig.health('app'))?.condition).toEqual({ paused: { since: 7 } });
    });

    test('what an attempt at an earlier target teaches is not learned', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1'));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'it is sent to the earlier target');
      await rig.queue.configure([other]);
      end('evt_1.app', leaving(disabled));
      await until(() => rig.sent.length === 2, 'it is sent to the later target');
      expect((await rig.health('app'))?.condition).toEqual({});
      end('evt_1.app');
      await rig.allDone(1);
    });

    test('a reload, or a delivery more, at the moment of a lesson hands out nothing against it', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([{ ...app, concurrency: 2 }]);
      await rig.queue.add(some('evt_1'));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'one is sent');
      const changes = [rig.queue.configure([{ ...app, concurrency: 3 }]), rig.queue.add(some('evt_2'))];
      end('evt_1.app', leaving(disabled));
      await Promise.all(changes);
      await rig.settle();
      await rig.sends(['evt_1.app']);
    });

    test('each lesson builds on the condition that the one before has left, also when both end at once', async () => {
      const { attempt, end } = rig.held();
      const count = (before: EndpointCondition) => ({
        condition: { restsUntil: (before.restsUntil ?? 0) + 1 },
      });
      await rig.queue.configure([{ ...app, concurrency: 3 }]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 3, 'all are sent');
      for (const id of rig.sent) end(id, { ...delivered, learn: count });
      await rig.allDone(3);
      expect((await rig.health('app'))?.condition).toEqual({ restsUntil: 3 });
    });

    test('a lesson can ask how many deliveries wait for the endpoint', async () => {
      const counts: (number | undefined)[] = [];
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      rig.queue.start(async () => ({
        ...leaving(disabled),
        learn: (_, kept) => {
          counts.push(kept?.());
          return { condition: disabled };
        },
      }));
      await until(async () => (await rig.queue.attempts('evt_1.app')).length === 1, 'it is recorded');
      expect(counts.at(-1)).toBe(3);
    });

    test('a lesson may replace the verdict', async () => {
      const at = rig.at(9_000);
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1'));
      rig.queue.start(async () => ({
        attempt: attemptOf(1),
        verdict: { kind: 'dead', reason: 'poison' },
        learn: (condition) => ({ condition, verdict: { kind: 'retry', at } }),
      }));
      await until(async () => (await rig.queue.attempts('evt_1.app')).length === 1, 'it is recorded');
      expect(await rig.byId('evt_1.app')).toMatchObject({
        state: 'pending',
        attempts: 1,
        dueAt: at,
      });
    });

    test('an attempt is told the condition, and what it changes there is known to the next', async () => {
      const told: EndpointCondition[] = [];
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(async (_, { condition, isProbe }) => {
        told.push(condition);
        expect(isProbe).toBe(false);
        return { ...delivered, learn: () => ({ condition: { movedTo: '-100' } }) };
      });
      await rig.allDone(2);
      expect(told).toEqual([{}, { movedTo: '-100' }]);
    });

    test.each([
      ['paused', () => ({ paused: { since: 1 } })],
      ['disabled for good', () => disabled],
      ['open, before the probe', () => circuit(60_000)],
      ['resting', () => ({ restsUntil: rig.at(60_000) })],
    ])('one that is %s gets nothing, and all of it when somebody ends that', async (_, condition) => {
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      await rig.queue.changeCondition('app', condition);
      rig.queue.start(rig.answer());
      await rig.settle();
      expect(rig.sent).toEqual([]);
      await rig.queue.changeCondition('app', () => ({}));
      await rig.allDone(2);
    });

    test('a pause stops even the probe', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1'));
      await rig.queue.changeCondition('app', () => ({ ...circuit(0), paused: { since: 1 } }));
      rig.queue.start(rig.answer());
      await rig.settle();
      expect(rig.sent).toEqual([]);
    });

    test('one that rests goes on by itself', async () => {
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1'));
      await rig.queue.changeCondition('app', () => ({ restsUntil: rig.at(700) }));
      rig.queue.start(rig.answer());
      await rig.store.pass(400);
      expect(rig.sent).toEqual([]);
      await rig.store.pass(310);
      await rig.sends(['evt_1.app']);
    });

    test('the probe is the oldest delivery that is due, one at a time, and success lets the others follow', async () => {
      const { attempt, end, contexts } = rig.held();
      await rig.queue.configure([{ ...app, concurrency: 4 }]);
      await rig.queue.add(some('evt_1', 'evt_2', 'evt_3'));
      await rig.queue.replay({ id: 'evt_1.app' });
      await rig.queue.changeCondition('app', () => circuit(500));
      rig.queue.start(attempt);
      await rig.store.pass(300);
      expect(rig.sent).toEqual([]);
      await rig.settle();
      await rig.sends(['evt_1.app']);
      expect(contexts.get('evt_1.app')?.isProbe).toBe(true);
      await rig.queue.add(some('evt_4'));
      await rig.settle();
      await rig.sends(['evt_1.app']);
      end('evt_1.app', { ...delivered, learn: () => ({ condition: {} }) });
      await until(() => rig.sent.length === 4, 'the others are sent');
      expect(contexts.get('evt_2.app')?.isProbe).toBe(false);
    });

    test('a failed probe is logged, takes no attempt, and waits for the next', async () => {
      const again = (): AttemptResult => ({
        attempt: attemptOf(1, { isProbe: true }),
        verdict: { kind: 'postpone', at: rig.at(0) },
        learn: () => ({ condition: circuit(1_000) }),
      });
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      await rig.queue.changeCondition('app', () => circuit(0));
      rig.queue.start(rig.answerWith(again(), again()));
      await rig.store.pass(700);
      await rig.sends(['evt_1.app']);
      await rig.store.pass(400);
      await rig.sends(['evt_1.app', 'evt_1.app']);
      expect((await rig.byId('evt_1.app'))?.attempts).toBe(0);
      expect(await rig.queue.attempts('evt_1.app')).toHaveLength(2);
    });

    test('of a lane the head is the probe, never one that waits behind it', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([planOf('app', { ordering: 'feed' })]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'the head is sent');
      end('evt_1.app', {
        ...leaving(circuit(100)),
        verdict: { kind: 'retry', at: rig.at(700) },
      });
      await rig.store.pass(600);
      await rig.sends(['evt_1.app']);
      await rig.store.pass(200);
      await rig.sends(['evt_1.app', 'evt_1.app']);
    });

    test('a change of it gives the one before, and nothing where there is no such endpoint', async () => {
      await rig.queue.configure([app]);
      expect(await rig.queue.changeCondition('app', () => disabled)).toEqual({});
      expect(await rig.queue.changeCondition('app', (before) => ({ ...before, movedTo: '1' }))).toEqual(
        disabled,
      );
      expect(await rig.queue.changeCondition('nobody', () => disabled)).toBeUndefined();
      expect((await rig.health('app'))?.condition).toEqual({ ...disabled, movedTo: '1' });
      expect(await rig.queue.endpoints()).toHaveLength(1);
    });

    test('a change by another process is noticed within a second, and kept by the lesson of an attempt that runs', async () => {
      const { attempt, end } = rig.held();
      await rig.queue.configure([app]);
      await rig.queue.add(some('evt_1', 'evt_2'));
      rig.queue.start(attempt);
      await until(() => rig.sent.length === 1, 'one is sent');
      const beside = await rig.store.beside();
      await beside.deliveries.changeCondition('app', () => ({ paused: { since: 5 } }));
      await beside.close();
      end('evt_1.app', { ...delivered, learn: (before) => ({ condition: { ...before, movedTo: '1' } }) });
      await rig.settle();
      await rig.sends(['evt_1.app']);
      expect((await rig.health('app'))?.condition).toEqual({ paused: { since: 5 }, movedTo: '1' });
    });
  });
}
