// Atom 1.0 and 0.3 to the model. The two differ in a handful of names and in how a text says what it is.
// RFC 4287: https://www.rfc-editor.org/rfc/rfc4287

import type { EntrySource } from '../model/entry.ts';
import type { FeedFormat, ParsedFeed } from '../model/feed.ts';
import {
  addEntry,
  type EntryDraft,
  type FeedDraft,
  finishFeed,
  newEntry,
  newFeed,
  withoutAbsent,
} from './draft.ts';
import { atomCategoryOf, atomPersonOf, dateOf, personOf, rssCategoryOf, urlOf } from './fields.ts';
import { readHints } from './hints.ts';
import { checkEntries, type ParseLimits } from './limits.ts';
import { AlternateLinks, readEntryLink, readFeedLink } from './links.ts';
import { mediaReaders } from './media.ts';
import { moduleReaders } from './modules.ts';
import { each, fallback, first, type ReaderTable, table } from './readers.ts';
import { readConstruct, readPlain, readValue } from './text-construct.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export function readAtom(root: XmlElement, limits: ParseLimits): ParsedFeed {
  const feed = newFeed(formatOf(root));
  const children = childrenOf(root);
  const entries = children.filter((child) => child.name === 'atom:entry');
  checkEntries(entries.length, limits);
  readFeedElements(children, feed);
  feed.language ??= root.scope.language;
  feed.hints = readHints(children);
  for (const [index, entry] of entries.entries()) addEntry(feed, readEntry(entry, root), index);
  return finishFeed(feed);
}

/** Atom 0.3 has a version attribute and a namespace of its own. */
function formatOf(root: XmlElement): FeedFormat {
  const hasOldNamespace = Object.values(root.attributes).includes('http://purl.org/atom/ns#');
  return hasOldNamespace || attributeOf(root, 'version') === '0.3' ? 'atom03' : 'atom10';
}

function readFeedElements(elements: readonly XmlElement[], feed: FeedDraft): void {
  const alternates = new AlternateLinks();
  for (const element of elements) {
    if (element.name === 'atom:link') readFeedLink(element, feed, alternates);
    else feedReaders.get(element.name)?.(element, feed);
  }
  feed.homePageUrl = alternates.url;
}

const feedReaders: ReaderTable<FeedDraft> = table<FeedDraft>(
  ['atom:id', first('id', textOf)],
  ['atom:title', first('title', readPlain)],
  ['atom:subtitle', first('subtitle', readPlain)],
  ['atom:tagline', first('subtitle', readPlain)],
  ['atom:rights', first('rights', readValue)],
  ['atom:copyright', first('rights', readValue)],
  ['atom:updated', first('updated', dateOf)],
  ['atom:modified', first('updated', dateOf)],
  ['atom:published', first('published', dateOf)],
  ['atom:author', each('authors', atomPersonOf)],
  ['atom:contributor', each('contributors', atomPersonOf)],
  ['atom:category', each('categories', atomCategoryOf)],
  ['atom:logo', first('image', urlOf)],
  ['atom:icon', first('image', urlOf)],
  ['dc:creator', each('authors', personOf)],
  ['dc:language', first('language', textOf)],
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
  if (element.scope.language !== root.scope.language) entry.language = element.scope.language;
  return entry;
}

function readerOf({ name }: XmlElement) {
  return entryReaders.get(name) ?? mediaReaders.get(name) ?? moduleReaders.get(name);
}

/** What Atom says of an entry; inside an RSS item these elements mean the same. */
export const entryReaders: ReaderTable<EntryDraft> = table<EntryDraft>(
  ['atom:id', first('id', textOf)],
  ['atom:title', first('title', readPlain)],
  ['atom:summary', readSummary],
  ['atom:content', readContent],
  ['atom:published', first('published', dateOf)],
  ['atom:issued', first('published', dateOf)],
  ['atom:created', fallback('published', dateOf)],
  ['atom:updated', first('updated', dateOf)],
  ['atom:modified', first('updated', dateOf)],
  ['atom:author', each('authors', atomPersonOf)],
  ['atom:contributor', each('contributors', atomPersonOf)],
  ['atom:category', each('categories', atomCategoryOf)],
  ['atom:rights', first('rights', readValue)],
  ['atom:copyright', first('rights', readValue)],
  ['atom:source', first('source', readSource)],
  ['dc:creator', each('authors', personOf)],
  ['dc:subject', each('categories', rssCategoryOf)],
  ['dc:date', fallback('published', dateOf)],
);

function readSummary(element: XmlElement, entry: EntryDraft): void {
  const construct = readConstruct(element);
  if (construct === undefined || entry.summary !== undefined) return;
  entry.summary = construct.value;
  if (!construct.isHtml) entry.summaryIsText = true;
  entry.baseUrl ??= construct.base;
}

function readContent(element: XmlElement, entry: EntryDraft): void {
  const construct = readConstruct(element);
  if (construct === undefined || entry.contentHtml !== undefined || entry.contentText !== undefined) return;
  if (construct.isHtml) entry.contentHtml = construct.value;
  else entry.contentText = construct.value;
  entry.baseUrl = construct.base ?? entry.baseUrl;
}

function readSource(element: XmlElement): EntrySource | undefined {
  const feed = newFeed('atom10');
  readFeedElements(childrenOf(element), feed);
  const source = withoutAbsent({ id: feed.id, title: feed.title, feedUrl: feed.selfUrl });
  return Object.keys(source).length === 0 ? undefined : source;
}
