// The first document of a feed whose memory went with an emptied store.

import { describe, expect, test } from '@jest/globals';
import type { FeedMemory } from '../../src/model/feed.ts';
import type { FetchedDocument } from '../../src/model/poll.ts';
import { learn } from '../../src/poll/learn.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { polledFeed } from '../support/polled-feed.ts';

const tools = {
  clock: new FakeClock(),
  limits: { maxDepth: 100, maxReferences: 1000, maxTags: 10_000, maxEntries: 1000 },
  floodLimit: 50,
};
const url = 'https://example.org/feed';
const feed = { ...polledFeed({ id: 'log', url }), initial: 'all' as const };
const empty: FeedMemory = { feedId: 'log', hints: {}, entries: new Map(), sequence: 0, outbox: [] };

function documentOf(...ids: string[]): FetchedDocument {
  const items = ids.map((id) => `<item><guid isPermaLink="false">${id}</guid><title>${id}</title></item>`);
  const xml = `<rss version="2.0"><channel><title>Log</title>${items.join('')}</channel></rss>`;
  return {
    kind: 'document',
    status: 200,
    url,
    hops: [],
    figures: {
      exchanges: [],
      requests: 1,
      conditional: false,
      wireBytes: xml.length,
      decodedBytes: xml.length,
      durationMs: 1,
    },
    terms: { endedAt: tools.clock.now() },
    body: Buffer.from(xml),
    contentType: 'application/rss+xml',
    validators: { url, etag: '"1"' },
  };
}

describe('a feed that begins silently', () => {
  test('announces nothing of its first document, whatever `initial` says, and what comes next', () => {
    const first = learn(feed, { ...empty, beginsSilently: true }, documentOf('a', 'b'), tools);
    expect([first.events, first.memory?.entries.size]).toEqual([[], 2]);
    expect(first.memory).not.toHaveProperty('beginsSilently');
    const second = learn(feed, first.memory ?? empty, documentOf('c', 'a', 'b'), tools);
    expect(second.events.map(({ type }) => type)).toEqual(['entry.new']);
  });

  test('still begins silently after an answer that taught nothing', () => {
    const failed = learn(
      feed,
      { ...empty, beginsSilently: true },
      { ...documentOf(), body: Buffer.from('<html>') },
      tools,
    );
    expect([failed.outcome, failed.memory]).toEqual(['failed', undefined]);
  });

  test('is no feed that was never polled: that one announces what `initial` says', () => {
    expect(learn(feed, empty, documentOf('a', 'b'), tools).events).toHaveLength(2);
  });
});
