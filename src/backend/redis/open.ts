// Puts the Redis backend together: one connection for questions, the ports on top. The queues bring connections of their own
// when they start.

import type { RedisStoreConfig } from '../../config/config.ts';
import { StoreError } from '../../errors.ts';
import type { Backend } from '../../ports.ts';
import { RedisDeliveryLog } from './deliveries/delivery-log.ts';
import { RedisDeliveryQueue } from './deliveries/delivery-queue.ts';
import { RedisFeedStore } from './feeds/feed-store.ts';
import { RedisLaneQueue } from './lanes/lane-queue.ts';
import { RedisPortable } from './portable/portable.ts';
import { RedisLink } from './server/link.ts';
import { Marker, type MarkerOptions } from './server/marker.ts';
import { RedisUpkeep } from './upkeep/upkeep.ts';
import { RedisWorkers } from './workers/workers.ts';

export interface RedisOptions extends MarkerOptions {
  readonly store: RedisStoreConfig;
}

export async function openRedisBackend(options: RedisOptions): Promise<Backend> {
  const { store, clock, log } = options;
  const link = new RedisLink(store, log, clock);
  try {
    const marker = await Marker.open(link, options);
    const feeds = await RedisFeedStore.open(link, marker);
    const queue = new RedisDeliveryQueue(link, clock, log);
    const history = new RedisDeliveryLog(link, clock, queue, log);
    const lanes = new RedisLaneQueue(link, clock, log);
    const workers = new RedisWorkers(link, clock, log, marker);
    return {
      store: feeds,
      lanes,
      deliveries: {
        add: (deliveries) => queue.add(deliveries),
        configure: (endpoints) => queue.configure(endpoints),
        start: (attempt) => queue.start(attempt),
        stop: (graceMs) => queue.stop(graceMs),
        list: (filter, limit) => history.list(filter, limit),
        count: (filter) => history.count(filter),
        attempts: (deliveryId) => history.attempts(deliveryId),
        replay: (filter) => history.replay(filter),
        release: (filter) => history.release(filter),
        drop: (filter) => history.drop(filter),
        endpoints: () => history.endpoints(),
        changeCondition: (endpointId, change) => queue.changeCondition(endpointId, change),
      },
      upkeep: new RedisUpkeep(link, clock, queue, marker),
      workers,
      portable: new RedisPortable(link),
      async close() {
        const ends = await Promise.allSettled([workers.leave(), lanes.close(), queue.close(), feeds.close()]);
        marker.close();
        link.close();
        rethrow(ends);
      },
    };
  } catch (error) {
    link.close();
    throw error;
  }
}

/** But for what Redis refused: it is left without a goodbye, and what this process had is taken over when its lease ends. */
function rethrow(ends: readonly PromiseSettledResult<unknown>[]): void {
  for (const end of ends) {
    if (end.status === 'rejected' && !(end.reason instanceof StoreError)) throw end.reason;
  }
}
