// The `cloudevents` format: CloudEvents 1.0.2 in structured mode, whose `data` is that of the standard format.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md

import { wireJson } from '../../outbox/json-size.ts';
import { payloadText } from '../../outbox/payload.ts';
import { withContent } from './content.ts';
import { feedOf } from './feed-of.ts';
import type { Payload } from './payload.ts';
import type { Render } from './rendered.ts';
import { uriOf } from './uri.ts';

export const renderCloudEvents: Render = ([view], { content, maxBytes }) => {
  const { payload } = withContent(view, content);
  const event = { ...attributesOf(payload, view.event.sequence), data: payload.data };
  const { entry } = payload.data;
  const text =
    entry === undefined
      ? wireJson(event)
      : payloadText({ ...event, data: { ...event.data, entry } }, maxBytes);
  return { body: Buffer.from(text), contentType: 'application/cloudevents+json; charset=utf-8' };
};

function attributesOf(payload: Payload, sequence: number | undefined): object {
  const { id, type, timestamp, data } = payload;
  const subject = plain(data.entry?.id ?? '');
  return {
    specversion: '1.0',
    id,
    source: uriOf(feedOf(payload).url),
    type: `feedhook.${type}`,
    time: timestamp,
    ...(subject !== '' && { subject }),
    datacontenttype: 'application/json',
    ...(sequence !== undefined && { sequence: ordered(sequence) }),
  };
}

/**
 * Sequence extension: "lexicographically-orderable", so of one length. Without `sequencetype`, because its `Integer` ends at 2^31.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/sequence.md
 */
function ordered(sequence: number): string {
  return String(sequence).padStart(10, '0');
}

/** §Type System: a String has no control characters and no noncharacters. The id itself is in `data`. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, '');
}
