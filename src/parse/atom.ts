// Atom 1.0 and 0.3 to the model. The two differ in a handful of names and in how a text says what it is.
// RFC 4287: https://www.rfc-editor.org/rfc/rfc4287

import type { EntrySource } from '../model/entry.ts';
import type { FeedFormat, ParsedFeed } from '../model/feed.ts';
import { withoutAbsent } from './draft.ts';
import { withTerms } from './dublin-core.ts';
import { type EntryDraft, newEntry } from './entry-draft.ts';
import { addEntry, type FeedDraft, finishFeed, newFeed } from './feed-draft.ts';
import { atomCategoryOf, dateOf, languageOf, personOf, rssCategoryOf, urlIn, urlOf } from './fields.ts';
import { readHints } from './hints.ts';
import { licenseReaders } from './license.ts';
import { checkEntries, type ParseLimits } from './limits.ts';
import { AlternateLinks, readEntryLink, readFeedLink } from './links.ts';
import { itunesCategories, itunesKeywords, mediaReaders } from './media.ts';
import { moduleReaders } from './modules.ts';
import { mergePeople } from './person.ts';
import { each, fallback, first, type ReaderTable, table } from './readers.ts';
import { readHtml, readTitle } from './rss-text.ts';
import { isHtmlType, readConstruct, readPlain, readValue } from './text-construct.ts';
import { boundTombstones, tombstoneOf } from './tombstones.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export function readAtom(root: XmlElement, limits: ParseLimits): ParsedFeed {
  const feed = newFeed(formatOf(root));
  const children = childrenOf(root);
  const entries = children.filter((child) => child.name === 'atom:entry');
  checkEntries(entries.length, limits);
  readFeedElements(children, feed);
  feed.homePageUrl ??= baseAsLink(root, children);
  boundTombstones(feed, limits);
  feed.language ??= languageOf(root);
  feed.hints = readHints(children);
  const authors = mergePeople(feed.authors);
  for (const [index, element] of entries.entries()) {
    const entry = readEntry(element, root);
    // RFC 4287 §4.2.1: the authors of the feed are those of its entries.
    entry.fallbacks.authors ??= authors;
    addEntry(feed, entry, index);
  }
  return finishFeed(feed);
}

/** Atom 0.3 has a version attribute and a namespace of its own. */
function formatOf(root: XmlElement): FeedFormat {
  const hasOldNamespace = Object.values(root.attributes).includes('http://purl.org/atom/ns#');
  return hasOldNamespace || attributeOf(root, 'version') === '0.3' ? 'atom03' : 'atom10';
}

function readFeedElements(elements: readonly XmlElement[], feed: FeedDraft): void {
  const alternates = new AlternateLinks();
  const others: XmlElement[] = [];
  for (const element of elements) {
    if (element.name === 'atom:link') readFeedLink(element, feed, alternates);
    else if (otherReaders.has(element.name)) others.push(element);
    else (feedReaders.get(element.name) ?? licenseReaders.get(element.name))?.(element, feed);
  }
  for (const element of others) otherReaders.get(element.name)?.(element, feed);
  feed.homePageUrl = alternates.url;
}

/** RFC 3986 §4.4: an empty reference means the base itself; where no base is said, the URL was forgotten. */
function baseAsLink(root: XmlElement, children: readonly XmlElement[]): string | undefined {
  if (attributeOf(root, 'xml:base') === undefined) return undefined;
  const isSaid = children.some(
    (child) =>
      child.name === 'atom:link' &&
      child.attributes['@_href']?.trim() === '' &&
      (attributeOf(child, 'rel') ?? 'alternate') === 'alternate',
  );
  return isSaid ? root.scope.base : undefined;
}

const feedReaders: ReaderTable<FeedDraft> = withTerms(
  table<FeedDraft>(
    ['atom:id', first('id', textOf)],
    ['atom:title', first('title', readPlain)],
    ['atom:subtitle', first('subtitle', readPlain)],
    ['atom:tagline', first('subtitle', readPlain)],
    ['atom:rights', first('rights', readValue)],
    ['atom:copyright', first('rights', readValue)],
    ['atom:updated', first('updated', dateOf)],
    ['atom:modified', first('updated', dateOf)],
    ['atom:published', first('published', dateOf)],
    ['atom:author', each('authors', personOf)],
    ['atom:contributor', each('contributors', personOf)],
    ['atom:category', each('categories', atomCategoryOf)],
    ['atom:logo', first('image', urlOf)],
    ['atom:icon', first('image', urlOf)],
    ['dc:creator', each('authors', personOf)],
    ['itunes:author', each('authors', personOf)],
    ['itunes:category', itunesCategories],
    ['itunes:keywords', itunesKeywords],
    ['itunes:image', first('image', urlIn('href'))],
    ['itunes:new-feed-url', first('newFeedUrl', urlOf)],
    ['dc:language', first('language', textOf)],
    ['at:deleted-entry', each('tombstones', tombstoneOf)],
  ),
);

/** What Dublin Core says counts when Atom itself says nothing, wherever it stands. */
const otherReaders: ReaderTable<FeedDraft> = withTerms(
  table<FeedDraft>(
    ['dc:title', first('title', readTitle)],
    ['dc:description', first('subtitle', readHtml)],
    ['dc:date', first('updated', dateOf)],
    ['dcterms:modified', first('updated', dateOf)],
    ['dcterms:created', first('published', dateOf)],
    ['dcterms:issued', first('published', dateOf)],
    ['dc:rights', first('rights', readHtml)],
    ['dc:subject', each('categories', rssCategoryOf)],
    ['dc:contributor', each('contributors', personOf)],
  ),
);

function readEntry(element: XmlElement, root: XmlElement): EntryDraft {
  const entry = newEntry();
  const alternates = new AlternateLinks();
  for (const child of childrenOf(element)) {
    if (child.name === 'atom:link') readEntryLink(child, entry, alternates);
    else readerOf(child)?.(child, entry);
  }
  entry.url = alternates.url;
  entry.baseUrl ??= element.scope.base;
  if (element.scope.language !== root.scope.language) entry.language = languageOf(element);
  return entry;
}

function readerOf({ name }: XmlElement) {
  return entryReaders.get(name) ?? mediaReaders.get(name) ?? moduleReaders.get(name);
}

/** What Atom says of an entry; inside an RSS item these elements mean the same. */
export const entryReaders: ReaderTable<EntryDraft> = withTerms(
  table<EntryDraft>(
    ['atom:id', first('id', textOf)],
    ['atom:title', first('title', readPlain)],
    ['atom:summary', readSummary],
    ['atom:content', readContent],
    ['atom:published', first('published', dateOf)],
    ['atom:issued', first('published', dateOf)],
    ['atom:created', fallback('published', dateOf)],
    ['atom:updated', first('updated', dateOf)],
    ['atom:modified', first('updated', dateOf)],
    ['atom:author', each('authors', personOf)],
    ['atom:contributor', each('contributors', personOf)],
    ['atom:category', each('categories', atomCategoryOf)],
    ['atom:rights', first('rights', readValue)],
    ['atom:copyright', first('rights', readValue)],
    ['atom:source', readSource],
    ['dc:creator', each('authors', personOf)],
    ['itunes:author', each('authors', personOf)],
    ['dc:subject', each('categories', rssCategoryOf)],
    ['dc:date', fallback('published', dateOf)],
    ['dcterms:created', fallback('published', dateOf)],
    ['dcterms:issued', fallback('published', dateOf)],
    ['dcterms:modified', fallback('updated', dateOf)],
    ['dc:title', fallback('title', readTitle)],
    ['dc:description', fallback('description', readHtml)],
    ['dc:contributor', each('contributors', personOf)],
    ['dc:rights', fallback('rights', readHtml)],
  ),
);

function readSummary(element: XmlElement, entry: EntryDraft): void {
  const construct = readConstruct(element);
  if (construct === undefined || entry.summary !== undefined) return;
  entry.summary = construct.value;
  if (!construct.isHtml) entry.summaryIsText = true;
  entry.baseUrl ??= construct.base;
}

function readContent(element: XmlElement, entry: EntryDraft): void {
  readContentElsewhere(element, entry);
  const construct = readConstruct(element);
  if (construct === undefined || entry.contentHtml !== undefined || entry.contentText !== undefined) return;
  if (construct.isHtml) entry.contentHtml = construct.value;
  else entry.contentText = construct.value;
  entry.baseUrl = construct.base ?? entry.baseUrl;
}

/** RFC 4287 §4.1.3.2: the content is what `src` leads to. https://www.rfc-editor.org/rfc/rfc4287#section-4.1.3.2 */
function readContentElsewhere(element: XmlElement, entry: EntryDraft): void {
  const url = urlIn('src')(element);
  const mimeType = attributeOf(element, 'type');
  if (mimeType !== undefined && isHtmlType(mimeType)) entry.fallbacks.url ??= url;
  else entry.enclosures.add({ url, mimeType });
}

/** Whoever copies an entry need not be its author, so with a source the feed's own authors do not count. */
function readSource(element: XmlElement, entry: EntryDraft): void {
  if (entry.source !== undefined) return;
  const feed = newFeed('atom10');
  readFeedElements(childrenOf(element), feed);
  const source: EntrySource = withoutAbsent({ id: feed.id, title: feed.title, feedUrl: feed.selfUrl });
  if (Object.keys(source).length > 0) entry.source = source;
  entry.fallbacks.authors = mergePeople(feed.authors);
}
