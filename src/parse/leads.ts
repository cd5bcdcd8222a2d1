// What the message of a document that is no feed adds for the operator: where the feed may be instead. A short tail,
// whatever the document holds. URLs are shown as in every message, without what their queries hide.

import { printableUrl } from '../log.ts';
import { type FeedLink, feedLinks, redirectTarget } from './feed-links.ts';

const maxShown = 2;
const maxUrlLength = 200;

/** `; the page links to https://example.org/feed (application/rss+xml)`, or nothing. */
export function leadsOf(text: string, url: string): string {
  const target = redirectTarget(text, url);
  if (target !== undefined) return `; it says that the feed has moved to ${shownUrl(target)}`;
  const links = feedLinks(text, url).filter((link) => link.url !== url);
  if (links.length === 0) return '';
  const more = links.length > maxShown ? ` and ${links.length - maxShown} more` : '';
  return `; the page links to ${links.slice(0, maxShown).map(shownLink).join(' and ')}${more}`;
}

function shownLink({ url, type }: FeedLink): string {
  return type === undefined ? shownUrl(url) : `${shownUrl(url)} (${type})`;
}

function shownUrl(url: string): string {
  const shown = printableUrl(url);
  return shown.length > maxUrlLength ? `${shown.slice(0, maxUrlLength - 1)}…` : shown;
}
