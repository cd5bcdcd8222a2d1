// The `atom` format: the entries of one feed as an Atom 1.0 document, sent as a WebSub hub sends what is new. An entry that is
// gone is a tombstone. RFC 4287: https://www.rfc-editor.org/rfc/rfc4287, RFC 6721: https://www.rfc-editor.org/rfc/rfc6721

import type { ItemAttachment } from '../../outbox/item.ts';
import type { ItemAuthor } from '../../outbox/item-fields.ts';
import { withContent } from './content.ts';
import { type EntryView, entriesOf, feedOf, isDeletion } from './feed-of.ts';
import type { EntryFields, FeedFields } from './payload.ts';
import type { EventView, Render } from './rendered.ts';
import { bodyThatFits } from './share.ts';
import { uriOf } from './uri.ts';
import { element, textElement } from './xml-text.ts';

export const renderAtom: Render = (views, { content, maxBytes }) => {
  // Atom has one content; the text repeats what the HTML says.
  const shown = entriesOf(views).map((view) => withContent(view, content === 'both' ? 'html' : content));
  const { payload } = views[views.length - 1] ?? views[0];
  const feed = feedOf(payload);
  return {
    body: bodyThatFits(shown, maxBytes, (each) => documentOf(feed, payload.timestamp, each)),
    contentType: 'application/atom+xml; charset=utf-8',
    // WebSub §7: the topic that it is about. https://www.w3.org/TR/websub/#content-distribution
    headers: { link: `<${uriOf(feed.feed_url)}>; rel="self"` },
  };
};

function documentOf(feed: FeedFields, updated: string, views: readonly EventView[]): string {
  const entries = entriesOf(views);
  const hasAuthors = entries.every((view) => isDeletion(view) || view.entry.authors !== undefined);
  const children = [
    textElement('id', uriOf(feed.feed_url)),
    textElement('title', feed.title ?? feed.id),
    textElement('updated', updated),
    // RFC 4287 §4.1.1: who has no author has that of the feed.
    ...(hasAuthors ? [] : [element('author', {}, textElement('name', feed.title ?? feed.id))]),
    element('link', { rel: 'self', href: uriOf(feed.feed_url) }),
    ...(feed.home_page_url === undefined
      ? []
      : [element('link', { rel: 'alternate', href: feed.home_page_url })]),
    ...entries.map((view) => (isDeletion(view) ? tombstone(view, feed) : entryElement(view, feed))),
  ];
  const names = {
    xmlns: 'http://www.w3.org/2005/Atom',
    'xmlns:at': 'http://purl.org/atompub/tombstones/1.0',
    'xmlns:media': 'http://search.yahoo.com/mrss/',
    'xml:lang': languageTag(feed.language),
  };
  return `<?xml version="1.0" encoding="utf-8"?>\n${element('feed', names, lines(children))}\n`;
}

function tombstone({ entry, payload }: EntryView, feed: FeedFields): string {
  return element('at:deleted-entry', { ref: iri(entry.id, feed), when: payload.timestamp });
}

function entryElement({ entry, payload }: EntryView, feed: FeedFields): string {
  const { title = '', summary, date_published: published, date_modified: modified } = entry;
  const { rights, source } = entry._feedhook;
  const children = [
    textElement('id', iri(entry.id, feed)),
    textElement('title', title),
    textElement('updated', modified ?? published ?? payload.timestamp),
    ...(published === undefined ? [] : [textElement('published', published)]),
    ...(entry.authors ?? []).map(author),
    ...linksOf(entry),
    ...categoriesOf(entry),
    ...(entry.image === undefined ? [] : [element('media:thumbnail', { url: entry.image })]),
    ...(typeof rights === 'string' ? [textElement('rights', rights)] : []),
    ...(isFields(source) ? [sourceElement(source)] : []),
    ...(summary === undefined ? [] : [textElement('summary', summary)]),
    ...contentOf(entry),
  ];
  return element('entry', { 'xml:lang': languageTag(entry.language) }, lines(children));
}

/** §4.2.6: an id is an IRI, which many ids of RSS items are not; the feed's URL makes one of them. */
function iri(id: string, feed: FeedFields): string {
  const isIri = /^[a-z][a-z\d+.-]*:[^\s<>"{}|\\^`\p{Cc}]+$/iu.test(id);
  return isIri ? id : `${uriOf(feed.url)}#${encodeURIComponent(id.toWellFormed())}`;
}

/** §3.2: a name is required. */
function author({ name, url }: ItemAuthor): string {
  const uri = url === undefined ? [] : [textElement('uri', url)];
  return element('author', {}, [textElement('name', name ?? url ?? ''), ...uri].join(''));
}

function linksOf(entry: EntryFields): string[] {
  const { comments_url: comments, license } = entry._feedhook;
  const targets: [rel: string, href: unknown][] = [
    ['alternate', entry.url],
    ['related', entry.external_url],
    ['replies', comments],
    ['license', license],
  ];
  const links = targets.flatMap(([rel, href]) =>
    typeof href === 'string' ? [element('link', { rel, href })] : [],
  );
  return [...links, ...(entry.attachments ?? []).map(enclosure)];
}

/** §4.2.7.3: a type has two parts. Feeds write `audio` or `mp3`, too. */
function enclosure({ url, mime_type, title, size_in_bytes: length }: ItemAttachment): string {
  const type = /^[^\s/]+\/\S/.test(mime_type) ? mime_type : undefined;
  return element('link', { rel: 'enclosure', href: url, type, title, length });
}

/** Appendix B, atomLanguageTag: a document with any other is not valid. */
function languageTag(language: string | undefined): string | undefined {
  return /^[a-z]{1,8}(?:-[a-z\d]{1,8})*$/i.test(language ?? '') ? language : undefined;
}

function categoriesOf({ tags = [], _feedhook: { categories } }: EntryFields): string[] {
  const more = (Array.isArray(categories) ? categories : []).filter(isFields);
  return tags.map((term) => {
    const { scheme, label } = more.find((category) => category.term === term) ?? {};
    return element('category', { term, scheme: textIn(scheme), label: textIn(label) });
  });
}

function sourceElement({ id, title, feed_url: url }: Fields): string {
  const children = [
    ...(typeof id === 'string' ? [textElement('id', id)] : []),
    ...(typeof title === 'string' ? [textElement('title', title)] : []),
    ...(typeof url === 'string' ? [element('link', { rel: 'self', href: url })] : []),
  ];
  return element('source', {}, children.join(''));
}

/** §4.1.2: an entry without a link has a content, even an empty one. §4.2.13: a summary need not be said twice. */
function contentOf({
  content_html: html,
  content_text: text = '',
  url,
  summary = '',
}: EntryFields): string[] {
  if (html !== undefined) return [textElement('content', html, { type: 'html' })];
  return (text === '' || text === summary) && url !== undefined
    ? []
    : [textElement('content', text, { type: 'text' })];
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** One child a line: people read these documents too. */
function lines(children: readonly string[]): string {
  return `\n${children.join('\n')}\n`;
}
