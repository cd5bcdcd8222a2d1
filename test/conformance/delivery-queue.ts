// What every DeliveryQueue and its DeliveryLog promise.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DeliveryError } from '../../src/errors.ts';
import type { Attempt, AttemptResult, Delivery, Verdict } from '../../src/model/delivery.ts';
import type { EndpointSlots } from '../../src/ports.ts';
import { until } from '../support/fake-clock.ts';
import { deliveryOf, withheldOf } from './records.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const app: EndpointSlots = { id: 'app', concurrency: 1, target: 'https://app.example' };

function attemptOf(number: number, change: Partial<Attempt> = {}): Attempt {
  return { number, startedAt: 1_800_000_000_000, durationMs: 5, outcome: 'rejected', status: 500, ...change };
}

const delivered: AttemptResult = {
  attempt: attemptOf(1, { outcome: 'delivered', status: 204 }),
  verdict: { kind: 'done' },
};

export function describeDeliveryQueue(name: string, open: OpenStore): void {
  let store: StoreUnderTest;
  let sent: string[];
  beforeEach(async () => {
    store = await open();
    sent = [];
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
  });
  const queue = () => store.backend.deliveries;
  const at = (ms: number) => store.now() + ms;
  const byId = async (id: string) => (await queue().list({ id }, 1))[0];

  /** Sends, notes what was sent, and answers with the verdicts in turn, then `done`. */
  const answer = (...verdicts: Verdict[]) => {
    const left = [...verdicts];
    return async ({ id, attempts }: Delivery): Promise<AttemptResult> => {
      sent.push(id);
      const verdict = left.shift() ?? { kind: 'done' };
      return { attempt: attemptOf(attempts + 1), verdict };
    };
  };

  /** Sends that run until the test ends each of them. */
  const held = () => {
    const ends = new Map<string, (result: AttemptResult) => void>();
    const signals = new Map<string, AbortSignal>();
    const attempt = ({ id }: Delivery, signal: AbortSignal) => {
      sent.push(id);
      signals.set(id, signal);
      return new Promise<AttemptResult>((resolve) => ends.set(id, resolve));
    };
    const end = (id: string, result = delivered) => ends.get(id)?.(result);
    return { attempt, end, signals };
  };

  describe(`${name}: handing out`, () => {
    test('deliveries go out in the order they were added, numbered per endpoint', async () => {
      await queue().configure([app, { id: 'chat', concurrency: 1, target: 'c' }]);
      await queue().add([deliveryOf('evt_b'), deliveryOf('evt_b', 'chat'), deliveryOf('evt_a')]);
      queue().start(answer());
      await until(() => sent.length === 3, 'all are sent');
      expect(sent.filter((id) => id.endsWith('.app'))).toEqual(['evt_b.app', 'evt_a.app']);
      await until(async () => (await queue().list({ state: 'done' }, 9)).length === 3, 'all are done');
      expect((await queue().list({ endpointId: 'app' }, 9)).map(({ sequence }) => sequence)).toEqual([2, 1]);
      expect((await byId('evt_b.chat'))?.sequence).toBe(1);
    });

    test('what is added while the queue runs goes out at once', async () => {
      await queue().configure([app]);
      queue().start(answer());
      await queue().add([deliveryOf('evt_1')]);
      await until(() => sent.length === 1, 'it is sent');
    });

    test('a delivery that exists is left as it is, whatever its state, and takes no number', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_1')]);
      queue().start(answer());
      await until(async () => (await byId('evt_1.app'))?.state === 'done', 'it is done');
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      await until(() => sent.length === 2, 'the new one is sent');
      await store.pass(50);
      expect(sent).toEqual(['evt_1.app', 'evt_2.app']);
      expect((await byId('evt_2.app'))?.sequence).toBe(2);
    });

    test('an endpoint gets at most `concurrency` attempts at a time, and does not wait for another endpoint', async () => {
      const { attempt, end } = held();
      await queue().configure([
        { ...app, concurrency: 2 },
        { id: 'chat', concurrency: 1, target: 'c' },
      ]);
      await queue().add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
      await queue().add([deliveryOf('evt_9', 'chat')]);
      queue().start(attempt);
      await store.pass(50);
      expect(sent.sort()).toEqual(['evt_1.app', 'evt_2.app', 'evt_9.chat']);
      end('evt_2.app');
      await until(() => sent.length === 4, 'the next one is sent');
      expect(sent).toContain('evt_3.app');
      for (const id of ['evt_1.app', 'evt_3.app', 'evt_9.chat']) end(id);
      await until(async () => (await queue().list({ state: 'done' }, 9)).length === 4, 'all are done');
    });

    test('what is added while all slots are taken waits for a free one', async () => {
      const { attempt, end } = held();
      await queue().configure([{ ...app, concurrency: 2 }]);
      queue().start(attempt);
      for (const id of ['evt_1', 'evt_2', 'evt_3', 'evt_4']) await queue().add([deliveryOf(id)]);
      await store.pass(1_500);
      expect(sent).toEqual(['evt_1.app', 'evt_2.app']);
      end('evt_1.app');
      await until(() => sent.length === 3, 'the next one is sent');
      await store.pass(1_500);
      expect(sent).toEqual(['evt_1.app', 'evt_2.app', 'evt_3.app']);
      for (const id of ['evt_2.app', 'evt_3.app']) end(id);
      await until(() => sent.length === 4, 'the last one is sent');
      end('evt_4.app');
      await store.pass(10);
    });

    test('another `concurrency` counts from the next hand-out', async () => {
      const { attempt, end } = held();
      await queue().configure([app]);
      await queue().add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
      queue().start(attempt);
      await until(() => sent.length === 1, 'one is sent');
      await queue().configure([{ ...app, concurrency: 3 }]);
      await until(() => sent.length === 3, 'the others are sent');
      for (const id of sent) end(id);
      await store.pass(10);
    });

    test('deliveries of an endpoint that is not configured stay parked until it is', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1', 'gone'), deliveryOf('evt_2')]);
      queue().start(answer());
      await store.pass(100);
      expect(sent).toEqual(['evt_2.app']);
      await queue().configure([app, { id: 'gone', concurrency: 1, target: 'g' }]);
      await until(() => sent.length === 2, 'it is sent');
    });

    test('an endpoint that leaves the configuration gets nothing more', async () => {
      await queue().configure([app]);
      queue().start(answer());
      await queue().configure([]);
      await queue().add([deliveryOf('evt_1')]);
      await store.pass(100);
      expect(sent).toEqual([]);
      expect((await byId('evt_1.app'))?.state).toBe('pending');
    });

    test('thousands at once all go out, once', async () => {
      await queue().configure([{ ...app, concurrency: 8 }]);
      await queue().add(Array.from({ length: 1_200 }, (_, place) => deliveryOf(`evt_${place}`)));
      queue().start(answer());
      await until(async () => (await queue().endpoints())[0]?.done === 1_200, 'all are done');
      expect(new Set(sent).size).toBe(1_200);
      expect(sent).toHaveLength(1_200);
    });
  });

  describe(`${name}: after an attempt`, () => {
    test('a retry waits for its time, keeps its id and counts', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      const again = at(500);
      queue().start(answer({ kind: 'retry', at: again }));
      await store.pass(300);
      expect(sent).toEqual(['evt_1.app']);
      expect(await byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 1, dueAt: again });
      await store.pass(400);
      expect(sent).toEqual(['evt_1.app', 'evt_1.app']);
      expect(await byId('evt_1.app')).toMatchObject({ state: 'done', attempts: 2, isReplay: false });
      expect((await queue().attempts('evt_1.app')).map(({ number }) => number)).toEqual([1, 2]);
    });

    test('a retry whose time has come goes before those that were added later', async () => {
      await queue().configure([app]);
      queue().start(answer({ kind: 'retry', at: at(200) }));
      await queue().add([deliveryOf('evt_1')]);
      await until(() => sent.length === 1, 'the first is sent');
      await queue().configure([{ ...app, concurrency: 0 }]);
      await store.pass(400);
      await queue().add([deliveryOf('evt_2')]);
      await queue().configure([app]);
      await until(() => sent.length === 3, 'all are sent');
      expect(sent).toEqual(['evt_1.app', 'evt_1.app', 'evt_2.app']);
    });

    test('a waiting retry does not hold up the others', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(answer({ kind: 'retry', at: at(1_000_000) }));
      await until(async () => (await byId('evt_2.app'))?.state === 'done', 'the other is done');
    });

    test('a retry keeps its time over a restart', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      queue().start(answer({ kind: 'retry', at: at(800) }));
      await store.pass(50);
      await store.restart();
      await queue().configure([app]);
      queue().start(answer());
      await store.pass(300);
      expect(sent).toEqual(['evt_1.app']);
      await store.pass(700);
      expect(sent).toEqual(['evt_1.app', 'evt_1.app']);
    });

    test.each(['exhausted', 'poison', 'expired'] as const)(
      'a dead letter (%s) is kept and not tried again',
      async (reason) => {
        await queue().configure([app]);
        await queue().add([deliveryOf('evt_1')]);
        queue().start(answer({ kind: 'dead', reason }));
        await until(async () => (await byId('evt_1.app'))?.state === 'dead', 'it is dead');
        expect((await byId('evt_1.app'))?.reason).toBe(reason);
        await store.pass(1_500);
        expect(sent).toEqual(['evt_1.app']);
      },
    );

    test('a postponed delivery comes again and its attempt is not counted', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      const again = at(300);
      queue().start(async ({ id, attempts }) => {
        sent.push(`${id} ${attempts}`);
        return sent.length === 1 ? { verdict: { kind: 'postpone', at: again } } : delivered;
      });
      await store.pass(500);
      expect(sent).toEqual(['evt_1.app 0', 'evt_1.app 0']);
      expect(await queue().attempts('evt_1.app')).toHaveLength(1);
    });

    test('a fault before anything was sent costs no attempt and nobody else', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(async (delivery) => {
        sent.push(delivery.id);
        if (delivery.eventId === 'evt_1') throw new DeliveryError('event-missing', 'gone');
        return delivered;
      });
      await until(async () => (await byId('evt_2.app'))?.state === 'done', 'the other is done');
      expect(await byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
      expect(await queue().attempts('evt_1.app')).toEqual([]);
    });

    test('an attempt comes back whole', async () => {
      const attempt = attemptOf(1, {
        code: 'http-500',
        message: 'no',
        excerpt: 'äöü 🚀',
        nextAt: at(10),
        nextReason: 'retry 2 of 10',
      });
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      queue().start(async () => ({ attempt, verdict: { kind: 'dead', reason: 'poison' } }));
      await until(async () => (await byId('evt_1.app'))?.state === 'dead', 'it is dead');
      expect(await queue().attempts('evt_1.app')).toEqual([attempt]);
      expect(await queue().attempts('evt_9.app')).toEqual([]);
      expect(await queue().attempts('nonsense')).toEqual([]);
    });

    test('a disabled endpoint gets nothing, its deliveries stay pending, others go on', async () => {
      await queue().configure([app, { id: 'chat', concurrency: 1, target: 'c' }]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2'), deliveryOf('evt_3', 'chat')]);
      queue().start(async ({ id, endpointId }) => {
        sent.push(id);
        if (endpointId === 'chat') return delivered;
        return {
          attempt: attemptOf(1, { status: 410 }),
          verdict: { kind: 'disableEndpoint', reason: '410' },
        };
      });
      await store.pass(1_500);
      expect(sent.sort()).toEqual(['evt_1.app', 'evt_3.chat']);
      expect(await byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 1 });
      const [health] = await queue().endpoints();
      expect(health).toMatchObject({ endpointId: 'app', disabled: { reason: '410' }, pending: 2, done: 0 });
    });

    test('an endpoint stays disabled over a restart and the same configuration', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(answer({ kind: 'disableEndpoint', reason: '410' }));
      await store.pass(50);
      await store.restart();
      await queue().configure([{ ...app, concurrency: 4 }]);
      queue().start(answer());
      await store.pass(1_500);
      expect(sent).toEqual(['evt_1.app']);
    });

    test('another target enables a disabled endpoint', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(answer({ kind: 'disableEndpoint', reason: '410' }));
      await store.pass(50);
      await queue().configure([{ ...app, target: 'https://other.example' }]);
      await until(() => sent.length === 3, 'both are sent');
      expect(sent).toEqual(['evt_1.app', 'evt_1.app', 'evt_2.app']);
    });

    test('a 410 of an earlier target does not disable the later one', async () => {
      const { attempt, end } = held();
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      queue().start(attempt);
      await until(() => sent.length === 1, 'it is sent to the earlier target');
      await queue().configure([{ ...app, target: 'https://other.example' }]);
      end('evt_1.app', { verdict: { kind: 'disableEndpoint', reason: '410' } });
      await until(() => sent.length === 2, 'it is sent to the later target');
      expect((await queue().endpoints())[0]).not.toHaveProperty('disabled');
      end('evt_1.app');
      await until(async () => (await byId('evt_1.app'))?.state === 'done', 'it is done');
    });

    test('a reload at the moment of a 410 hands out nothing more', async () => {
      const { attempt, end } = held();
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(attempt);
      await until(() => sent.length === 1, 'one is sent');
      const configured = queue().configure([{ ...app, concurrency: 2 }]);
      end('evt_1.app', { verdict: { kind: 'disableEndpoint', reason: '410' } });
      await configured;
      await store.pass(1_500);
      expect(sent).toEqual(['evt_1.app']);
    });

    test('`enable` ends it too, and says whether there was anything to end', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      expect(await queue().enable('app')).toBe(false);
      expect(await queue().enable('unknown')).toBe(false);
      queue().start(answer({ kind: 'disableEndpoint', reason: '410' }));
      await store.pass(50);
      expect(await queue().enable('app')).toBe(true);
      await until(async () => (await byId('evt_1.app'))?.state === 'done', 'it is done');
      expect((await queue().endpoints())[0]?.disabled).toBeUndefined();
    });
  });

  describe(`${name}: stopping`, () => {
    test('stop hands out nothing more and waits for attempts that run, without aborting them in the grace time', async () => {
      const { attempt, end, signals } = held();
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(attempt);
      await until(() => sent.length === 1, 'one is sent');
      let stopped = 0;
      const stops = [queue().stop(1_000), queue().stop(1_000)].map((each) => each.then(() => stopped++));
      await store.pass(200);
      expect({ stopped, aborted: signals.get('evt_1.app')?.aborted }).toEqual({ stopped: 0, aborted: false });
      end('evt_1.app');
      await Promise.all(stops);
      expect(sent).toEqual(['evt_1.app']);
      expect((await byId('evt_1.app'))?.state).toBe('done');
      expect((await byId('evt_2.app'))?.state).toBe('pending');
    });

    test('after the grace time the attempts that run are aborted', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      queue().start((_, signal) => {
        sent.push('evt_1.app');
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ verdict: { kind: 'postpone', at: at(0) } })),
        );
      });
      await until(() => sent.length === 1, 'it is sent');
      const stopped = queue().stop(500);
      await store.pass(700);
      await stopped;
      expect(await byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
    });

    test('an attempt that runs is stored as not made, so that a crash repeats it with the same id and number', async () => {
      const { attempt, end } = held();
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1')]);
      queue().start(attempt);
      await until(() => sent.length === 1, 'it is sent');
      expect(await byId('evt_1.app')).toMatchObject({ state: 'pending', attempts: 0 });
      end('evt_1.app');
      await store.pass(10);
    });
  });

  describe(`${name}: the log`, () => {
    beforeEach(async () => {
      await queue().configure([app, { id: 'chat', concurrency: 1, target: 'c' }]);
      await queue().add([deliveryOf('evt_1'), deliveryOf('evt_1', 'chat', 'feed')]);
      await store.pass(100);
      await queue().add([deliveryOf('evt_2', 'app', 'other')]);
    });

    test.each([
      ['everything, newest first', () => ({}), 9, ['evt_2.app', 'evt_1.chat', 'evt_1.app']],
      ['at most the limit', () => ({}), 1, ['evt_2.app']],
      ['one delivery', () => ({ id: 'evt_1.chat' }), 9, ['evt_1.chat']],
      ['one event', () => ({ eventId: 'evt_1' }), 9, ['evt_1.chat', 'evt_1.app']],
      ['one endpoint', () => ({ endpointId: 'app' }), 9, ['evt_2.app', 'evt_1.app']],
      ['one feed', () => ({ feedId: 'other' }), 9, ['evt_2.app']],
      ['one state', () => ({ state: 'dead' as const }), 9, []],
      ['since a time', () => ({ since: at(-50) }), 9, ['evt_2.app']],
      ['all conditions hold', () => ({ eventId: 'evt_1', endpointId: 'app' }), 9, ['evt_1.app']],
      ['no match', () => ({ id: 'nonsense' }), 9, []],
    ])('list: %s', async (_, filter, limit, expected) => {
      expect((await queue().list(filter(), limit)).map(({ id }) => id)).toEqual(expected);
    });

    test('endpoints are counted, with the age of what waits longest', async () => {
      const [health, chat] = await queue().endpoints();
      expect(health).toEqual({
        endpointId: 'app',
        pending: 2,
        withheld: 0,
        done: 0,
        dead: 0,
        oldestPendingAt: expect.any(Number),
      });
      expect(health?.oldestPendingAt).toBeLessThanOrEqual(at(-100));
      expect(chat).toMatchObject({ endpointId: 'chat', pending: 1 });
    });

    test('a replay makes done and dead deliveries pending and due, counts again, and says how many', async () => {
      queue().start(async ({ eventId }) => ({
        attempt: attemptOf(1),
        verdict: eventId === 'evt_1' ? { kind: 'dead', reason: 'exhausted' } : { kind: 'done' },
      }));
      await until(async () => (await queue().list({ state: 'pending' }, 9)).length === 0, 'all are finished');
      await queue().stop(0);
      expect(await queue().replay({ eventId: 'evt_1' })).toBe(2);
      expect(await queue().replay({ state: 'done' })).toBe(1);
      expect(await queue().replay({ state: 'dead' })).toBe(0);
      const delivery = await byId('evt_1.app');
      expect(delivery).toMatchObject({ state: 'pending', attempts: 0, isReplay: true, sequence: 1 });
      expect(delivery).not.toHaveProperty('reason');
      queue().start(answer());
      await until(async () => (await queue().list({ state: 'done' }, 9)).length === 3, 'all are done');
      expect(await queue().attempts('evt_1.app')).toHaveLength(2);
    });

    test('a replay of one that was pending anyway brings it forward and is no repetition', async () => {
      queue().start(answer({ kind: 'retry', at: at(1_000_000) }));
      await store.pass(50);
      expect(await queue().replay({ id: 'evt_1.app' })).toBe(1);
      await until(async () => (await byId('evt_1.app'))?.state === 'done', 'it is done');
      expect((await byId('evt_1.app'))?.isReplay).toBe(false);
    });

    test('a replay by another process is noticed within a second', async () => {
      queue().start(answer());
      await until(async () => (await queue().list({ state: 'done' }, 9)).length === 3, 'all are done');
      sent.length = 0;
      const other = await store.beside();
      expect(await other.deliveries.replay({ id: 'evt_1.app' })).toBe(1);
      await other.close();
      await store.pass(1_100);
      expect(sent).toEqual(['evt_1.app']);
    });

    test('a replay never touches a withheld one, by whatever filter', async () => {
      await queue().add([withheldOf('evt_3')]);
      for (const filter of [{ id: 'evt_3.app' }, { eventId: 'evt_3' }, { state: 'withheld' as const }])
        expect(await queue().replay(filter)).toBe(0);
      expect(await queue().replay({ endpointId: 'app' })).toBe(2);
      expect((await byId('evt_3.app'))?.state).toBe('withheld');
    });

    test('an enabling by another process is noticed within a second', async () => {
      queue().start(answer({ kind: 'disableEndpoint', reason: '410' }));
      await store.pass(200);
      sent.length = 0;
      const other = await store.beside();
      expect(await other.deliveries.enable('app')).toBe(true);
      await other.close();
      await store.pass(1_100);
      expect(sent.sort()).toEqual(['evt_1.app', 'evt_2.app']);
    });
  });

  describe(`${name}: what is withheld`, () => {
    const states = async () =>
      Object.fromEntries((await queue().list({}, 99)).map(({ id, state }) => [id, state]));

    test('is numbered, listed and counted apart, but never due, also after a restart', async () => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(answer());
      await until(() => sent.length === 1, 'the other is sent');
      await store.restart();
      await queue().configure([app]);
      queue().start(answer());
      await store.pass(1_500);
      expect(sent).toEqual(['evt_2.app']);
      expect(await byId('evt_1.app')).toMatchObject({ state: 'withheld', attempts: 0, sequence: 1 });
      expect((await queue().list({ state: 'withheld' }, 9)).map(({ id }) => id)).toEqual(['evt_1.app']);
      const [health] = await queue().endpoints();
      expect(health).toEqual({ endpointId: 'app', pending: 0, withheld: 1, done: 1, dead: 0 });
    });

    test('is left as it is when it is added again, and a released one is not withheld by it', async () => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1'), withheldOf('evt_2')]);
      await queue().add([deliveryOf('evt_1'), withheldOf('evt_1')]);
      expect(await states()).toEqual({ 'evt_1.app': 'withheld', 'evt_2.app': 'withheld' });
      await queue().release({ id: 'evt_2.app' });
      await queue().add([withheldOf('evt_2'), withheldOf('evt_3')]);
      expect(await states()).toEqual({
        'evt_1.app': 'withheld',
        'evt_2.app': 'pending',
        'evt_3.app': 'withheld',
      });
      expect((await byId('evt_3.app'))?.sequence).toBe(3);
    });

    test('goes out at once when it is released, oldest first, with its own number, and is no repetition', async () => {
      const seen: Delivery[] = [];
      await queue().configure([app]);
      await queue().add([withheldOf('evt_b'), withheldOf('evt_a'), withheldOf('evt_c')]);
      queue().start(async (delivery) => {
        seen.push(delivery);
        return delivered;
      });
      await store.pass(100);
      expect(await queue().release({ endpointId: 'app' })).toBe(3);
      await until(async () => (await queue().list({ state: 'done' }, 9)).length === 3, 'all are done');
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
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1'), deliveryOf('evt_2')]);
      await store.pass(100);
      await queue().release({ id: 'evt_1.app' });
      queue().start(answer());
      await until(() => sent.length === 2, 'both are sent');
      expect(sent).toEqual(['evt_2.app', 'evt_1.app']);
    });

    test('is released once: again, or after it is done, nothing happens', async () => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1'), deliveryOf('evt_2')]);
      queue().start(answer());
      await store.pass(10);
      const twice = await Promise.all([queue().release({}), queue().release({})]);
      expect(twice.toSorted()).toEqual([0, 1]);
      await until(async () => (await queue().list({ state: 'done' }, 9)).length === 2, 'both are done');
      expect(await queue().release({ feedId: 'feed' })).toBe(0);
      expect(await queue().drop({ feedId: 'feed' })).toBe(0);
      await store.pass(1_500);
      expect(sent).toEqual(['evt_2.app', 'evt_1.app']);
    });

    test('is dead when it is dropped, for that reason, and only a replay brings it back, as a repetition', async () => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1'), withheldOf('evt_2'), deliveryOf('evt_3')]);
      queue().start(answer());
      expect(await queue().drop({ eventId: 'evt_1' })).toBe(1);
      expect(await queue().drop({ eventId: 'evt_1' })).toBe(0);
      expect(await queue().release({ eventId: 'evt_1' })).toBe(0);
      await store.pass(1_500);
      expect(sent).toEqual(['evt_3.app']);
      expect(await byId('evt_1.app')).toMatchObject({ state: 'dead', reason: 'dropped', sequence: 1 });
      expect((await byId('evt_2.app'))?.state).toBe('withheld');
      expect(await queue().replay({ state: 'dead' })).toBe(1);
      await until(async () => (await byId('evt_1.app'))?.state === 'done', 'it is sent all the same');
      expect(await byId('evt_1.app')).not.toHaveProperty('reason');
      expect((await byId('evt_1.app'))?.isReplay).toBe(true);
    });

    test.each([
      ['one delivery', () => ({ id: 'evt_1.app' }), ['evt_1.app']],
      ['one event', () => ({ eventId: 'evt_1' }), ['evt_1.app', 'evt_1.chat']],
      ['one endpoint', () => ({ endpointId: 'chat' }), ['evt_1.chat']],
      ['one feed', () => ({ feedId: 'other' }), ['evt_2.app']],
      ['since a time', () => ({ since: at(-50) }), ['evt_2.app']],
      ['the state itself', () => ({ state: 'withheld' as const }), ['evt_1.app', 'evt_1.chat', 'evt_2.app']],
      ['another state, which none of them has', () => ({ state: 'pending' as const }), []],
      ['nothing', () => ({ id: 'nonsense' }), []],
    ])('release and drop take %s', async (_, filter, expected) => {
      const fill = async () => {
        await queue().add([withheldOf('evt_1'), withheldOf('evt_1', 'chat', 'feed'), deliveryOf('evt_0')]);
        await store.pass(100);
        await queue().add([withheldOf('evt_2', 'app', 'other')]);
      };
      await fill();
      expect(await queue().drop(filter())).toBe(expected.length);
      const dropped = (await queue().list({ state: 'dead' }, 9)).map(({ id }) => id);
      expect(dropped.toSorted()).toEqual(expected);
      await store[Symbol.asyncDispose]();
      store = await open();
      await fill();
      expect(await queue().release(filter())).toBe(expected.length);
      const released = (await queue().list({ state: 'pending' }, 9)).map(({ id }) => id);
      expect(released.toSorted()).toEqual(['evt_0.app', ...expected]);
    });

    test('thousands are released in one call', async () => {
      await queue().configure([{ ...app, concurrency: 50 }]);
      await queue().add(Array.from({ length: 1_200 }, (_, place) => withheldOf(`evt_${place}`)));
      queue().start(answer());
      expect(await queue().release({ feedId: 'feed' })).toBe(1_200);
      await until(async () => (await queue().endpoints())[0]?.done === 1_200, 'all are done');
      expect(new Set(sent).size).toBe(1_200);
    });

    test('of a removed endpoint stays withheld, and parked when it is released, until the endpoint comes back', async () => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1'), withheldOf('evt_2')]);
      queue().start(answer());
      await queue().configure([]);
      expect((await queue().endpoints())[0]).toMatchObject({ endpointId: 'app', withheld: 2 });
      expect(await queue().release({ id: 'evt_1.app' })).toBe(1);
      await store.pass(1_500);
      expect(sent).toEqual([]);
      await queue().configure([app]);
      await until(async () => (await byId('evt_1.app'))?.state === 'done', 'the released one is done');
      expect(await states()).toEqual({ 'evt_1.app': 'done', 'evt_2.app': 'withheld' });
    });

    test('of an endpoint that never was configured is parked too', async () => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1', 'stranger')]);
      queue().start(answer());
      expect(await queue().release({ endpointId: 'stranger' })).toBe(1);
      await store.pass(1_500);
      expect(sent).toEqual([]);
      expect((await byId('evt_1.stranger'))?.state).toBe('pending');
    });

    test('of a disabled endpoint waits like the others after its release', async () => {
      await queue().configure([app]);
      await queue().add([deliveryOf('evt_1'), withheldOf('evt_2')]);
      queue().start(answer({ kind: 'disableEndpoint', reason: '410' }));
      await store.pass(50);
      await queue().release({ id: 'evt_2.app' });
      await store.pass(1_500);
      expect(sent).toEqual(['evt_1.app']);
      expect(await queue().enable('app')).toBe(true);
      await until(async () => (await byId('evt_2.app'))?.state === 'done', 'it is done');
    });

    test.each([
      ['a release', 'release', ['evt_1.app'], 'done'],
      ['a drop', 'drop', [], 'dead'],
    ] as const)('%s by another process is noticed within a second', async (_, verb, expected, state) => {
      await queue().configure([app]);
      await queue().add([withheldOf('evt_1')]);
      queue().start(answer());
      await store.pass(100);
      const other = await store.beside();
      expect(await other.deliveries[verb]({ id: 'evt_1.app' })).toBe(1);
      await other.close();
      await store.pass(1_100);
      expect(sent).toEqual(expected);
      expect((await byId('evt_1.app'))?.state).toBe(state);
    });
  });
}
