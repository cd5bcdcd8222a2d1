// What a document that was found says of itself, for somebody who chooses between feeds. Pure.

import { createHash } from 'node:crypto';
import { entryTime } from '../../diff/order.ts';
import type { Entry } from '../../model/entry.ts';
import type { FeedFormat, ParsedFeed } from '../../model/feed.ts';
import type { CharsetDecision, DecodedFeed, FetchedDocument } from '../../model/poll.ts';
import { type Candidate, isAboutComments, type Source, sameUrl } from './candidates.ts';

export interface FoundFeed {
  /** Where permanent redirects lead: what belongs into feeds.yaml. */
  readonly url: string;
  readonly source: Source;
  readonly format: FeedFormat;
  readonly title?: string;
  readonly entries: number;
  readonly newest?: { readonly date?: string; readonly title?: string; readonly url?: string };
  /** Median of the times between its entries. */
  readonly usualGapMs?: number;
  readonly charset: CharsetDecision;
  readonly selfUrl?: string;
  readonly hubUrls: readonly string[];
  /** Where the document says that the feed lives now. */
  readonly newFeedUrl?: string;
  readonly flaws: number;
  readonly isComments: boolean;
  /** Other URLs of the same feed. */
  readonly alsoAt: readonly string[];
  /** The URL of a feed above that has the same entries in another form. */
  readonly sameEntriesAs?: string;
}

/** A feed with what it is compared by. */
export interface Reading {
  readonly feed: FoundFeed;
  readonly bodyHash: string;
  readonly entryNames: ReadonlySet<string>;
}

export function readingOf(
  { source, title: linkTitle }: Candidate,
  fetched: FetchedDocument,
  { charset }: DecodedFeed,
  parsed: ParsedFeed,
): Reading {
  const { format, title, selfUrl, hubUrls, newFeedUrl, entries, flaws } = parsed;
  const url = lastingUrl(fetched);
  const newest = newestOf(entries);
  const usualGapMs = medianGap(entries);
  return {
    feed: {
      url,
      source,
      format,
      ...(title !== undefined && { title }),
      entries: entries.length,
      ...(newest && { newest }),
      ...(usualGapMs !== undefined && { usualGapMs }),
      charset,
      ...(selfUrl !== undefined && { selfUrl }),
      hubUrls,
      ...(newFeedUrl !== undefined && { newFeedUrl }),
      flaws: flaws.length,
      isComments: isAboutComments(title, url) || isAboutComments(linkTitle, url),
      alsoAt: [],
    },
    bodyHash: createHash('sha256').update(fetched.body).digest('hex'),
    entryNames: new Set(entries.flatMap(({ url: link, id }) => link ?? id ?? [])),
  };
}

/** Each feed once, comments last, else in the order in which they were found. */
export function distinctFeeds(readings: readonly Reading[]): FoundFeed[] {
  const kept: Reading[] = [];
  for (const reading of readings) {
    const at = kept.findIndex((other) => areOne(other, reading));
    const other = kept[at];
    if (other) kept[at] = merged(other, reading);
    else kept.push(reading);
  }
  const sorted = kept.toSorted((one, other) => Number(one.feed.isComments) - Number(other.feed.isComments));
  return sorted.map((reading, at) => {
    const first = sorted.slice(0, at).find((earlier) => shareEntries(earlier, reading));
    return first ? { ...reading.feed, sameEntriesAs: first.feed.url } : reading.feed;
  });
}

/** One of each group with the same entries: what somebody would subscribe to. */
export function bestOf(feeds: readonly FoundFeed[]): FoundFeed[] {
  const best = feeds.filter(({ isComments, sameEntriesAs }) => !isComments && sameEntriesAs === undefined);
  return best.length > 0 ? best : feeds.slice(0, 1);
}

/** RSS and Atom of one generator may name one self link by mistake, and are two documents all the same. */
function areOne(one: Reading, other: Reading): boolean {
  if (one.bodyHash === other.bodyHash || sameUrl(one.feed.url) === sameUrl(other.feed.url)) return true;
  const { selfUrl, format } = one.feed;
  return selfUrl !== undefined && selfUrl === other.feed.selfUrl && format === other.feed.format;
}

function merged(one: Reading, other: Reading): Reading {
  const [better, worse] = rank(other.feed) > rank(one.feed) ? [other, one] : [one, other];
  const alsoAt = new Set([...better.feed.alsoAt, worse.feed.url, ...worse.feed.alsoAt]);
  alsoAt.delete(better.feed.url);
  return { ...better, feed: { ...better.feed, alsoAt: [...alsoAt] } };
}

/** https above all, then the URL that the feed itself gives. */
function rank({ url, selfUrl }: FoundFeed): number {
  return 2 * Number(url.startsWith('https:')) + Number(url === selfUrl);
}

/** Most of the smaller one is in the other: RSS and Atom of one site, however long each is. */
function shareEntries({ entryNames: one }: Reading, { entryNames: other }: Reading): boolean {
  const smaller = Math.min(one.size, other.size);
  return smaller > 0 && [...one].filter((name) => other.has(name)).length * 4 >= smaller * 3;
}

/** RFC 9110 §15.4: what a 302 leads to is not where the feed lives. */
function lastingUrl({ hops, url }: FetchedDocument): string {
  return hops.find(({ status }) => status !== 301 && status !== 308)?.url ?? url;
}

function newestOf(entries: readonly Entry[]): FoundFeed['newest'] {
  const time = (entry: Entry) => entryTime(entry) ?? Number.NEGATIVE_INFINITY;
  const [first, ...others] = entries;
  if (!first) return undefined;
  const { published, updated, title, url } = others.reduce(
    (newest, entry) => (time(entry) > time(newest) ? entry : newest),
    first,
  );
  const date = published ?? updated;
  return {
    ...(date !== undefined && { date }),
    ...(title !== undefined && { title }),
    ...(url !== undefined && { url }),
  };
}

/** Two dates tell nothing of a habit. */
function medianGap(entries: readonly Entry[]): number | undefined {
  const times = entries.flatMap((entry) => entryTime(entry) ?? []).sort((one, other) => one - other);
  if (times.length < 3) return undefined;
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  return gaps.sort((one, other) => one - other)[Math.floor(gaps.length / 2)];
}
