// One item of RSS to an entry. What several modules say is taken from the most exact one: guid before
// rdf:about, content:encoded before xhtml:body, pubDate before dc:date, whatever their order.

import type { EntrySource } from '../model/entry.ts';
import { entryReaders as atomReaders } from './atom.ts';
import { withoutAbsent } from './draft.ts';
import { withTerms } from './dublin-core.ts';
import { type EntryDraft, newEntry } from './entry-draft.ts';
import { dateOf, languageOf, personOf, rssCategoryOf, urlIn } from './fields.ts';
import { AlternateLinks, isAtomLink, readEntryLink } from './links.ts';
import { mediaReaders, readImage } from './media.ts';
import { moduleReaders } from './modules.ts';
import { each, fallback, first, last, type ReaderTable, table } from './readers.ts';
import { readHtml, readLinkUrl, readTitle } from './rss-text.ts';
import { readPlain } from './text-construct.ts';
import { permalink, resolveUrl } from './url.ts';
import { attributeOf, childrenOf, qualifiedAttributeOf, textOf, type XmlElement } from './xml.ts';

export function readItem(item: XmlElement, channel: XmlElement): EntryDraft {
  const entry = newEntry();
  const alternates = new AlternateLinks();
  for (const element of childrenOf(item)) {
    if (isAtomLink(element)) readEntryLink(element, entry, alternates);
    else readerOf(element)?.(element, entry);
  }
  entry.url ??= alternates.url;
  // RSS 1.0 §5.5: rdf:about identifies an item and is identical to its link.
  // The prefix of <rdf:RDF> stands for the feed's own names, so the attribute may have lost it.
  const about = qualifiedAttributeOf(item, 'rdf:about') ?? qualifiedAttributeOf(item, 'about');
  entry.fallbacks.id ??= about;
  entry.fallbacks.url ??= permalink(about);
  entry.baseUrl ??= item.scope.base;
  if (item.scope.language !== channel.scope.language) entry.language ??= languageOf(item);
  return entry;
}

function readerOf({ name }: XmlElement) {
  return readers.get(name) ?? mediaReaders.get(name) ?? moduleReaders.get(name) ?? atomReaders.get(name);
}

const readers: ReaderTable<EntryDraft> = withTerms(
  table<EntryDraft>(
    ['title', first('title', readTitle)],
    ['dc:title', fallback('title', readTitle)],
    ['link', last('url', readLinkUrl)],
    ['guid', readGuid],
    ['description', readDescription],
    ['dc:description', fallback('description', readHtml)],
    ['summary', fallback('description', readHtml)],
    ['content:encoded', readEncoded],
    ['fullitem', readBody],
    ['body', readBody],
    ['xhtml:body', readBody],
    ['xhtml:div', readBody],
    // What Atom says in RSS counts when RSS itself says nothing, wherever it stands.
    ['atom:id', fallback('id', textOf)],
    ['atom:title', fallback('title', readPlain)],
    ['pubdate', first('published', dateOf)],
    ['atom:published', fallback('published', dateOf)],
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
    ['image', fallback('image', readImage)],
    ['comments', first('commentsUrl', readLinkUrl)],
    ['dc:rights', first('rights', readHtml)],
    ['dc:language', first('language', textOf)],
    ['source', first('source', readSource)],
  ),
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

/** Its base holds when no content has one of its own. */
function readDescription(element: XmlElement, entry: EntryDraft): void {
  if (entry.summary !== undefined) return;
  entry.summary = readHtml(element);
  if (entry.summary !== undefined) entry.baseUrl ??= element.scope.base;
}

function readBody(element: XmlElement, { fallbacks }: EntryDraft): void {
  if (fallbacks.contentHtml !== undefined) return;
  fallbacks.contentHtml = readHtml(element);
  fallbacks.contentBase = element.scope.base;
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
