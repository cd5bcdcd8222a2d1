// What the score counts of archives (RFC 5005): every request, none of them as an addition if a document led to it.

import { expect, test } from '@jest/globals';
import type { FeedState } from '../../src/model/feed.ts';
import type { Exchange, FetchedFeed } from '../../src/model/poll.ts';
import { scoreAfter } from '../../src/schedule/score.ts';

const feedUrl = 'https://example.org/feed';
const at = (path: string, more: Partial<Exchange> = {}): Exchange => ({
  url: `https://example.org${path}`,
  startedAt: 1_000,
  endedAt: 1_000,
  sent: {},
  status: 200,
  ...more,
});

function scoreOf(named: readonly string[], exchanges: readonly Exchange[]) {
  const document = at('/feed', { sent: { ifNoneMatch: '"a"' }, received: { etag: '"b"' } });
  const archives = { exchanges, requests: exchanges.length, wireBytes: 0, named };
  const fetched = { figures: { exchanges: [document], archives }, hops: [], url: feedUrl };
  const before = { feedId: 'log', failures: 0 } as unknown as FeedState;
  return scoreAfter(
    before,
    { validators: { url: feedUrl, etag: '"a"' } },
    fetched as unknown as FetchedFeed,
    {
      configuredUrl: feedUrl,
      outcome: 'updated',
    },
  );
}

const named = ['https://example.org/a1', 'https://example.org/a0'];

test.each<[string, readonly Exchange[], object]>([
  ['archives that were named', [at('/a1'), at('/a0')], { unconditional: 2, additions: 0 }],
  [
    'one that redirects',
    [at('/a1', { status: 302 }), at('/moved'), at('/a0')],
    { unconditional: 3, additions: 0 },
  ],
  ['one that nobody named', [at('/a1'), at('/page/2')], { unconditional: 2, additions: 1 }],
  ['the same one again with credentials', [at('/a1', { status: 401 }), at('/a1')], { additions: 0 }],
  [
    'one with a cookie and validators of its own making',
    [at('/a1', { sent: { ifNoneMatch: '"a"', improper: ['cookie'] } })],
    { madeUp: 1, cookies: 1, conditional: 2 },
  ],
])('%s', (_name, exchanges, counts) => {
  const score = scoreOf(named, exchanges);
  expect(score).toMatchObject({ requests: 1 + exchanges.length, good: 1, ...counts });
});

test('what an archive gave is not taken for what the feed gave', () => {
  const archive = at('/a1', { received: { etag: '"archive"' } });
  expect(scoreOf(named, [archive]).given).toEqual(scoreOf(named, []).given);
});
