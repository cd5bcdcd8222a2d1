// Claim: a document that is known but for one new entry costs a fraction of a full parse, because what did not
// change is not read again. The memory of the document before is what the daemon keeps while it runs.

import { parseFeed } from 'feedsmith';
import { decode } from '../src/decode/decode.ts';
import { readChanged } from '../src/parse/changed.ts';
import { type ParseInput, parse } from '../src/parse/parse.ts';
import { entryCount } from './parse-first.ts';
import { blog, journal } from './rig/feed-kinds.ts';
import { documentOf, type FeedDocument, type FeedKind } from './rig/feeds.ts';
import { defaultLimits, type Reading, race } from './rig/race.ts';
import { table } from './rig/table.ts';

export const title = 'bytes to entries, one new entry among 50, against a full parse by feedsmith';

const entries = 50;
/** Of articles that make a document of about 100 KB. */
const paragraphs = 3;

export async function measure(): Promise<string> {
  const rows = [...(await contest(blog)), ...(await contest(journal))];
  return table(['document, who reads', 'µs', 'times as fast as feedsmith'], rows);
}

async function contest(kind: FeedKind): Promise<string[][]> {
  const [before, now] = [0, 1].map((first) => documentOf(kind, entries, first, paragraphs));
  if (before === undefined || now === undefined) throw new Error('no documents');
  const times = await race(readersOf(before, now), entries);
  const other = times.get('feedsmith, in full') ?? Number.NaN;
  return [...times].map(([who, ms]) => [
    `${kind.name}, ${Math.round(now.bytes.length / 1000)} KB: ${who}`,
    (ms * 1000).toFixed(0),
    (other / ms).toFixed(1),
  ]);
}

function readersOf(before: FeedDocument, now: FeedDocument): Record<string, Reading> {
  const { seen } = readChanged(inputOf(before));
  if (seen === undefined) throw new Error('nothing is remembered');
  return {
    'feedhook, the rest': () => readChanged(inputOf(now), seen).feed.entries.length,
    'feedhook, in full': () => parse(inputOf(now)).entries.length,
    'feedsmith, in full': () => entryCount(parseFeed(new TextDecoder().decode(now.bytes)).feed),
  };
}

function inputOf({ bytes, contentType }: FeedDocument): ParseInput {
  const { text } = decode(bytes, contentType);
  return { text, url: 'https://example.org/feed', contentType, limits: defaultLimits };
}
