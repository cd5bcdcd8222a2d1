// What is asked of the backend where its Redis is no single server: the shortest whole walk in the gate, all conformance suites
// in the long form (`npm run redis-topologies`).

import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../../src/clock.ts';
import type { RedisStoreConfig } from '../../../../src/config/config.ts';
import { describeDeliveryLog, describeDeliveryQueue } from '../../../conformance/delivery-queue.ts';
import { describeFeedStore } from '../../../conformance/feed-store.ts';
import { describeLaneQueue } from '../../../conformance/lane-queue.ts';
import { delivered } from '../../../conformance/queue-rig.ts';
import { deliveryOf, eventOf, memoryOf, planOf } from '../../../conformance/records.ts';
import { until } from '../../../support/fake-clock.ts';
import { openRedisStore, type RedisStore } from '../redis-store.ts';

export const isLong = process.env.FEEDHOOK_LONG !== undefined;

let prefixes = 0;

/** One lane is polled, one delivery sent, and the records of both are there; `number` tells one walk from another. */
export async function walk({ backend }: RedisStore, number: number): Promise<void> {
  const id = `evt_${number}`;
  const polled: string[] = [];
  const sent: string[] = [];
  await backend.deliveries.configure([planOf('app')]);
  backend.lanes.start(async (lane) => {
    await backend.store.addEvents([eventOf(id)]);
    await backend.store.writeMemory(memoryOf('feed', { sequence: number }));
    await backend.deliveries.add([deliveryOf(id)]);
    polled.push(lane);
    return { dueAt: Number.POSITIVE_INFINITY };
  }, 1);
  backend.deliveries.start(async (deliveries) => {
    sent.push(...deliveries.map((each) => each.id));
    return delivered;
  });
  await backend.lanes.reconcile(new Map([[`lane-${number}`, systemClock.now()]]));
  await until(
    async () => (await backend.deliveries.count({ id: `${id}.app`, state: 'done' })) === 1,
    `${id} is done`,
    20_000,
  );
  await backend.lanes.stop();
  await backend.deliveries.stop(0);
  expect({ polled, sent }).toEqual({ polled: [`lane-${number}`], sent: [`${id}.app`] });
  expect((await backend.store.readMemory('feed'))?.sequence).toBe(number);
}

/** The conformance suites, or one line that says how to run them. */
export function describeWhole(name: string, config: () => RedisStoreConfig): void {
  if (!isLong) {
    test.skip(`the conformance suites over ${name}: npm run redis-topologies`, () => {});
    return;
  }
  const open = () => openRedisStore({ ...config(), prefix: `whole-${++prefixes}` });
  describe(`the conformance suites over ${name}`, () => {
    describeFeedStore(name, open);
    describeLaneQueue(name, open);
    describeDeliveryQueue(name, open);
    describeDeliveryLog(name, open);
  });
}
