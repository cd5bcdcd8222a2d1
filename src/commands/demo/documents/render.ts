// A feed's window of entries as the bytes that its origin sends, newest entry first.

import { renderAtom } from './atom.ts';
import { encodeText } from './encode.ts';
import type { DemoEntry, DemoFeed, DocumentFormat } from './feed.ts';
import { renderJsonFeed } from './json-feed.ts';
import { renderRdf } from './rdf.ts';
import { renderRss } from './rss.ts';

type Renderer = (feed: DemoFeed, feedUrl: string, entries: readonly DemoEntry[]) => string;

const renderers: Readonly<Record<DocumentFormat, Renderer>> = {
  atom: renderAtom,
  rss: renderRss,
  rdf: renderRdf,
  'json-feed': renderJsonFeed,
};

/** How people call the format. */
export const formatNames: Readonly<Record<DocumentFormat, string>> = {
  atom: 'Atom 1.0',
  rss: 'RSS 2.0',
  rdf: 'RSS 1.0',
  'json-feed': 'JSON Feed 1.1',
};

export function renderDocument(feed: DemoFeed, feedUrl: string, entries: readonly DemoEntry[]): Buffer {
  const { format, charset } = feed.packaging;
  return encodeText(renderers[format](feed, feedUrl, entries), charset);
}
