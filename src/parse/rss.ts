// RSS 0.90 to 2.0 to the model: one reader for all, because real feeds mix their elements anyway. In RSS
// 0.90 and 1.0 the items stand beside the channel, in the others inside it; both are read in all.
// https://www.rssboard.org/rss-specification https://web.resource.org/rss/1.0/spec

import { ParseError } from '../errors.ts';
import type { FeedFormat, ParsedFeed } from '../model/feed.ts';
import { withTerms } from './dublin-core.ts';
import { addEntry, type FeedDraft, finishFeed, newFeed } from './feed-draft.ts';
import { dateOf, languageOf, personOf, rssCategoryOf, urlIn, urlOf } from './fields.ts';
import { readHints } from './hints.ts';
import { licenseReaders } from './license.ts';
import { checkEntries, type ParseLimits } from './limits.ts';
import { AlternateLinks, isAtomLink, readFeedLink } from './links.ts';
import { itunesCategories, itunesKeywords, readImage } from './media.ts';
import { each, first, last, type ReaderTable, table } from './readers.ts';
import { readItem } from './rss-item.ts';
import { readHtml, readLinkUrl, readTitle } from './rss-text.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export function readRss(root: XmlElement, limits: ParseLimits): ParsedFeed {
  const feed = newFeed(formatOf(root));
  const beside = childrenOf(root);
  const channel = root.name === 'channel' ? root : beside.find((child) => child.name === 'channel');
  const elements = channel === undefined || channel === root ? beside : [...childrenOf(channel), ...beside];
  const items = itemsAmong(elements);
  // RDF is a language for many things; one without RSS in it is none of ours.
  if (channel === undefined && items.length === 0 && isRdf(root) && !speaksRss(root)) {
    throw new ParseError('not-a-feed', 'the RDF document has neither channel nor item');
  }
  checkEntries(items.length, limits);
  readChannel(elements, feed);
  feed.language ??= languageOf(channel ?? root);
  for (const [index, item] of items.entries()) addEntry(feed, readItem(item, channel ?? root), index);
  return finishFeed(feed);
}

/** RSS 1.1 has them inside `items`, where RSS 1.0 has only their order. http://inamidst.com/rss1.1/ */
function itemsAmong(elements: readonly XmlElement[]): XmlElement[] {
  const items = elements.filter((element) => element.name === 'item');
  const list = elements.find((element) => element.name === 'items');
  return list === undefined ? items : items.concat(childrenOf(list).filter(({ name }) => name === 'item'));
}

const versions: ReadonlyMap<string, FeedFormat> = new Map([
  ['0.90', 'rss090'],
  ['0.9', 'rss090'],
  ['0.91', 'rss091'],
  ['0.92', 'rss092'],
  ['0.93', 'rss093'],
  ['0.94', 'rss094'],
  ['1.0', 'rss10'],
]);

function formatOf(root: XmlElement): FeedFormat {
  if (isRdf(root)) {
    const uris = Object.values(root.attributes);
    return uris.some((uri) => /\.netscape\.com\/rdf\/simple\/0\.9\/?$/.test(uri)) ? 'rss090' : 'rss10';
  }
  const version = attributeOf(root, 'version') ?? '';
  return versions.get(version) ?? (version.startsWith('2') ? 'rss20' : 'rss');
}

function speaksRss(root: XmlElement): boolean {
  return [...root.scope.namespaces.bindings].some(([prefix, namespace]) => prefix === '' && namespace === '');
}

function isRdf(root: XmlElement): boolean {
  return root.name === 'rdf' || root.name.endsWith(':rdf');
}

function readChannel(elements: readonly XmlElement[], feed: FeedDraft): void {
  const alternates = new AlternateLinks();
  for (const element of elements) {
    if (isAtomLink(element)) readFeedLink(element, feed, alternates);
    else (readers.get(element.name) ?? licenseReaders.get(element.name))?.(element, feed);
  }
  feed.homePageUrl ??= alternates.url;
  const summary = elements.find(({ name }) => name === 'itunes:summary' || name === 'itunes:subtitle');
  feed.subtitle ??= summary && readHtml(summary);
  feed.hints = readHints(elements);
}

const readers: ReaderTable<FeedDraft> = withTerms(
  table<FeedDraft>(
    ['title', first('title', readTitle)],
    ['dc:title', first('title', readTitle)],
    ['link', last('homePageUrl', readLinkUrl)],
    ['description', first('subtitle', readHtml)],
    ['dc:description', first('subtitle', readHtml)],
    ['language', first('language', textOf)],
    ['dc:language', first('language', textOf)],
    ['copyright', first('rights', readHtml)],
    ['dc:rights', first('rights', readHtml)],
    ['atom:id', first('id', textOf)],
    ['pubdate', first('published', dateOf)],
    ['dcterms:issued', first('published', dateOf)],
    ['dcterms:created', first('published', dateOf)],
    ['lastbuilddate', first('updated', dateOf)],
    ['atom:updated', first('updated', dateOf)],
    ['dcterms:modified', first('updated', dateOf)],
    ['dc:date', first('updated', dateOf)],
    ['managingeditor', each('authors', personOf)],
    ['author', each('authors', personOf)],
    ['dc:creator', each('authors', personOf)],
    ['itunes:author', each('authors', personOf)],
    ['atom:author', each('authors', personOf)],
    ['atom:contributor', each('contributors', personOf)],
    ['dc:contributor', each('contributors', personOf)],
    ['category', each('categories', rssCategoryOf)],
    ['dc:subject', each('categories', rssCategoryOf)],
    ['itunes:category', itunesCategories],
    ['itunes:keywords', itunesKeywords],
    ['image', first('image', readImage)],
    ['itunes:image', first('image', urlIn('href'))],
    ['itunes:new-feed-url', first('newFeedUrl', urlOf)],
  ),
);
