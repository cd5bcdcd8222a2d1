// What a link element of Atom means, in an Atom feed or inside RSS.
// RFC 4287 §4.2.7; hub: WebSub §4; prev-archive: RFC 5005 §4. https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7

import type { EntryDraft, FeedDraft } from './draft.ts';
import { resolveUrl } from './url.ts';
import { attributeOf, type XmlElement } from './xml.ts';

interface Link {
  readonly rel: string;
  readonly type: string;
  readonly url: string | undefined;
}

/** The permalink candidates of one feed or entry; HTML is what people read. */
export class AlternateLinks {
  #url: string | undefined;
  #isHtml = false;

  add({ url, type }: Link): void {
    const isHtml = type === '' || type === 'text/html' || type === 'application/xhtml+xml';
    if (url === undefined || (this.#url !== undefined && (this.#isHtml || !isHtml))) return;
    this.#url = url;
    this.#isHtml = isHtml;
  }

  get url(): string | undefined {
    return this.#url;
  }
}

export function readFeedLink(element: XmlElement, feed: FeedDraft, alternates: AlternateLinks): void {
  const link = readLink(element);
  if (link.rel === 'alternate') alternates.add(link);
  else if (link.rel === 'self') feed.selfUrl ??= link.url;
  else if (link.rel === 'hub' && link.url !== undefined) feed.hubUrls.push(link.url);
  else if (link.rel === 'prev-archive') feed.prevArchiveUrl ??= link.url;
}

export function readEntryLink(element: XmlElement, entry: EntryDraft, alternates: AlternateLinks): void {
  const link = readLink(element);
  if (link.rel === 'alternate') alternates.add(link);
  else if (link.rel === 'related') entry.externalUrl ??= link.url;
  else if (link.rel === 'replies') entry.commentsUrl ??= link.url;
  else if (link.rel === 'enclosure') {
    const { url, type } = link;
    const title = attributeOf(element, 'title');
    entry.enclosures.add({ url, mimeType: type, size: attributeOf(element, 'length'), title });
  }
}

function readLink(element: XmlElement): Link {
  return {
    // RFC 4287 §4.2.7.2: no rel means alternate; a registered name may be written as its IANA URI.
    rel: (attributeOf(element, 'rel') ?? 'alternate').replace(
      'http://www.iana.org/assignments/relation/',
      '',
    ),
    type: (attributeOf(element, 'type') ?? '').toLowerCase(),
    url: resolveUrl(attributeOf(element, 'href'), element.scope.base),
  };
}
