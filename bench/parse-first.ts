// Claim: reading a document for the first time, from its bytes to its entries, is faster than the parsers that
// others use. Ours decodes by the charset rules and proves the document whole; the others get TextDecoder.

import { parseFeed } from 'feedsmith';
import RssParser from 'rss-parser';
import { decode } from '../src/decode/decode.ts';
import { parse } from '../src/parse/parse.ts';
import { blog, journal, podcast } from './rig/feed-kinds.ts';
import { documentOf, type FeedDocument } from './rig/feeds.ts';
import { defaultLimits, type Reading, race } from './rig/race.ts';
import { table } from './rig/table.ts';

export const title = 'bytes to entries, a document never seen before, against feedsmith and rss-parser';

const kinds = [
  { kind: blog, entries: 60 },
  { kind: journal, entries: 60 },
  { kind: podcast, entries: 80 },
];

export async function measure(): Promise<string> {
  const rows: string[][] = [];
  for (const { kind, entries } of kinds) rows.push(...(await contest(documentOf(kind, entries), entries)));
  return table(['document, who reads', 'MB/s', 'of feedhook'], rows);
}

async function contest(document: FeedDocument, entries: number): Promise<string[][]> {
  const { name, bytes } = document;
  const size = `${name}, ${entries} entries, ${Math.round(bytes.length / 1000)} KB`;
  const times = await race(readersOf(document), entries);
  const own = times.get('feedhook') ?? Number.NaN;
  return [...times].map(([who, ms]) => [
    `${size}: ${who}`,
    (bytes.length / 1000 / ms).toFixed(1),
    (own / ms).toFixed(2),
  ]);
}

function readersOf({ bytes, contentType }: FeedDocument): Record<string, Reading> {
  const rssParser = new RssParser();
  const url = 'https://example.org/feed';
  return {
    feedhook: () =>
      parse({ text: decode(bytes, contentType).text, url, contentType, limits: defaultLimits }).entries
        .length,
    feedsmith: () => entryCount(parseFeed(new TextDecoder().decode(bytes)).feed),
    'rss-parser': async () => (await rssParser.parseString(new TextDecoder().decode(bytes))).items.length,
  };
}

export function entryCount(feed: { items?: readonly unknown[] } | { entries?: readonly unknown[] }): number {
  const list = 'items' in feed ? feed.items : 'entries' in feed ? feed.entries : undefined;
  return list?.length ?? 0;
}
