// Comments and replies: how many there are, where to read them, and which entry this one answers.
// RFC 4685 (thr), the slash module, and wfw: the CommentAPI's feed of comments.
// https://www.rfc-editor.org/rfc/rfc4685 https://web.resource.org/rss/1.0/modules/slash/

import type { EntryDraft } from './entry-draft.ts';
import { mostExtras } from './extras.ts';
import { urlIn, urlOf } from './fields.ts';
import { nameOf } from './namespaces.ts';
import { first, type ReaderTable, table } from './readers.ts';
import { attributeOf, textOf, type XmlElement } from './xml.ts';

export const threadReaders: ReaderTable<EntryDraft> = table<EntryDraft>(
  ['slash:comments', first('commentCount', (element) => readCount(textOf(element)))],
  ['thr:total', first('commentCount', (element) => readCount(textOf(element)))],
  ['wfw:commentrss', first('commentsFeedUrl', urlOf)],
  ['thr:in-reply-to', readInReplyTo],
);

/** An Atom link with rel=replies. RFC 4685 §4: without a type it leads to an Atom document. */
export function readRepliesLink(
  element: XmlElement,
  link: { readonly type: string; readonly url: string | undefined },
  entry: EntryDraft,
): void {
  const isFeed = link.type === '' || /^(?:application|text)\/(?:(?:atom|rss|rdf)\+)?xml\b/.test(link.type);
  if (isFeed) entry.commentsFeedUrl ??= link.url;
  else entry.commentsUrl ??= link.url;
  entry.extras.linkedCount ??= readCount(attributeNamed(element, 'thr:count'));
}

/** RFC 4685 §3: `ref` is the id of the entry that is answered, `href` a place to read it. */
function readInReplyTo(element: XmlElement, { extras }: EntryDraft): void {
  const id = attributeOf(element, 'ref');
  const url = urlIn('href')(element);
  extras.replies ??= [];
  if ((id === undefined && url === undefined) || extras.replies.length === mostExtras) return;
  extras.replies.push({ ...(id !== undefined && { id }), ...(url !== undefined && { url }) });
}

/** The attribute of this name, whatever prefix the document gave its namespace. */
function attributeNamed({ attributes, scope }: XmlElement, name: string): string | undefined {
  for (const written in attributes) {
    const bare = written.slice(2);
    if (bare.includes(':') && nameOf(bare, scope.namespaces) === name) return attributes[written]?.trim();
  }
  return undefined;
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
