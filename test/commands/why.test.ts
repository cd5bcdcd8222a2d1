// What `feedhook why` tells of a feed: each fact that decides about its polls, and what a person can do.

import { describe, expect, test } from '@jest/globals';
import { whyText } from '../../src/commands/why.ts';
import { type WhyFeed, whyReport } from '../../src/commands/why-report.ts';
import type { FeedMemory, FeedState } from '../../src/model/feed.ts';
import { nextPoll } from '../../src/schedule/next-poll.ts';
import { sourcesOf } from '../../src/schedule/source.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-11-20T09:00:00Z');
const url = 'https://example.org/feed';
const lane = { id: 'example.org', gapMs: 2_000, concurrency: 1 };

const feedOf = (id: string, more: Partial<WhyFeed> = {}): WhyFeed => ({
  id,
  url,
  plan: { feedId: id, defaultIntervalMs: hour, documentHints: true },
  ...more,
});

function stateOf(id: string, more: Partial<FeedState> = {}): FeedState {
  const terms = { endedAt: now - 60_000, hasValidators: true, ...more.terms };
  const { failures = 0, parkedAt } = more;
  return {
    feedId: id,
    url,
    failures,
    nextPoll: nextPoll({ plan: feedOf(id).plan, terms, hints: {}, failures, parkedAt }),
    totals: {} as FeedState['totals'],
    lastPoll: {
      startedAt: now - 61_000,
      endedAt: now - 60_000,
      outcome: 'unchanged',
      status: 200,
      url,
      hops: [],
      charset: { charset: 'utf-8', reason: 'http', recovered: false },
      entries: 20,
      events: 0,
      wireBytes: 4_000,
    },
    ...more,
    terms,
  };
}

interface Given {
  readonly feeds?: readonly WhyFeed[];
  readonly states?: readonly FeedState[];
  readonly memory?: Partial<FeedMemory>;
}

function reportOn({ feeds = [feedOf('log')], states = [], memory }: Given) {
  const [feed] = feeds;
  if (!feed) throw new Error('no feed');
  return whyReport({
    feed,
    sources: sourcesOf(
      feeds,
      (each) => each.url,
      () => lane,
    ),
    states: new Map(states.map((state) => [state.feedId, state])),
    memory: memory && ({ feedId: feed.id, hints: {}, ...memory } as FeedMemory),
    now,
  });
}

const why = (given: Given) => whyText(reportOn(given), now);

describe('feedhook why', () => {
  test('tells everything about a feed that is well', () => {
    const terms = {
      endedAt: now - 60_000,
      hasValidators: true,
      freshnessMs: 12 * hour,
      freshnessSource: 'max-age' as const,
      said: { freshness: 'Cache-Control: max-age=43200' },
    };
    const text = why({
      states: [stateOf('log', { terms })],
      memory: {
        hints: { ttlMinutes: 120 },
        validators: { url, etag: 'W/"abc', lastModified: 'Sat, 1 Jan 2000' },
      },
    });
    const due = '2026-11-20T21:07:52Z';
    expect(
      text.replaceAll(/2026-11-20T21:\d\d:\d\dZ/g, due).replace(/jitter adds \S+ \S+;/, 'jitter adds 9 min;'),
    ).toBe(
      `log: due in 12 h, at ${due}, because of max-age (Cache-Control: max-age=43200)
  to do         nothing: due ${due} because of max-age (Cache-Control: max-age=43200)
  url           https://example.org/feed
  last poll     60 s ago, at 2026-11-20T08:59:00Z: unchanged (200)
  charset       utf-8 (http)
  entries       20, 0 events
  validators    If-None-Match: W/"abc
  validators    If-Modified-Since: Sat, 1 Jan 2000
  lane          example.org: alone in it, 2 s apart, 1 at a time

  TERM             WAIT    CAPPED  UNTIL                 SAID BY
  interval         60 min          2026-11-20T09:59:00Z  defaults.interval: 1h
> max-age          12 h            2026-11-20T20:59:00Z  Cache-Control: max-age=43200
  ttl              2 h             2026-11-20T10:59:00Z  <ttl>120</ttl>
  sy               -               -                     -
  retry-after      -               -                     -
  rate-limit       -               -                     -
  failure-backoff  -               -                     -
  jitter adds 9 min; next poll ${due}`,
    );
  });

  const failed = {
    outcome: 'failed',
    status: 503,
    code: 'http-503',
    message: 'the origin answered 503',
  } as const;
  const lastPoll = stateOf('log').lastPoll as NonNullable<FeedState['lastPoll']>;
  test.each<[string, Given, (string | RegExp)[]]>([
    [
      'a feed that was never polled',
      {},
      ['log: not polled yet', 'feedhook poll log (while the daemon is stopped)'],
    ],
    [
      'a feed that fails',
      {
        states: [
          stateOf('log', {
            failures: 5,
            failingSince: now - 2 * day,
            errorSteps: 2,
            lastSuccessAt: now - 3 * day,
            lastPoll: { ...lastPoll, ...failed },
          }),
        ],
      },
      [
        'failed (503)',
        'failure       http-503: the origin answered 503',
        'failing       since 2026-11-18T09:00:00Z (2 d), 5 in a row, 2 of 3 feed.error sent',
        'last good     3 d ago',
        'because of failure-backoff (5 in a row, last http-503)',
        'docs/errors.md',
        'feedhook poll --force log',
      ],
    ],
    [
      'a feed whose URL is that of a page',
      {
        feeds: [feedOf('log', { url: 'https://example.org/?key=hunter2' })],
        states: [
          stateOf('log', {
            url: 'https://example.org/?key=hunter2',
            failures: 1,
            lastPoll: { ...lastPoll, outcome: 'failed', code: 'not-a-feed' },
          }),
        ],
      },
      [
        'with: feedhook discover https://example.org/?key=*** (put back the query values, which are hidden here); it is asked again',
      ],
    ],
    [
      'a feed whose origin asks for two days',
      {
        states: [
          stateOf('log', {
            failures: 1,
            terms: {
              endedAt: now - 60_000,
              hasValidators: true,
              retryAfterMs: 2 * day,
              said: { retryAfter: 'Retry-After: 172800' },
            },
            lastPoll: { ...lastPoll, ...failed },
          }),
        ],
      },
      [
        'nothing that would be polite',
        'because of retry-after (Retry-After: 172800)',
        '2026-11-22T08:59:00Z',
      ],
    ],
    [
      'a feed that is parked',
      {
        states: [
          stateOf('log', { failures: 3, parkedAt: now - hour, gone: { since: now - 2 * day, count: 3 } }),
        ],
      },
      [
        'log: parked since 2026-11-20T08:00:00Z',
        'wake it with: feedhook poll --force log',
        /> parked +for good +- +410, 3 in a row/,
        'next poll never',
      ],
    ],
    [
      'a feed that has moved for good',
      { states: [stateOf('log', { adopted: { url: 'https://new.example/feed', at: now - day } })] },
      [
        'asked at      https://new.example/feed, adopted 2026-11-19',
        'feeds.yaml    - { id: "log", url: "https://new.example/feed" }',
        'write its new url',
      ],
    ],
    [
      'a move that is not proven',
      {
        states: [
          stateOf('log', { pendingMove: { to: 'https://new.example/feed', since: now - day, polls: 2 } }),
        ],
      },
      ['moving to     https://new.example/feed, seen at 2 polls since 2026-11-19T09:00:00Z'],
    ],
    [
      'a move that only the document claims',
      { states: [stateOf('log')], memory: { claimedUrl: 'https://new.example/feed' } },
      ['claimed       https://new.example/feed: a document said that the feed lives there'],
    ],
    [
      'a redirect that was followed',
      {
        states: [
          stateOf('log', {
            lastPoll: { ...lastPoll, url: 'https://cdn.example/x', hops: [{ url, status: 302 }] },
          }),
        ],
      },
      ['redirect      302 from https://example.org/feed', 'redirect      to https://cdn.example/x'],
    ],
    [
      'a request that was cut off',
      {
        states: [
          stateOf('log', { requestedAt: now - 1_000, nextPoll: { at: now + hour, reason: 'interval' } }),
        ],
      },
      ['the last request was cut off'],
    ],
    [
      'a feed that is overdue',
      { states: [stateOf('log', { nextPoll: { at: now - hour, reason: 'interval' } })] },
      ['it is due'],
    ],
    [
      'a URL that was changed in feeds.yaml',
      { states: [stateOf('log', { url: 'https://old.example/feed', failures: 4, parkedAt: now })] },
      ['log: due now: its url was changed'],
    ],
    [
      'others that share its request',
      { feeds: [feedOf('log'), feedOf('log-2')], states: [stateOf('log')] },
      ['same request  log-2: one request for all', 'lane          example.org: with log-2'],
    ],
    [
      'a lane that another feed had refused',
      {
        feeds: [feedOf('log'), feedOf('other', { url: `${url}/other` })],
        states: [
          stateOf('log'),
          stateOf('other', {
            failures: 1,
            terms: { endedAt: now - 60_000, hasValidators: true, retryAfterMs: 5 * hour },
            lastPoll: { ...lastPoll, outcome: 'failed', status: 429 },
          }),
        ],
      },
      [
        'because of lane (the origin refused feed other',
        'with other, 2 s apart, 1 at a time, held until 2026-11-20T13:59:00Z',
        'nothing that would be polite',
      ],
    ],
    [
      'a feed that was never polled in a lane that is held',
      {
        feeds: [feedOf('log'), feedOf('other', { url: `${url}/other` })],
        states: [
          stateOf('other', {
            failures: 1,
            terms: { endedAt: now - 60_000, hasValidators: true, retryAfterMs: 5 * hour },
            lastPoll: { ...lastPoll, outcome: 'failed', status: 429 },
          }),
        ],
      },
      ['left alone until 2026-11-20T13:59:00Z'],
    ],
    [
      'an adopted URL that fails, which nobody should write into feeds.yaml',
      {
        states: [
          stateOf('log', {
            adopted: { url: 'https://new.example/feed', at: now - day },
            failures: 1,
            lastPoll: { ...lastPoll, ...failed },
          }),
        ],
      },
      ['to do         see what http-503 means'],
    ],
    [
      'validators that belong to where a redirect leads',
      { states: [stateOf('log')], memory: { validators: { url: 'https://cdn.example/x', etag: '"1"' } } },
      ['validators    only for https://cdn.example/x'],
    ],
    [
      'query values, which may be secret, masked',
      { feeds: [feedOf('log', { url: `${url}?token=hunter2` })] },
      ['url           https://example.org/feed?token='],
    ],
  ])('tells of %s', (_name, given, facts) => {
    const text = why(given);
    for (const fact of facts) {
      if (typeof fact === 'string') expect(text).toContain(fact);
      else expect(text).toMatch(fact);
    }
    expect(text).not.toContain('hunter2');
  });

  test('control characters of an origin do not reach the terminal', () => {
    const evil = '\u001b[31mred\u009b';
    const text = why({
      states: [
        stateOf('log', {
          terms: { endedAt: now, hasValidators: true, freshnessMs: day, said: { freshness: evil } },
          lastPoll: { ...lastPoll, outcome: 'failed', code: 'not-a-feed', message: evil },
        }),
      ],
      memory: { validators: { url, etag: evil } },
    });
    expect(text).not.toMatch(/[\u001b\u009b]/);
    expect(text).toContain('If-None-Match: \\u001b[31mred\\u009b');
  });

  test('--json holds the same, and survives JSON', () => {
    const report = reportOn({ states: [stateOf('log')], memory: { validators: { url, etag: '"1"' } } });
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({
      feedId: 'log',
      explained: { nextPoll: { reason: 'interval' }, origin: 'terms', terms: expect.any(Array) },
      validators: { etag: '"1"' },
      lane: { id: 'example.org', mates: [] },
      sameUrl: [],
    });
  });
});
