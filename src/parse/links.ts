// What a link element of Atom means, in an Atom feed or inside RSS.
// RFC 4287 §4.2.7; hub: WebSub §4; prev-archive: RFC 5005 §4. https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7

import type { EntryDraft } from './entry-draft.ts';
import type { FeedDraft } from './feed-draft.ts';
import { readRepliesLink } from './thread.ts';
import { resolveUrl } from './url.ts';
import { attributeOf, textOf, type XmlElement } from './xml.ts';

interface Link {
  readonly rel: string;
  /** RFC 4287 §4.2.7.2 compares rel character by character; RFC 8288 §2.1.1 does not, and so feeds write `Alternate`. */
  readonly isExact: boolean;
  readonly type: string;
  readonly url: string | undefined;
}

/** The permalink candidates of one feed or entry: rel as Atom wants it first, then HTML, which is what people read. */
export class AlternateLinks {
  #url: string | undefined;
  #rank = -1;

  add({ url, isExact, type }: Link): void {
    const isHtml = type === '' || type === 'text/html' || type === 'application/xhtml+xml';
    const rank = (isExact ? 2 : 0) + (isHtml ? 1 : 0);
    if (url === undefined || rank <= this.#rank) return;
    this.#url = url;
    this.#rank = rank;
  }

  get url(): string | undefined {
    return this.#url;
  }
}

/** Some RSS feeds write Atom's links without its namespace. One with another rel than alternate is no link of RSS. */
export function isAtomLink(element: XmlElement): boolean {
  if (element.name !== 'link') return element.name === 'atom:link';
  const rel = attributeOf(element, 'rel');
  return rel !== undefined && rel.toLowerCase() !== 'alternate' && attributeOf(element, 'href') !== undefined;
}

export function readFeedLink(element: XmlElement, feed: FeedDraft, alternates: AlternateLinks): void {
  const link = readLink(element);
  if (link.rel === 'alternate') alternates.add(link);
  else if (link.rel === 'self') feed.selfUrl ??= link.url;
  else if (link.rel === 'hub' && link.url !== undefined) feed.hubUrls.push(link.url);
  else if (link.rel === 'prev-archive') feed.prevArchiveUrl ??= link.url;
  else if (link.rel === 'license') feed.licenseUrl ??= link.url;
}

export function readEntryLink(element: XmlElement, entry: EntryDraft, alternates: AlternateLinks): void {
  const link = readLink(element);
  if (link.rel === 'alternate') alternates.add(link);
  else if (link.rel === 'related') entry.externalUrl ??= link.url;
  else if (link.rel === 'replies') readRepliesLink(element, link, entry);
  else if (link.rel === 'license') entry.licenseUrl ??= link.url;
  else if (link.rel === 'enclosure') {
    const { url, type } = link;
    const title = attributeOf(element, 'title');
    entry.enclosures.add({ url, mimeType: type, size: attributeOf(element, 'length'), title });
  }
}

function readLink(element: XmlElement): Link {
  // RFC 4287 §4.2.7.2: no rel means alternate; a registered name may be written as its IANA URI.
  const said = attributeOf(element, 'rel') ?? 'alternate';
  const rel = said.toLowerCase();
  return {
    rel: rel.replace('http://www.iana.org/assignments/relation/', ''),
    isExact: rel === said,
    type: (attributeOf(element, 'type') ?? '').toLowerCase(),
    // Some feeds write the URL as RSS does.
    url: resolveUrl(attributeOf(element, 'href') ?? textOf(element), element.scope.base),
  };
}
