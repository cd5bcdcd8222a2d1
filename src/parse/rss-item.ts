// One item of RSS to an entry. What several modules say is taken from the most exact one: guid before
// rdf:about, content:encoded before xhtml:body, pubDate before dc:date, whatever their order.

import type { EntrySource } from '../model/entry.ts';
import { entryReaders as atomReaders } from './atom.ts';
import { type EntryDraft, newEntry, withoutAbsent } from './draft.ts';
import { dateOf, personOf, rssCategoryOf, urlIn } from './fields.ts';
import { AlternateLinks, readEntryLink } from './links.ts';
import { mediaReaders } from './media.ts';
import { moduleReaders } from './modules.ts';
import { each, fallback, first, last, type ReaderTable, table } from './readers.ts';
import { readHtml, readLinkUrl, readTitle } from './rss-text.ts';
import { permalink, resolveUrl } from './url.ts';
import { attributeOf, childrenOf, textOf, type XmlElement } from './xml.ts';

export function readItem(item: XmlElement, channel: XmlElement): EntryDraft {
  const entry = newEntry();
  const alternates = new AlternateLinks();
  for (const element of childrenOf(item)) {
    if (element.name === 'atom:link') readEntryLink(element, entry, alternates);
    else readerOf(element)?.(element, entry);
  }
  entry.url ??= alternates.url;
  // RSS 1.0 §5.5: rdf:about identifies an item and is identical to its link.
  const about = attributeOf(item, 'rdf:about');
  entry.id ??= about;
  entry.fallbacks.url ??= permalink(about);
  entry.baseUrl ??= item.scope.base;
  if (item.scope.language !== channel.scope.language) entry.language ??= item.scope.language;
  return entry;
}

function readerOf({ name }: XmlElement) {
  return readers.get(name) ?? mediaReaders.get(name) ?? moduleReaders.get(name) ?? atomReaders.get(name);
}

const readers: ReaderTable<EntryDraft> = table<EntryDraft>(
  ['title', first('title', readTitle)],
  ['dc:title', fallback('title', readTitle)],
  ['link', last('url', readLinkUrl)],
  ['guid', readGuid],
  ['description', first('summary', readHtml)],
  ['dc:description', fallback('summary', readHtml)],
  ['content:encoded', readEncoded],
  ['body', fallback('contentHtml', readHtml)],
  ['xhtml:body', fallback('contentHtml', readHtml)],
  ['xhtml:div', fallback('contentHtml', readHtml)],
  ['pubdate', first('published', dateOf)],
  ['dc:date', fallback('published', dateOf)],
  ['dcterms:created', fallback('published', dateOf)],
  ['dcterms:issued', fallback('published', dateOf)],
  ['dcterms:modified', first('updated', dateOf)],
  ['author', each('authors', personOf)],
  ['dc:creator', each('authors', personOf)],
  ['dc:author', each('authors', personOf)],
  ['itunes:author', each('authors', personOf)],
  ['dc:contributor', each('contributors', personOf)],
  ['category', each('categories', rssCategoryOf)],
  ['dc:subject', each('categories', rssCategoryOf)],
  ['enclosure', readEnclosure],
  ['comments', first('commentsUrl', readLinkUrl)],
  ['dc:rights', first('rights', readHtml)],
  ['dc:language', first('language', textOf)],
  ['source', first('source', readSource)],
);

// A guid is a permalink unless it says otherwise. One that says so may even be a path.
// https://www.rssboard.org/rss-specification#ltguidgtSubelementOfLtitemgt
function readGuid(element: XmlElement, entry: EntryDraft): void {
  const guid = textOf(element);
  entry.id ??= guid;
  const said = (attributeOf(element, 'isPermaLink') ?? attributeOf(element, 'ispermalink'))?.toLowerCase();
  const isPath = said === 'true' && guid?.startsWith('/') === true;
  if (said !== 'false')
    entry.fallbacks.url ??= isPath ? resolveUrl(guid, element.scope.base) : permalink(guid);
}

/** Its own xml:base is the one that matters: it is the text with the links. */
function readEncoded(element: XmlElement, entry: EntryDraft): void {
  if (entry.contentHtml !== undefined) return;
  entry.contentHtml = readHtml(element);
  if (entry.contentHtml !== undefined) entry.baseUrl = element.scope.base;
}

function readEnclosure(element: XmlElement, entry: EntryDraft): void {
  entry.enclosures.add({
    url: resolveUrl(attributeOf(element, 'url') ?? attributeOf(element, 'href'), element.scope.base),
    mimeType: attributeOf(element, 'type'),
    size: attributeOf(element, 'length'),
  });
}

function readSource(element: XmlElement): EntrySource | undefined {
  const source = withoutAbsent({ feedUrl: urlIn('url')(element), title: readTitle(element) });
  return Object.keys(source).length === 0 ? undefined : source;
}
