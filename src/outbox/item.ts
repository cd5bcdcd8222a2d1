// An entry as a JSON Feed 1.1 item (https://www.jsonfeed.org/version/1.1/), with all that JSON Feed has no word for in
// the one extension `_feedhook`. What is unknown is absent, never null and never a guess. Texts are plain, HTML
// is sanitised, links are absolute http(s). Whether the item fits a payload is decided in payload.ts.

import type { Enclosure, Entry, EntryChange } from '../model/entry.ts';
import { textsOf } from './item-content.ts';
import { extension, type ItemExtension, type ItemOptions, maxTitleBytes } from './item-extension.ts';
import {
  author,
  bounded,
  type ItemAuthor,
  isBlank,
  list,
  maxNameBytes,
  positive,
  text,
  webUrl,
  webUrlOf,
} from './item-fields.ts';
import { jsonPrefix } from './json-size.ts';

export { text, webUrl } from './item-fields.ts';

/** In the order of the wire. */
export interface EntryItem {
  readonly id: string;
  readonly url?: string;
  readonly external_url?: string;
  readonly title?: string;
  readonly summary?: string;
  readonly content_html?: string;
  readonly content_text?: string;
  readonly image?: string;
  readonly date_published?: string;
  readonly date_modified?: string;
  readonly authors?: readonly ItemAuthor[];
  readonly tags?: readonly string[];
  readonly language?: string;
  readonly attachments?: readonly ItemAttachment[];
  readonly _feedhook: ItemExtension;
}

export interface ItemAttachment {
  readonly url: string;
  readonly mime_type: string;
  readonly title?: string;
  readonly size_in_bytes?: number;
  readonly duration_in_seconds?: number;
}

/** Where a tracking redirect leads is shown, and the entry is still known by the redirect. */
export function entryItem(change: EntryChange, options: ItemOptions = {}): EntryItem {
  const { entry, key } = change;
  return {
    id: isBlank(entry.id) ? key.value : entry.id,
    ...webUrl('url', entry.originalUrl ?? entry.url),
    ...webUrl('external_url', entry.externalUrl),
    ...text('title', entry.title, maxTitleBytes),
    ...textsOf(entry),
    ...webUrl('image', entry.image),
    ...text('date_published', entry.published),
    ...text('date_modified', entry.updated),
    ...list('authors', bounded(entry.authors.flatMap(author))),
    ...list('tags', tagsOf(entry)),
    ...text('language', entry.language, maxNameBytes),
    ...list('attachments', entry.enclosures.flatMap(attachment)),
    _feedhook: extension(change, options),
  };
}

function tagsOf({ categories }: Entry): string[] {
  const tags = categories.map(({ term, label }) =>
    jsonPrefix(isBlank(term) ? (label ?? '') : term, maxNameBytes),
  );
  return [...new Set(tags)].filter((tag) => !isBlank(tag));
}

/** JSON Feed requires a media type; a size of 0 means that the publisher did not know it. */
function attachment({ originalUrl, mimeType, title, ...enclosure }: Enclosure): ItemAttachment[] {
  const url = webUrlOf(originalUrl ?? enclosure.url);
  if (url === undefined) return [];
  const type = isBlank(mimeType) ? 'application/octet-stream' : mimeType;
  return [
    {
      url,
      mime_type: jsonPrefix(type, maxNameBytes),
      ...text('title', title, maxNameBytes),
      ...positive('size_in_bytes', enclosure.sizeBytes),
      ...positive('duration_in_seconds', enclosure.durationSeconds),
    },
  ];
}
