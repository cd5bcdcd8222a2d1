// Events of the sample entry, and what an endpoint without any wishes of its own makes of them.

import { type Format, traitsOf } from '../../../src/config/formats.ts';
import { renderRequest } from '../../../src/deliver/render/render.ts';
import type { Rendered, RenderOptions } from '../../../src/deliver/render/rendered.ts';
import type { Entry, EntryChange } from '../../../src/model/entry.ts';
import type { StoredEvent } from '../../../src/model/event.ts';
import { type EventFeed, entryEvent } from '../../../src/outbox/event.ts';
import { change, detectedAt, feed, full } from '../../outbox/sample.ts';

export type Events = readonly [StoredEvent, ...StoredEvent[]];

export const machineFormats = [
  'standard',
  'cloudevents',
  'jsonfeed',
  'atom',
  'form',
  'template',
  'miniflux',
  'superfeedr',
] as const satisfies readonly Format[];

export function eventOf(
  fields: Partial<Entry> = {},
  changed: Partial<EntryChange> = {},
  ofFeed: EventFeed = feed,
): StoredEvent {
  const made = entryEvent(change({ ...full, ...fields }, changed), ofFeed, detectedAt);
  return { ...made, body: made.body };
}

/** Entries of the sample feed, told apart by their number. */
export function manyEvents(count: number, fieldsOf: (index: number) => Partial<Entry> = () => ({})): Events {
  const make = (index: number) => {
    const value = `guid:post-${index}`;
    const fields = { id: `post-${index}`, title: `Post ${index}`, ...fieldsOf(index) };
    return eventOf(fields, { key: { source: 'guid', value }, sequence: index + 1 });
  };
  return [make(0), ...Array.from({ length: count - 1 }, (_, index) => make(index + 1))];
}

export const pingEvent: StoredEvent = {
  id: 'evt_ping',
  type: 'test.ping',
  feedId: '',
  detectedAt,
  body: JSON.stringify({
    id: 'evt_ping',
    type: 'test.ping',
    timestamp: '2026-11-20T09:20:11.482Z',
    data: { message: 'Hello' },
  }),
};

export function optionsOf(format: Format, over: Partial<RenderOptions> = {}): RenderOptions {
  return {
    id: 'app',
    url: 'https://hooks.example/in',
    format,
    content: 'both',
    maxBytes: traitsOf[format].maxBytes,
    sender: {},
    template: { title: '{{ entry.title }}', entry: '{{ entry }}' },
    requestId: 'evt_request',
    isFallback: false,
    ...over,
  };
}

export function requestOf(
  format: Format,
  events: StoredEvent | Events = eventOf(),
  over: Partial<RenderOptions> = {},
): Rendered {
  return renderRequest('id' in events ? [events] : events, optionsOf(format, over));
}

export function jsonOf(...request: Parameters<typeof requestOf>) {
  return JSON.parse(requestOf(...request).body.toString());
}
