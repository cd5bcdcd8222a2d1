// What `feedhook status` puts first, what it adds up for the score, and which lanes it calls too full.

import { describe, expect, test } from '@jest/globals';
import { crowdedLanes } from '../../src/commands/crowded-lanes.ts';
import { scoreReport, scoreText } from '../../src/commands/score-table.ts';
import { worstFirst } from '../../src/commands/status.ts';
import { fromNow, when } from '../../src/commands/table.ts';
import type { FeedState, PollScore } from '../../src/model/feed.ts';
import type { PollPlan } from '../../src/schedule/longest-wait.ts';
import { sourcesOf } from '../../src/schedule/source.ts';

const minute = 60_000;
const hour = 60 * minute;

const stateOf = (more: Partial<FeedState>) => ({ failures: 0, ...more }) as FeedState;

describe('status', () => {
  test('lists parked feeds first, then failing ones, then the rest, each in the order of feeds.yaml', () => {
    const rows = [
      { id: 'well', state: stateOf({}) },
      { id: 'failing', state: stateOf({ failures: 1 }) },
      { id: 'new', state: undefined },
      { id: 'parked', state: stateOf({ failures: 3, parkedAt: 1 }) },
      { id: 'failing-too', state: stateOf({ failures: 9 }) },
    ];
    expect(worstFirst(rows).map(({ id }) => id)).toEqual(['parked', 'failing', 'failing-too', 'well', 'new']);
  });

  test('a time that never comes is a word, not a fault', () => {
    expect([fromNow(Number.POSITIVE_INFINITY, 0), when(Number.POSITIVE_INFINITY)]).toEqual([
      'never',
      'never',
    ]);
  });
});

const clean: PollScore = {
  requests: 10,
  conditional: 9,
  unconditional: 1,
  good: 9,
  outOfSequence: 0,
  madeUp: 0,
  early: 0,
  insideRetryAfter: 0,
  shortestGapMs: hour,
  additions: 0,
  cookies: 0,
  referrers: 0,
};

function scored(more: Partial<PollScore>, hasValidators = true) {
  const state = stateOf({ score: { ...clean, ...more }, terms: { endedAt: 0, hasValidators } });
  return { id: 'log', laneId: 'example.org', state };
}

describe('status --score', () => {
  test('adds a lane up from its feeds and keeps the shortest gap of any', () => {
    const other = { ...scored({ shortestGapMs: 5 * hour, early: 2 }), id: 'other' };
    const { lanes } = scoreReport([scored({}), other, { id: 'new', laneId: 'x', state: undefined }]);
    expect(lanes).toEqual([
      {
        id: 'example.org',
        score: { ...clean, requests: 20, conditional: 18, unconditional: 2, good: 18, early: 2 },
      },
      { id: 'x' },
    ]);
  });

  test('leaves out what only counts are made from', () => {
    const { feeds } = scoreReport([scored({ given: { url: 1 } })]);
    expect(feeds).toEqual([{ id: 'log', score: clean }]);
  });

  test.each<[string, Partial<PollScore>, string]>([
    ['validators out of sequence', { outOfSequence: 1 }, 'log: 1 validator out of sequence'],
    ['validators made up', { madeUp: 2 }, 'log: 2 validators made up'],
    ['requests that were early', { early: 3 }, 'log: 3 requests before max-age was over'],
    ['requests inside Retry-After', { insideRetryAfter: 4 }, 'log: 4 requests inside Retry-After'],
    ['additions', { additions: 5 }, 'log: 5 requests for another URL than the configured one'],
    ['cookies', { cookies: 6 }, 'log: 6 requests with a cookie'],
    ['referrers', { referrers: 7 }, 'log: 7 requests with a referrer'],
    ['a single request', { early: 1 }, 'log: 1 request before max-age was over'],
    [
      'requests less than an hour apart',
      { shortestGapMs: 5 * minute },
      'log: requests 5 min apart (strict publishers ask for 60 min)',
    ],
  ])('says that %s could be held against us', (_name, more, fault) => {
    expect(scoreReport([scored(more)]).heldAgainst).toEqual([fault]);
    expect(scoreText(scoreReport([scored(more)]))).toMatch(/\nAn origin could hold this against us: log: /);
  });

  test('asks for 24 h between the requests of a feed without validators', () => {
    expect(scoreReport([scored({}, false)]).heldAgainst).toEqual([
      'log: requests 60 min apart (strict publishers ask for 24 h)',
    ]);
  });

  test('says so when there is nothing, and shows a feed without a score as -', () => {
    const text = scoreText(scoreReport([scored({}), { id: 'new', laneId: 'x', state: undefined }]));
    expect(text).toMatch(/\nlog +10 +9 +1 +9 +0 +0 +0 +0 +60 min +0 +0 +0\nnew +-( +-){11}\n/);
    expect(text).toMatch(/\nNothing was counted that an origin could hold against us\.$/);
  });
});

describe('a lane is called too full', () => {
  const plan = (feedId: string): PollPlan => ({ feedId, defaultIntervalMs: hour, documentHints: true });
  const sources = (count: number, gapMs: number, url = (id: string) => `https://example.org/${id}`) =>
    sourcesOf(
      Array.from({ length: count }, (_, index) => ({ id: `f${index}`, plan: plan(`f${index}`), url: '' })),
      ({ id }) => url(id),
      () => ({ id: 'example.org', gapMs, concurrency: 1 }),
    );

  test('when its requests take longer than their intervals', () => {
    expect(crowdedLanes(sources(61, minute), new Map())).toEqual([
      { laneId: 'example.org', requests: 61, gapMs: minute, roundMs: 61 * minute },
    ]);
  });

  test.each([
    ['just fits', sources(60, minute), new Map<string, FeedState>()],
    ['has no gap', sources(5_000, 0), new Map<string, FeedState>()],
    [
      'has one request for many feeds',
      sources(500, minute, () => 'https://example.org/one'),
      new Map<string, FeedState>(),
    ],
    [
      'has feeds without validators, once a day each',
      sources(1_000, minute),
      new Map(
        Array.from({ length: 1_000 }, (_, index) => [
          `f${index}`,
          stateOf({ terms: { endedAt: 0, hasValidators: false } }),
        ]),
      ),
    ],
  ])('but not when it %s', (_name, given, states) => {
    expect(crowdedLanes(given, states)).toEqual([]);
  });
});
