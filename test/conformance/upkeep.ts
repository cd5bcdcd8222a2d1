// What every Upkeep promises.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NewDelivery } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import { until } from '../support/fake-clock.ts';
import { deliveryOf, eventOf, memoryOf, planOf, skippedOf, withheldOf } from './records.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

export function describeUpkeep(name: string, open: OpenStore): void {
  let store: StoreUnderTest;
  beforeEach(async () => {
    store = await open();
    await store.backend.deliveries.configure([planOf('app', { concurrency: 4 })]);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
  });

  const kept = async (...ids: string[]) => (await store.backend.store.readEvents(ids)).map(({ id }) => id);
  const listed = async () => (await store.backend.deliveries.list({}, 5_000)).map(({ eventId }) => eventId);

  /** Stores and delivers events, now. */
  const deliver = async (...ids: string[]) => {
    const { deliveries } = store.backend;
    await store.backend.store.addEvents(ids.map((id) => eventOf(id, { detectedAt: store.now() })));
    await deliveries.add(ids.map((id) => deliveryOf(id)));
    deliveries.start(async () => ({
      attempt: { number: 1, startedAt: 1, durationMs: 1, outcome: 'delivered', status: 200 },
      verdict: { kind: 'done' },
    }));
    await until(async () => (await deliveries.list({ state: 'pending' }, 1)).length === 0, 'all are done');
    await deliveries.stop(0);
  };

  describe(`${name}: pruning`, () => {
    test('finished deliveries, their attempts and events older than the time go, younger ones stay', async () => {
      await deliver('evt_old');
      await store.pass(200);
      const before = store.now();
      await store.pass(200);
      await deliver('evt_new');
      expect(await store.backend.upkeep.prune(before)).toEqual({ events: 1, deliveries: 1 });
      expect(await kept('evt_old', 'evt_new')).toEqual(['evt_new']);
      expect(await listed()).toEqual(['evt_new']);
      expect(await store.backend.deliveries.attempts('evt_old.app')).toEqual([]);
      expect(await store.backend.deliveries.attempts('evt_new.app')).toHaveLength(1);
    });

    test('a pending delivery keeps itself and its event, however old', async () => {
      await store.backend.store.addEvents([eventOf('evt_1', { detectedAt: store.now() })]);
      await store.backend.deliveries.add([deliveryOf('evt_1')]);
      await store.pass(200);
      expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 0, deliveries: 0 });
      expect(await kept('evt_1')).toEqual(['evt_1']);
    });

    test('a withheld delivery keeps itself and its event, and both go like a dead letter when nobody decided', async () => {
      await store.backend.store.addEvents([
        eventOf('evt_1', { detectedAt: store.now() - 500, isWithheld: true }),
      ]);
      const before = store.now();
      await store.backend.deliveries.add([withheldOf('evt_1')]);
      await store.pass(200);
      expect(await store.backend.upkeep.prune(before)).toEqual({ events: 0, deliveries: 0 });
      expect(await kept('evt_1')).toEqual(['evt_1']);
      expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 1, deliveries: 1 });
      expect(await listed()).toEqual([]);
    });

    test('a released delivery keeps itself and its event, and a dropped one counts from the drop', async () => {
      const { store: feeds, deliveries, upkeep } = store.backend;
      await feeds.addEvents(['evt_1', 'evt_2'].map((id) => eventOf(id, { detectedAt: store.now() })));
      await deliveries.add([withheldOf('evt_1'), withheldOf('evt_2')]);
      await store.pass(200);
      const before = store.now();
      await store.pass(200);
      await deliveries.release({ eventId: 'evt_1' });
      await deliveries.drop({ eventId: 'evt_2' });
      expect(await upkeep.prune(before)).toEqual({ events: 0, deliveries: 0 });
      await store.pass(200);
      expect(await upkeep.prune(store.now())).toEqual({ events: 1, deliveries: 1 });
      expect(await kept('evt_1', 'evt_2')).toEqual(['evt_1']);
    });

    test('a skipped delivery and its event go like a finished one', async () => {
      await store.backend.store.addEvents([eventOf('evt_1', { detectedAt: store.now() })]);
      await store.backend.deliveries.add([skippedOf('evt_1')]);
      await store.pass(200);
      expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 1, deliveries: 1 });
    });

    test('an event stays as long as a finished delivery of it can still be replayed', async () => {
      await store.backend.store.addEvents([eventOf('evt_1', { detectedAt: store.now() })]);
      await store.pass(200);
      const before = store.now();
      await store.pass(200);
      await deliver('evt_1');
      expect(await store.backend.upkeep.prune(before)).toEqual({ events: 0, deliveries: 0 });
      expect(await kept('evt_1')).toEqual(['evt_1']);
    });

    test('an outbox keeps its events and their finished deliveries, so that a relay cannot send them twice', async () => {
      await deliver('evt_1', 'evt_2');
      await store.backend.store.writeMemory(memoryOf('feed', { outbox: ['evt_1'] }));
      await store.pass(200);
      expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 1, deliveries: 1 });
      expect(await kept('evt_1', 'evt_2')).toEqual(['evt_1']);
      expect(await listed()).toEqual(['evt_1']);
    });

    test('thousands go in one call', async () => {
      const ids = Array.from({ length: 2_300 }, (_, place) => `evt_${place}`);
      await deliver(...ids);
      await store.pass(200);
      expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 2_300, deliveries: 2_300 });
      expect(await listed()).toEqual([]);
    });

    test('an empty store is fine with it', async () => {
      expect(await store.backend.upkeep.prune(store.now())).toEqual({ events: 0, deliveries: 0 });
    });
  });

  describe(`${name}: giving up`, () => {
    const down: EndpointCondition = { disabled: { since: 1, reason: 'http-410' } };
    const kept = new Map([
      ['app', 100],
      ['chat', 100],
    ]);
    const queue = () => store.backend.deliveries;
    const states = async () =>
      Object.fromEntries(
        (await queue().list({}, 99)).map(({ id, state, reason }) => [
          id,
          reason ? `${state} ${reason}` : state,
        ]),
      );
    /** Adds, lets some time pass, and says what is old from then on. */
    const addOld = async (...deliveries: NewDelivery[]) => {
      await queue().add(deliveries);
      await store.pass(200);
      const before = store.now();
      await store.pass(200);
      return before;
    };

    test.each([
      ['disabled', down],
      ['paused', { paused: { since: 1 } }],
      ['open', { circuit: { since: 1, code: 'http-500', waitMs: 1, probeAt: 9e15 } }],
    ] as const)(
      'what waits for an endpoint that is %s expires, what is younger stays',
      async (_, condition) => {
        await queue().changeCondition('app', () => condition);
        const before = await addOld(deliveryOf('evt_old'), withheldOf('evt_held'), skippedOf('evt_not'));
        await queue().add([deliveryOf('evt_new')]);
        expect(await store.backend.upkeep.giveUp(before, kept)).toEqual([
          { endpointId: 'app', reason: 'expired', count: 1 },
        ]);
        expect(await states()).toEqual({
          'evt_old.app': 'dead expired',
          'evt_held.app': 'withheld',
          'evt_not.app': 'skipped filtered',
          'evt_new.app': 'pending',
        });
        expect(await store.backend.upkeep.giveUp(before, kept)).toEqual([]);
      },
    );

    test('what waits for an endpoint that is no longer configured expires too', async () => {
      const before = await addOld(deliveryOf('evt_1', 'gone'), deliveryOf('evt_1'));
      expect(await store.backend.upkeep.giveUp(before, kept)).toEqual([
        { endpointId: 'gone', reason: 'expired', count: 1 },
      ]);
      expect(await states()).toEqual({ 'evt_1.gone': 'dead expired', 'evt_1.app': 'pending' });
    });

    test('an endpoint that is well gives nothing up, however old', async () => {
      const before = await addOld(deliveryOf('evt_1'));
      expect(await store.backend.upkeep.giveUp(before, kept)).toEqual([]);
    });

    test('a replay counts from the replay', async () => {
      const before = await addOld(deliveryOf('evt_1'), deliveryOf('evt_2'));
      await queue().changeCondition('app', () => down);
      await store.backend.upkeep.giveUp(before, kept);
      await queue().replay({ id: 'evt_1.app' });
      expect(await store.backend.upkeep.giveUp(before, kept)).toEqual([]);
      expect(await states()).toEqual({ 'evt_1.app': 'pending', 'evt_2.app': 'dead expired' });
    });

    test('of more than an endpoint may keep, the oldest go', async () => {
      await queue().add(['evt_1', 'evt_2', 'evt_3', 'evt_4'].map((id) => deliveryOf(id)));
      await queue().add([deliveryOf('evt_1', 'chat')]);
      const givenUp = await store.backend.upkeep.giveUp(0, new Map([...kept, ['app', 2]]));
      expect(givenUp).toEqual([{ endpointId: 'app', reason: 'overflow', count: 2 }]);
      expect(await states()).toMatchObject({
        'evt_1.app': 'dead overflow',
        'evt_2.app': 'dead overflow',
        'evt_3.app': 'pending',
        'evt_4.app': 'pending',
      });
    });

    test('thousands go in one call, and can be replayed', async () => {
      await queue().add(Array.from({ length: 2_300 }, (_, place) => deliveryOf(`evt_${place}`)));
      const givenUp = await store.backend.upkeep.giveUp(0, new Map([['app', 50]]));
      expect(givenUp).toEqual([{ endpointId: 'app', reason: 'overflow', count: 2_250 }]);
      expect((await queue().endpoints())[0]).toMatchObject({ pending: 50, dead: 2_250 });
      expect(await queue().replay({ state: 'dead' })).toBe(2_250);
    });

    test('a lane whose head is given up goes on with the next, at once', async () => {
      const sent: string[] = [];
      await queue().configure([planOf('app', { ordering: 'feed' })]);
      await queue().add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
      queue().start(async ([{ eventId }]) => {
        sent.push(eventId);
        return {
          verdict: sent.length === 1 ? { kind: 'retry', at: store.now() + 3_000_000 } : { kind: 'done' },
        };
      });
      await store.pass(100);
      await store.backend.upkeep.giveUp(0, new Map([['app', 1]]));
      await until(() => sent.length === 2, 'the next is sent');
      expect(sent).toEqual(['evt_1', 'evt_2']);
      expect(await states()).toMatchObject({ 'evt_1.app': 'dead overflow' });
    });
  });

  test(`${name}: a checkpoint changes nothing that can be read`, async () => {
    await deliver('evt_1');
    await store.backend.upkeep.checkpoint();
    expect(await kept('evt_1')).toEqual(['evt_1']);
  });
}
