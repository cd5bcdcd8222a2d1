// The JSON of a stored event as types: docs/delivery.md, as far as formats look into it.

import { DeliveryError } from '../../errors.ts';
import type { EventType, StoredEvent } from '../../model/event.ts';
import type { EntryItem } from '../../outbox/item.ts';

export interface EventView {
  readonly event: StoredEvent;
  /** The event's JSON, read. */
  readonly payload: Payload;
}

export interface Payload {
  readonly id: string;
  readonly type: EventType;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly data: {
    readonly feed?: FeedFields;
    readonly entry?: EntryFields;
    readonly [field: string]: unknown;
  };
}

export interface FeedFields {
  readonly id: string;
  readonly url: string;
  readonly feed_url: string;
  readonly home_page_url?: string;
  readonly title?: string;
  readonly language?: string;
  readonly format?: string;
  readonly labels: readonly string[];
}

/** A JSON Feed item; all but `id` and `_feedhook` may be absent. */
export interface EntryFields extends Omit<EntryItem, '_feedhook'> {
  readonly _feedhook: EntryExtension;
}

export interface EntryExtension {
  readonly key: string;
  readonly key_source: string;
  readonly revision: number;
  readonly sequence: number;
  readonly content_hash?: string;
  readonly first_seen: string;
  readonly content_raw?: string;
  readonly truncated?: readonly string[];
  readonly [field: string]: unknown;
}

/**
 * The JSON is read when a format first looks into it: the one that most endpoints have sends it as it is. Throws DeliveryError,
 * at once or then, when the body is not the JSON of the event.
 */
export function viewOf(event: StoredEvent): EventView {
  // Every body begins with the id, which needs no escapes.
  if (!event.body.startsWith(`{"id":"${event.id}"`)) throw notItsJson(event);
  let payload: Payload | undefined;
  return {
    event,
    get payload() {
      payload ??= read(event);
      return payload;
    },
  };
}

function read(event: StoredEvent): Payload {
  try {
    return JSON.parse(event.body);
  } catch {
    throw notItsJson(event);
  }
}

function notItsJson({ id }: StoredEvent): DeliveryError {
  return new DeliveryError('event-unrenderable', `the body of event ${id} is not its JSON`);
}
