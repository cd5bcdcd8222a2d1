// 200 real documents behind one loopback origin, the real daemon as a child: it baselines, then delivers each
// entry that is published later exactly once, signed, and asks unconditionally once a feed.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import { decode } from '../../src/decode/decode.ts';
import { FeedhookError } from '../../src/errors.ts';
import { parse } from '../../src/parse/parse.ts';
import { type CorpusCase, corpusBytes, corpusSet, hasCorpus } from '../support/corpus.ts';
import { type DaemonFolder, daemonFolder, loopbackConfig } from '../support/daemon.ts';
import { until } from '../support/fake-clock.ts';
import { startServer, type TestServer } from '../support/http-server.ts';

const sets = [
  'rome',
  'feedjira',
  'nnw',
  'feedreader-cs',
  'rss-parser',
  'node-feedparser',
  'feed-rs',
  'laminas-feed',
  'gofeed',
  'fastfeedparser',
  'huginn',
  'elixir-feed-parser',
  'newsboat',
  'feed-io',
  'dotnet-syndication',
  'miniflux',
];
const wanted = 200;
const rounds = 3;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const limits = { maxDepth: 100, maxReferences: 500_000, maxTags: 200_000, maxEntries: 5_000 };

interface ServedFeed {
  readonly id: string;
  readonly contentType: string | undefined;
  body: Buffer;
  unconditional: number;
  notModified: number;
  changed: number;
}

/** The document with one more entry before its first one; undefined where that is not plain to do. */
function withEntry(body: Buffer, number: string): Buffer | undefined {
  const place = /<(item|entry)[\s>]/.exec(body.toString('latin1'));
  if (!place) return undefined;
  const link = `http://example.org/published/${number}`;
  const entry =
    place[1] === 'entry'
      ? `<entry><id>urn:published:${number}</id><title>Published ${number}</title><link href="${link}"/><updated>2026-11-20T09:00:00Z</updated><content>Text</content></entry>`
      : `<item><guid isPermaLink="false">published-${number}</guid><title>Published ${number}</title><link>${link}</link><description>Text</description></item>`;
  return Buffer.concat([
    body.subarray(0, place.index),
    Buffer.from(entry, 'latin1'),
    body.subarray(place.index),
  ]);
}

/** How many entries we read from it; undefined when it is no feed. */
function entriesOf(body: Buffer, contentType: string | undefined): number | undefined {
  try {
    const { text } = decode(body, contentType);
    return parse({ text, url: 'http://example.org/', limits }).entries.length;
  } catch (error) {
    if (error instanceof FeedhookError) return undefined;
    throw error;
  }
}

function isUsable(each: CorpusCase): boolean {
  const body = corpusBytes(each);
  const more = withEntry(body, 'probe');
  const before = body.length < 300_000 && entriesOf(body, each.contentType);
  return Boolean(before && more) && entriesOf(more ?? body, each.contentType) === Number(before) + 1;
}

function chooseFeeds(): ServedFeed[] {
  const chosen: ServedFeed[] = [];
  const seen = new Set<string>();
  for (const each of sets.flatMap(corpusSet)) {
    if (chosen.length === wanted) break;
    if (seen.has(each.file) || !isUsable(each)) continue;
    seen.add(each.file);
    chosen.push({
      id: `corpus-${chosen.length}`,
      contentType: each.contentType,
      body: corpusBytes(each),
      unconditional: 0,
      notModified: 0,
      changed: 0,
    });
  }
  return chosen;
}

const etagOf = (body: Buffer) => `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;

async function serve(feeds: readonly ServedFeed[]): Promise<TestServer> {
  const byPath = new Map(feeds.map((feed) => [`/${feed.id}`, feed]));
  return await startServer(({ path, headers }, response) => {
    const feed = byPath.get(path);
    if (!feed) return void response.writeHead(404).end();
    const etag = etagOf(feed.body);
    if (headers['if-none-match'] === undefined) feed.unconditional += 1;
    if (headers['if-none-match'] === etag) {
      feed.notModified += 1;
      return void response.writeHead(304, { etag }).end();
    }
    feed.changed += 1;
    response
      .writeHead(200, { etag, ...(feed.contentType && { 'content-type': feed.contentType }) })
      .end(feed.body);
  });
}

(hasCorpus ? describe : describe.skip)(
  '200 real feeds over HTTP (skipped where ../shared/corpus is absent)',
  () => {
    let feeds: ServedFeed[];
    let origin: TestServer;
    let receiver: Receiver;
    let world: DaemonFolder;

    beforeAll(async () => {
      feeds = chooseFeeds();
      origin = await serve(feeds);
      receiver = await Receiver.start({ clock: systemClock, secret });
      world = await daemonFolder(
        loopbackConfig({
          interval: '1s',
          // Their ttl, sy and skipHours would make the test as slow as the feeds.
          feeds: feeds.map(({ id }) => ({ id, url: `${origin.url}/${id}`, documentHints: false })),
          endpoints: [{ id: 'app', url: receiver.url, secret }],
          more: {
            origins: { [`127.0.0.1:${origin.port}`]: { scope: 'host', gap: '0s', concurrency: 8 } },
          },
        }),
      );
    }, 60_000);

    afterAll(async () => {
      await world[Symbol.asyncDispose]();
      await receiver.close();
      await origin.close();
    });

    test('each entry published after the baseline arrives exactly once, signed; one unconditional GET a feed, then 304s', async () => {
      expect(feeds).toHaveLength(wanted);
      const daemon = await world.start();
      await until(
        () => feeds.every((feed) => feed.notModified > 0),
        'each feed has its baseline and a 304',
        60_000,
      );
      expect(receiver.arrivals).toHaveLength(0);

      const published: string[] = [];
      for (let round = 1; round <= rounds; round++) {
        for (const feed of feeds) {
          const number = `${feed.id}.${round}`;
          feed.body = withEntry(feed.body, number) ?? feed.body;
          published.push(`Published ${number}`);
        }
        await until(() => receiver.arrivals.length >= published.length, `round ${round} has arrived`, 60_000);
      }
      const seen = feeds.map((feed) => feed.notModified);
      await until(
        () => feeds.every((feed, index) => feed.notModified > (seen[index] ?? 0)),
        'each feed is quiet again',
        60_000,
      );
      expect(await daemon.stop()).toEqual({ code: 0, signal: null });

      const titles = receiver.arrivals.map(({ event }) => event?.data?.entry?.title);
      expect(titles.toSorted()).toEqual(published.toSorted());
      expect(receiver.arrivals.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
      expect(new Set(receiver.arrivals.map(({ webhookId }) => webhookId)).size).toBe(published.length);
      expect(feeds.filter(({ unconditional }) => unconditional !== 1).map(({ id }) => id)).toEqual([]);
      expect(feeds.filter(({ changed }) => changed !== 1 + rounds).map(({ id }) => id)).toEqual([]);
    }, 180_000);
  },
);
