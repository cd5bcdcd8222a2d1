// The `form` format: one entry as the fields of an HTML form, for receivers that read nothing else. Flat; a field that can have
// several values is repeated. https://url.spec.whatwg.org/#application/x-www-form-urlencoded

import { withContent } from './content.ts';
import { feedOf } from './feed-of.ts';
import type { EntryFields, Payload } from './payload.ts';
import type { Render } from './rendered.ts';
import { bodyThatFits } from './share.ts';

export const renderForm: Render = ([view], { content, maxBytes }) => ({
  body: bodyThatFits([withContent(view, content)], maxBytes, ([shown = view]) => formOf(shown.payload)),
  contentType: 'application/x-www-form-urlencoded',
});

type Field = readonly [name: string, value: unknown];

function formOf(payload: Payload): string {
  const { id, type, timestamp, data } = payload;
  const feed = feedOf(payload);
  const fields: Field[] = [
    ['event', type],
    ['id', id],
    ['timestamp', timestamp],
    ['feed_id', feed.id],
    ['feed_url', feed.feed_url],
    ['feed_title', feed.title],
    ...feed.labels.map((label): Field => ['labels', label]),
    ...(data.entry ? entryFields(data.entry) : []),
    ['reason', data.reason],
    ['message', data.message],
  ];
  // The serialiser itself writes U+FFFD for half a character.
  const known = fields.filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
}

function entryFields(entry: EntryFields): Field[] {
  const { content_html: html, content_text: text, _feedhook: known } = entry;
  return [
    ['entry_id', entry.id],
    ['title', entry.title],
    ['url', entry.url],
    ['external_url', entry.external_url],
    ['summary', entry.summary],
    ['content', html ?? text],
    ['content_type', html === undefined ? 'text' : 'html'],
    // Where there are both; alone it is the content.
    ['content_text', html === undefined ? undefined : text],
    ['image', entry.image],
    ['published', entry.date_published],
    ['updated', entry.date_modified],
    ...(entry.authors ?? []).map(({ name, url }): Field => ['author', name ?? url]),
    ...(entry.tags ?? []).map((tag): Field => ['tags', tag]),
    ['language', entry.language],
    ...(entry.attachments ?? []).map(({ url }): Field => ['attachments', url]),
    ['revision', known.revision],
    ['sequence', known.sequence],
    ['initial', known.initial],
  ];
}
