// Every term that can ask for a wait is shown with what said so, and the one that is shown to decide is the one that did.

import { describe, expect, test } from '@jest/globals';
import type { DocumentHints, FeedState } from '../../src/model/feed.ts';
import type { PollTerms } from '../../src/model/poll.ts';
import { deciding, type Explained, explain, nameOf } from '../../src/schedule/explain.ts';
import type { PollPlan } from '../../src/schedule/longest-wait.ts';
import { nextPoll, nextPollSteps } from '../../src/schedule/next-poll.ts';
import { documentedCases } from './documented-cases.ts';

const minute = 60_000;
const hour = 60 * minute;
const endedAt = Date.parse('2026-11-20T09:00:00Z');

interface Given {
  readonly terms?: Partial<PollTerms>;
  readonly hints?: DocumentHints;
  readonly plan?: Partial<PollPlan>;
  readonly state?: Partial<FeedState>;
}

function asked({ terms, hints = {}, plan, state }: Given) {
  const planned: PollPlan = { feedId: 'log', defaultIntervalMs: hour, documentHints: true, ...plan };
  const all: PollTerms = { endedAt, hasValidators: true, ...terms };
  const failures = state?.failures ?? 0;
  const gone = state?.lastPoll?.outcome === 'gone';
  const next = nextPoll({ plan: planned, terms: all, hints, failures, gone, parkedAt: state?.parkedAt });
  const stored = { feedId: 'log', nextPoll: next, terms: all, failures, ...state } as FeedState;
  return { plan: planned, state: stored, hints };
}

const row = ({ terms }: Explained, name: string) => terms.find(({ term }) => term === name);

describe('the cases of docs/http.md are explained as they are decided', () => {
  test.each(documentedCases.map((each) => [each.name, each] as const))('%s', (_name, { input, reason }) => {
    const { poll } = nextPollSteps(input);
    const state = {
      feedId: 'news',
      nextPoll: poll,
      terms: input.terms,
      failures: input.failures,
      ...(input.gone && { lastPoll: { outcome: 'gone' } }),
      ...(input.parkedAt !== undefined && { parkedAt: input.parkedAt }),
    } as FeedState;
    const explained = explain({ plan: input.plan, state, hints: input.hints });
    expect(explained).toMatchObject({ nextPoll: poll, origin: 'terms' });
    expect(explained.terms.filter(({ decides }) => decides)).toMatchObject([
      { term: nameOf(poll.reason), saidBy: expect.any(String) },
    ]);
    expect(deciding(explained)?.askedMs !== undefined).toBe(reason.endsWith('-capped'));
  });
});

describe('each term names what says so', () => {
  test.each<[string, Given, string, string]>([
    ['the default interval', {}, 'interval', 'defaults.interval: 1h'],
    ['an interval of the feed', { plan: { intervalMs: 90 * minute } }, 'interval', 'interval: 1h30m'],
    [
      'a feed without validators',
      { terms: { hasValidators: false } },
      'no-validators',
      'neither ETag nor Last-Modified in the last 200',
    ],
    [
      'max-age, by the header as it came',
      {
        terms: {
          freshnessMs: hour,
          freshnessSource: 'max-age',
          said: { freshness: 'Cache-Control: Max-Age = 3600' },
        },
      },
      'max-age',
      'Cache-Control: Max-Age = 3600',
    ],
    [
      'a lifetime that an older version stored',
      { terms: { freshnessMs: hour, freshnessSource: 'expires' } },
      'expires',
      'Expires',
    ],
    [
      'Retry-After',
      { terms: { retryAfterMs: hour, said: { retryAfter: 'Retry-After: 3600' } } },
      'retry-after',
      'Retry-After: 3600',
    ],
    [
      'a quota',
      { terms: { rateLimitMs: hour, said: { rateLimit: 'X-RateLimit-Reset: 3600' } } },
      'rate-limit',
      'X-RateLimit-Reset: 3600',
    ],
    ['ttl', { hints: { ttlMinutes: 1440 } }, 'ttl', '<ttl>1440</ttl>'],
    ['sy', { hints: { syMinutes: 30 } }, 'sy', 'sy:updatePeriod, every 30 min'],
    [
      'a hint that is switched off',
      { hints: { ttlMinutes: 1440 }, plan: { documentHints: false } },
      'ttl',
      '<ttl>1440</ttl>, not followed: documentHints: false',
    ],
    [
      'failures',
      { state: { failures: 4, lastPoll: { outcome: 'failed', code: 'http-503' } as never } },
      'failure-backoff',
      '4 in a row, last http-503',
    ],
    [
      'a 410',
      { state: { failures: 1, gone: { since: endedAt, count: 1 }, lastPoll: { outcome: 'gone' } as never } },
      'gone-check',
      '410, 1 in a row',
    ],
    [
      'a schedule',
      { plan: { schedule: { expression: '0 12 * * *', timezone: 'Europe/Berlin' } } },
      'schedule',
      'schedule: 0 12 * * *, Europe/Berlin',
    ],
    ['skipped hours', { hints: { skipHours: [1, 10] } }, 'skip-hours', '<skipHours> 1, 10 GMT'],
    ['skipped days', { hints: { skipDays: [0, 6] } }, 'skip-days', '<skipDays> Sunday, Saturday GMT'],
    [
      'a parked feed',
      { state: { failures: 3, parkedAt: endedAt, gone: { since: endedAt, count: 3 } } },
      'parked',
      '410, 3 in a row, parked since 2026-11-20T09:00:00.000Z',
    ],
  ])('%s', (_name, given, term, saidBy) => {
    expect(row(explain(asked(given)), term)).toMatchObject({ saidBy });
  });

  test('one that asks for nothing is listed, with no wait and nobody who said so', () => {
    expect(row(explain(asked({})), 'retry-after')).toEqual({
      term: 'retry-after',
      waitMs: 0,
      decides: false,
    });
  });

  test('one that a cap cut shows what was asked for', () => {
    const given = asked({ terms: { freshnessMs: 365 * 24 * hour, freshnessSource: 'max-age' } });
    expect(deciding(explain(given))).toMatchObject({ waitMs: 168 * hour, askedMs: 365 * 24 * hour });
  });

  test('a wait and its end are counted from the end of the answer, and the jitter stands apart', () => {
    const given = asked({});
    const { jitterMs, nextPoll: next } = explain(given);
    expect(row(explain(given), 'interval')).toMatchObject({ waitMs: hour, until: endedAt + hour });
    expect(next.at).toBe(endedAt + hour + jitterMs);
  });
});

describe('the lane', () => {
  const refused = (until: number) =>
    ({
      ...asked({ terms: { retryAfterMs: until - endedAt } }).state,
      feedId: 'other',
      lastPoll: { status: 429 },
    }) as FeedState;

  test('that is held longer than the feed waits decides', () => {
    const given = asked({});
    const explained = explain({ ...given, lane: [given.state, refused(endedAt + 5 * hour)] });
    expect(explained.nextPoll).toEqual({ at: endedAt + 5 * hour, reason: 'lane' });
    expect(deciding(explained)).toMatchObject({
      term: 'lane',
      saidBy: expect.stringContaining('refused feed other'),
    });
  });

  test('that is free before leaves the decision alone', () => {
    const given = asked({});
    const explained = explain({ ...given, lane: [given.state, refused(endedAt + 5 * minute)] });
    expect(explained.nextPoll).toEqual(given.state.nextPoll);
    expect(row(explained, 'lane')).toBeUndefined();
  });
});

describe('a stored time that does not follow from the terms is told from one that does:', () => {
  const later = { at: endedAt + 9 * hour, reason: 'interval' as const };
  test.each<[string, Partial<FeedState>, boolean, Explained['origin']]>([
    ['a request that was cut off', { nextPoll: later, requestedAt: endedAt + 1 }, false, 'cut-off'],
    ['another feed with the same URL', { nextPoll: later, requestedAt: endedAt - 1 }, true, 'same-url'],
    ['a plan that was changed', { nextPoll: later }, false, 'changed-plan'],
    ['none of these', {}, true, 'terms'],
  ])('%s', (_name, state, isShared, origin) => {
    const given = asked({});
    expect(explain({ ...given, state: { ...given.state, ...state }, isShared }).origin).toBe(origin);
  });

  test('a feed whose first request was cut off has no terms at all', () => {
    const { terms: _, ...state } = asked({}).state;
    expect(explain({ ...asked({}), state })).toEqual({
      nextPoll: state.nextPoll,
      origin: 'cut-off',
      terms: [],
      jitterMs: 0,
    });
  });
});
