// What every Upkeep promises.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support/fake-clock.ts';
import { deliveryOf, eventOf, memoryOf, withheldOf } from './records.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

export function describeUpkeep(name: string, open: OpenStore): void {
  let store: StoreUnderTest;
  beforeEach(async () => {
    store = await open();
    await store.backend.deliveries.configure([{ id: 'app', concurrency: 4, target: 't' }]);
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
      await store.backend.deliveries.add([withheldOf('evt_1')]);
      const before = store.now();
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

  test(`${name}: a checkpoint changes nothing that can be read`, async () => {
    await deliver('evt_1');
    await store.backend.upkeep.checkpoint();
    expect(await kept('evt_1')).toEqual(['evt_1']);
  });
}
