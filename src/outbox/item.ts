// An entry as a JSON Feed 1.1 item (https://www.jsonfeed.org/version/1.1/), with all that JSON Feed has no word for in
// the one extension `_feedhook`. What is unknown is absent, never null and never a guess. Texts are plain, HTML
// is sanitised, links are absolute http(s). Whether the item fits a payload is decided in payload.ts.

import type { Enclosure, Entry, EntryChange, EntrySource, Person } from '../model/entry.ts';
import { plainText, readableHtml, sanitisedHtml } from './html.ts';
import { jsonPrefix } from './json-size.ts';

/** Longer ones are no titles. */
const maxTitleBytes = 4096;
/** Names, tags, languages, media types: no honest one comes near. */
const maxNameBytes = 1024;

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

interface ItemAuthor {
  readonly name?: string;
  readonly url?: string;
}

interface ItemAttachment {
  readonly url: string;
  readonly mime_type: string;
  readonly title?: string;
  readonly size_in_bytes?: number;
  readonly duration_in_seconds?: number;
}

interface ItemExtension {
  readonly key: string;
  readonly key_source: string;
  readonly revision: number;
  readonly sequence: number;
  readonly content_hash: string;
  readonly first_seen: string;
  readonly date_source: 'feed' | 'none';
  readonly initial: boolean;
  /** Names of the fields that were cut. */
  readonly truncated?: readonly string[];
  readonly source?: { readonly id?: string; readonly title?: string; readonly feed_url?: string };
}

export function entryItem(change: EntryChange): EntryItem {
  const { entry, key } = change;
  return {
    id: isBlank(entry.id) ? key.value : entry.id,
    ...webUrl('url', entry.url),
    ...webUrl('external_url', entry.externalUrl),
    ...text('title', entry.title, maxTitleBytes),
    ...text('summary', summaryOf(entry)),
    ...contentOf(entry),
    ...webUrl('image', entry.image),
    ...text('date_published', entry.published),
    ...text('date_modified', entry.updated),
    ...list('authors', entry.authors.flatMap(author)),
    ...list('tags', tagsOf(entry)),
    ...text('language', entry.language, maxNameBytes),
    ...list('attachments', entry.enclosures.flatMap(attachment)),
    _feedhook: extension(change),
  };
}

function extension({ entry, key, revision, sequence, ...change }: EntryChange): ItemExtension {
  const cut = [
    ...(isBeyond(entry.title, maxTitleBytes) ? ['title'] : []),
    ...([htmlOf(entry) ?? ''].some((html) => readableHtml(html) !== html) ? ['content_html'] : []),
  ];
  return {
    key: key.value,
    key_source: key.source,
    revision,
    sequence,
    content_hash: change.contentHash,
    first_seen: new Date(change.firstSeen * 1000).toISOString().replace('.000Z', 'Z'),
    date_source: entry.published === undefined && entry.updated === undefined ? 'none' : 'feed',
    initial: change.isInitial,
    ...list('truncated', cut),
    ...(entry.source && sourceOf(entry.source)),
  };
}

function summaryOf({ summary, summaryIsText }: Entry): string | undefined {
  return summary === undefined || summaryIsText ? summary : plainText(summary);
}

/** JSON Feed wants at least one of the two: an entry without a body has an empty text. */
function contentOf(entry: Entry): { content_html?: string; content_text?: string } {
  const html = sanitisedHtml(htmlOf(entry) ?? '', entry.baseUrl);
  const words = plainText(html);
  if (words === '' && !/<(?:img|audio|video)\b/.test(html)) return { content_text: entry.contentText ?? '' };
  return { content_html: html, content_text: entry.contentText ?? words };
}

/** Many RSS feeds have their whole text in `description`: what a plain summary cannot hold is not lost. */
function htmlOf({ contentHtml, contentText, summary, summaryIsText }: Entry): string | undefined {
  if (!isBlank(contentHtml)) return contentHtml;
  const isBody = isBlank(contentText) && !summaryIsText && /<[a-z]/i.test(summary ?? '');
  return isBody ? summary : undefined;
}

function author({ name, url, email }: Person): ItemAuthor[] {
  const shown = isBlank(name) ? email : name;
  const found = { ...text('name', shown, maxNameBytes), ...webUrl('url', url) };
  return Object.keys(found).length > 0 ? [found] : [];
}

function tagsOf({ categories }: Entry): string[] {
  const tags = categories.map(({ term, label }) =>
    jsonPrefix(isBlank(term) ? (label ?? '') : term, maxNameBytes),
  );
  return [...new Set(tags)].filter((tag) => !isBlank(tag));
}

/** JSON Feed requires a media type; a size of 0 means that the publisher did not know it. */
function attachment({ url, mimeType, title, sizeBytes, durationSeconds }: Enclosure): ItemAttachment[] {
  if (!isWebUrl(url)) return [];
  const type = isBlank(mimeType) ? 'application/octet-stream' : mimeType;
  return [
    {
      url,
      mime_type: jsonPrefix(type, maxNameBytes),
      ...text('title', title, maxNameBytes),
      ...positive('size_in_bytes', sizeBytes),
      ...positive('duration_in_seconds', durationSeconds),
    },
  ];
}

function sourceOf({ id, title, feedUrl }: EntrySource): Pick<ItemExtension, 'source'> {
  const source = { ...text('id', id), ...text('title', title, maxNameBytes), ...webUrl('feed_url', feedUrl) };
  return Object.keys(source).length > 0 ? { source } : {};
}

export function text<Name extends string>(
  name: Name,
  value: string | undefined,
  maxBytes = Number.POSITIVE_INFINITY,
): Partial<Record<Name, string>> {
  return isBlank(value) ? {} : field(name, jsonPrefix(value, maxBytes));
}

export function webUrl<Name extends string>(
  name: Name,
  value: string | undefined,
): Partial<Record<Name, string>> {
  return value !== undefined && isWebUrl(value) ? field(name, value) : {};
}

function positive<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return value !== undefined && Number.isFinite(value) && value > 0 ? field(name, value) : {};
}

function list<Name extends string, Item>(
  name: Name,
  items: readonly Item[],
): Partial<Record<Name, readonly Item[]>> {
  return items.length > 0 ? field(name, items) : {};
}

/** `as`: TypeScript widens a computed name to `string`. */
function field<Name extends string, Value>(name: Name, value: Value): Partial<Record<Name, Value>> {
  return { [name]: value } as Partial<Record<Name, Value>>;
}

function isWebUrl(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function isBeyond(value: string | undefined, maxBytes: number): boolean {
  return value !== undefined && jsonPrefix(value, maxBytes) !== value;
}

function isBlank(value: string | undefined): value is undefined | '' {
  return value === undefined || !/\S/.test(value);
}
