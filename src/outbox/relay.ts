// Hands the outbox over to the delivery queue: deliveries first, then the memory with its empty outbox. A crash in
// between repeats the first step, which the queue ignores; the other order would lose events.

import { setImmediate as otherWork } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import type { NewDelivery } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';
import type { FeedMemory } from '../model/feed.ts';
import type { DeliveryQueue, FeedStore } from '../ports.ts';

export interface RelayPorts {
  readonly store: Pick<FeedStore, 'readEvents' | 'writeMemory'>;
  readonly queue: Pick<DeliveryQueue, 'add'>;
  readonly fanOut: (events: readonly StoredEvent[]) => NewDelivery[];
}

/** Returns the memory as it is now stored. */
export async function relay(memory: FeedMemory, to: RelayPorts): Promise<FeedMemory> {
  if (memory.outbox.length === 0) return memory;
  const events = await to.store.readEvents(memory.outbox);
  const deliveries = await fannedOut(events, to.fanOut);
  if (deliveries.length > 0) await to.queue.add(deliveries);
  refuseMissing(memory, events);
  const relayed: FeedMemory = { ...memory, outbox: [] };
  await to.store.writeMemory(relayed);
  return relayed;
}

/** Filters read what may be 64 KiB an event: between some of them others get their turn, such as deliveries. */
const eventsAtATime = 50;

async function fannedOut(
  events: readonly StoredEvent[],
  fanOut: RelayPorts['fanOut'],
): Promise<NewDelivery[]> {
  const deliveries: NewDelivery[] = [];
  for (let at = 0; at < events.length; at += eventsAtATime) {
    if (at > 0) await otherWork();
    deliveries.push(...fanOut(events.slice(at, at + eventsAtATime)));
  }
  return deliveries;
}

/**
 * Events are stored before the outbox that names them and are not pruned while it does, so a missing one means a
 * damaged store. The others are delivered, and the outbox stays: every poll of the feed says so again.
 */
function refuseMissing({ feedId, outbox }: FeedMemory, events: readonly StoredEvent[]): void {
  const stored = new Set(events.map(({ id }) => id));
  const missing = outbox.filter((id) => !stored.has(id));
  if (missing.length === 0) return;
  throw new StoreError(
    'store-corrupt',
    `feed ${feedId}: ${missing.length} of ${outbox.length} events of the outbox are not in the store, first ${missing[0]}`,
    { feedId },
  );
}
