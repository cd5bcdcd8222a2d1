// Media RSS and the iTunes elements, as far as they say what an entry is and what hangs on it.
// https://www.rssboard.org/media-rss https://podcasters.apple.com/support/823-podcast-requirements

import type { Category } from '../model/entry.ts';
import type { EntryDraft } from './entry-draft.ts';
import { categoryOf, mediaCategoryOf, urlIn, urlOf } from './fields.ts';
import { each, fallback, first, type ReaderTable, table } from './readers.ts';
import { plainText, plainTitle } from './text.ts';
import { resolveUrl } from './url.ts';
import { attributeOf, childrenOf, rawOf, textOf, type XmlElement } from './xml.ts';

export const mediaReaders: ReaderTable<EntryDraft> = table<EntryDraft>(
  ['media:group', readInside],
  ['media:content', readMediaContent],
  ['media:thumbnail', first('image', readThumbnail)],
  ['media:title', fallback('title', readMediaTitle)],
  ['media:description', fallback('summary', readText)],
  ['media:category', each('categories', mediaCategoryOf)],
  ['itunes:category', itunesCategories],
  ['itunes:keywords', itunesKeywords],
  ['itunes:image', readEpisodeImage],
  ['itunes:title', fallback('title', readMediaTitle)],
  ['itunes:summary', fallback('summary', readText)],
  ['itunes:subtitle', fallback('summary', readText)],
  ['itunes:duration', fallback('duration', textOf)],
);

interface Categorised {
  readonly categories: (Category | undefined)[];
}

/** A category with its subcategories, which stand inside it. */
export function itunesCategories(element: XmlElement, record: Categorised): void {
  record.categories.push(categoryOf(attributeOf(element, 'text')));
  for (const child of childrenOf(element)) {
    if (child.name === 'itunes:category') record.categories.push(categoryOf(attributeOf(child, 'text')));
  }
}

/** At most a dozen by Apple's rules of old; the publisher's own words, with commas between them. */
export function itunesKeywords(element: XmlElement, record: Categorised): void {
  const words = (textOf(element) ?? '').split(',', mostKeywords);
  record.categories.push(...words.map((word) => categoryOf(word.trim() || undefined)));
}

const mostKeywords = 100;

function readInside(element: XmlElement, entry: EntryDraft): void {
  for (const child of childrenOf(element)) mediaReaders.get(child.name)?.(child, entry);
}

function readMediaContent(element: XmlElement, entry: EntryDraft): void {
  const url = urlIn('url')(element);
  const mimeType = attributeOf(element, 'type');
  const isImage = attributeOf(element, 'medium') === 'image' || mimeType?.startsWith('image/') === true;
  if (isImage) entry.fallbacks.image ??= url;
  const [size, duration] = [attributeOf(element, 'fileSize'), attributeOf(element, 'duration')];
  entry.enclosures.add({ url, mimeType, size, duration });
  readInside(element, entry);
}

/** The picture of RSS: its URL in an element or, in items, as text. RSS 1.0 may describe it beside the channel. */
export function readImage(element: XmlElement): string | undefined {
  const parts = childrenOf(element);
  const url = parts.length === 0 ? element : parts.find(({ name }) => name === 'url');
  return url && urlOf(url);
}

/** An episode's own picture is better than a thumbnail of its video. */
function readEpisodeImage(element: XmlElement, entry: EntryDraft): void {
  entry.image = urlIn('href')(element) ?? entry.image;
}

function readThumbnail(element: XmlElement): string | undefined {
  return resolveUrl(attributeOf(element, 'url') ?? textOf(element), element.scope.base);
}

function readMediaTitle(element: XmlElement): string | undefined {
  const { value } = rawOf(element);
  return (attributeOf(element, 'type') === 'html' ? plainText(value) : plainTitle(value)) || undefined;
}

function readText(element: XmlElement): string | undefined {
  return rawOf(element).value.trim() || undefined;
}
