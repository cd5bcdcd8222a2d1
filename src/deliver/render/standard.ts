// The `standard` format: the event's own JSON. The stored text is sent as it is wherever the endpoint takes it whole, so that
// the bytes of an event are the same at every endpoint, in every attempt and in every replay.

import type { Content } from '../../config/config.ts';
import { payloadText } from '../../outbox/payload.ts';
import { withContent } from './content.ts';
import type { EventView, Render } from './rendered.ts';

export const renderStandard: Render = ([view], { content, maxBytes }) => ({
  body: bodyOf(view, content, maxBytes),
  contentType: 'application/json; charset=utf-8',
});

function bodyOf(view: EventView, content: Content, maxBytes: number): Buffer {
  const stored = Buffer.from(view.event.body);
  // Not even read: that would cost more than all else that is done to it.
  if (content === 'both' && stored.length <= maxBytes) return stored;
  const shown = withContent(view, content);
  const { entry } = shown.payload.data;
  if (entry === undefined || (shown === view && stored.length <= maxBytes)) return stored;
  return Buffer.from(payloadText({ ...shown.payload, data: { ...shown.payload.data, entry } }, maxBytes));
}
