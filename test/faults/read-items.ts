// What receivers would get of the entries: the bodies of the stored events that are to be delivered, as JSON.

import type { FaultWorld } from './world.ts';

export interface SentItem {
  readonly eventId: string;
  readonly feedId: string;
  readonly body: string;
  /** `data.entry`, a JSON Feed item. */
  readonly item: Readonly<Record<string, unknown>>;
}

/** Of every delivery of an entry there is, oldest first. */
export async function sentItems({ backend: { deliveries, store } }: FaultWorld): Promise<SentItem[]> {
  const all = await deliveries.list({}, 10_000);
  const events = await store.readEvents(all.map(({ eventId }) => eventId).reverse());
  return events
    .filter(({ type }) => type.startsWith('entry.'))
    .map(({ id, feedId, body }) => ({ eventId: id, feedId, body, item: JSON.parse(body).data.entry }));
}

export async function fieldOfItems(world: FaultWorld, field: string): Promise<unknown[]> {
  return (await sentItems(world)).map(({ item }) => item[field]);
}
