// What the formats say of the feed that an event is about, and which entries they show: those that only know feeds with entries
// in them. An event that is about no feed (a test, an endpoint in trouble) is feedhook's own.

import { DeliveryError } from '../../errors.ts';
import type { EntryFields, FeedFields, Payload } from './payload.ts';
import type { EventView } from './rendered.ts';

const own: FeedFields = {
  id: 'feedhook',
  url: 'urn:feedhook:events',
  feed_url: 'urn:feedhook:events',
  title: 'feedhook',
  labels: [],
};

export function feedOf({ data }: Payload): FeedFields {
  return data.feed ?? own;
}

export interface EntryView extends EventView {
  readonly entry: EntryFields;
}

/**
 * The entries of a batch in its order, each as it is now: where it has news twice, the later one says all that the
 * earlier one did, and documents that list entries have no place for two versions of one. A test has none.
 */
export function entriesOf(views: readonly EventView[]): EntryView[] {
  const latest = new Map<string, EntryView>();
  for (const view of views) {
    const { type, data } = view.payload;
    if (type === 'test.ping') continue;
    if (data.entry === undefined) {
      throw new DeliveryError('event-unrenderable', `event ${view.event.id} (${type}) has no entry to show`);
    }
    const { key } = data.entry._feedhook;
    latest.delete(key);
    latest.set(key, { ...view, entry: data.entry });
  }
  return [...latest.values()];
}

export function isDeletion({ payload }: EventView): boolean {
  return payload.type === 'entry.deleted';
}
