// The fields of a stored event that filters look at, read from the very JSON that receivers get: what a filter decides by is
// what a receiver would see. Reads nothing before a filter asks.

import type { FilterField } from '../filter/filter.ts';
import { FilterSubject } from '../filter/subject.ts';
import type { StoredEvent } from '../model/event.ts';
import { plainText } from './html.ts';
import type { EntryItem } from './item.ts';

interface FeedFields {
  readonly id: string;
  readonly title?: string;
  readonly language?: string;
  readonly labels: readonly string[];
}

interface EntryPayload {
  readonly feed: FeedFields;
  readonly entry: EntryItem;
}

/** `undefined` for an event whose body is no JSON of an entry: only who sends it can say so, so no filter may stop it. */
export function filterSubject(event: StoredEvent): FilterSubject | undefined {
  const payload = payloadOf(event);
  return (
    payload &&
    new FilterSubject({
      textsOf: (field) => textsOf(field, event, payload),
      ageMs: () => ageMs(event, payload.entry),
    })
  );
}

function payloadOf({ body }: StoredEvent): EntryPayload | undefined {
  try {
    const data = JSON.parse(body)?.data;
    return data?.feed && data.entry ? data : undefined;
  } catch {
    return undefined;
  }
}

function textsOf(field: FilterField, event: StoredEvent, { feed, entry }: EntryPayload): readonly string[] {
  switch (field) {
    case 'title':
    case 'summary':
    case 'id':
      return present(entry[field]);
    case 'content':
      return contentOf(entry);
    case 'url':
      return present(entry.url, entry.external_url);
    case 'author':
      return (entry.authors ?? []).flatMap(({ name }) => present(name));
    case 'category':
      return entry.tags ?? [];
    case 'language':
      return present(entry.language ?? feed.language);
    case 'attachment':
      return (entry.attachments ?? []).flatMap(({ url, mime_type }) => [mime_type, url]);
    case 'feed':
      return present(feed.id, feed.title);
    case 'label':
      return feed.labels;
    case 'type':
      return [event.type];
    default:
      return field satisfies never;
  }
}

function contentOf({ content_text: text, content_html: html }: EntryItem): readonly string[] {
  if (html === undefined) return present(text);
  return [text === undefined || text === '' ? plainText(html) : text];
}

function present(...texts: readonly (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined);
}

/** A date that cannot be read is none, and one in the future is new. */
function ageMs({ detectedAt }: StoredEvent, { date_published, date_modified }: EntryItem): number {
  const at = Date.parse(date_published ?? date_modified ?? '');
  return Number.isFinite(at) ? Math.max(0, detectedAt - at) : 0;
}
