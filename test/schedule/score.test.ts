import { describe, expect, test } from '@jest/globals';
import type { FeedState, PollScore } from '../../src/model/feed.ts';
import type { Exchange, FetchedFeed, PollOutcome, PollTerms, Validators } from '../../src/model/poll.ts';
import { laneScore, type ScoreContext, scoreAfter } from '../../src/schedule/score.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const start = Date.parse('2026-11-20T09:00:00Z');
const url = 'https://example.org/feed';
const date = 'Fri, 20 Nov 2026 06:00:00 GMT';
const clean = {
  outOfSequence: 0,
  madeUp: 0,
  early: 0,
  insideRetryAfter: 0,
  additions: 0,
  cookies: 0,
  referrers: 0,
};

type Step = Partial<Omit<Exchange, 'startedAt' | 'endedAt'>> & { readonly takesMs?: number };

interface Poll {
  /** From the end of the poll before. */
  readonly afterMs?: number;
  readonly steps: readonly Step[];
  readonly outcome?: PollOutcome;
  readonly terms?: Partial<PollTerms>;
  readonly known?: Validators;
  readonly context?: Partial<ScoreContext>;
  readonly adopted?: string;
}

/** Lets one feed live through these polls, and returns its state after the last one. */
function live(polls: readonly Poll[], first: Partial<FeedState> = {}): FeedState {
  let state = { feedId: 'log', failures: 0, nextPoll: { at: 0, reason: 'start' }, ...first } as FeedState;
  let now = start;
  for (const poll of polls) {
    now += poll.afterMs ?? hourMs;
    const exchanges = poll.steps.map(({ takesMs = 0, ...step }): Exchange => {
      const startedAt = now;
      now += takesMs;
      return { url, startedAt, endedAt: now, sent: {}, status: 304, ...step };
    });
    const last = exchanges.at(-1);
    const hops = exchanges.slice(0, -1).map((hop) => ({ url: hop.url, status: hop.status ?? 0 }));
    const outcome = poll.outcome ?? (last?.status === 304 ? 'notModified' : 'unchanged');
    const fetched = { figures: { exchanges }, hops, url: last?.url ?? url } as unknown as FetchedFeed;
    const before = poll.adopted ? { ...state, adopted: { url: poll.adopted, at: start } } : state;
    const score = scoreAfter(before, poll.known ? { validators: poll.known } : {}, fetched, {
      configuredUrl: url,
      outcome,
      ...poll.context,
    });
    state = {
      ...before,
      score,
      terms: { endedAt: now, hasValidators: true, ...poll.terms },
      lastPoll: {
        startedAt: now,
        endedAt: now,
        outcome,
        url: last?.url ?? url,
        hops,
        events: 0,
        wireBytes: 0,
      },
    };
  }
  return state;
}

function scoreOf(polls: readonly Poll[], first?: Partial<FeedState>): PollScore {
  const { score } = live(polls, first);
  if (!score) throw new Error('nothing was counted');
  return score;
}

const document = (etag?: string, lastModified?: string): Step => ({
  status: 200,
  received: { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) },
});
const asked = (ifNoneMatch?: string, ifModifiedSince?: string, more: Step = {}): Step => ({
  sent: {
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(ifModifiedSince !== undefined && { ifModifiedSince }),
  },
  ...more,
});
const one = (step: Step, more: Partial<Poll> = {}): Poll => ({ steps: [step], ...more });
const subscribed = one(document('"a"', date));

describe('the score of a feed', () => {
  test('a polite one has one unconditional request, good validators and nothing else', () => {
    expect(scoreOf([subscribed, one(asked('"a"', date)), one(asked('"a"', date))])).toMatchObject({
      ...clean,
      requests: 3,
      conditional: 2,
      unconditional: 1,
      good: 4,
      shortestGapMs: hourMs,
    });
  });

  const second = one(asked('"a"', date, document('"b"', date)));
  const many = Array.from({ length: 11 }, (_none, at) => one(document(`"${at}"`)));
  test.each<[string, Poll[], { good: number; outOfSequence: number; madeUp: number }]>([
    ['the last pair', [subscribed, one(asked('"a"', date))], { good: 2, outOfSequence: 0, madeUp: 0 }],
    [
      'the tag before the last',
      [subscribed, second, one(asked('"a"', date))],
      { good: 3, outOfSequence: 1, madeUp: 0 },
    ],
    [
      'a quoted tag that had no quotes',
      [one(document('a')), one(asked('"a"'))],
      { good: 0, outOfSequence: 0, madeUp: 1 },
    ],
    [
      'a date of its own',
      [one(document('"a"')), one(asked('"a"', date))],
      { good: 1, outOfSequence: 0, madeUp: 1 },
    ],
    ['anything at the first request', [one(asked('"a"'))], { good: 0, outOfSequence: 0, madeUp: 1 }],
    [
      'a tag that the last document lacks',
      [subscribed, one(asked('"a"', date, document(undefined, date))), one(asked('"a"', date))],
      { good: 3, outOfSequence: 1, madeUp: 0 },
    ],
    [
      'what a 304 carried',
      [subscribed, one(asked('"a"', date, { received: { etag: 'W/"a"' } })), one(asked('W/"a"', date))],
      { good: 4, outOfSequence: 0, madeUp: 0 },
    ],
    [
      'the tag of a page that was no feed',
      [subscribed, one(asked('"a"', date, document('"h"')), { outcome: 'failed' }), one(asked('"h"', date))],
      { good: 3, outOfSequence: 0, madeUp: 1 },
    ],
    [
      'the good pair after a page that was no feed',
      [subscribed, one(asked('"a"', date, document('"h"')), { outcome: 'failed' }), one(asked('"a"', date))],
      { good: 4, outOfSequence: 0, madeUp: 0 },
    ],
    [
      'an empty field that came empty',
      [one(document('')), one(asked(''))],
      { good: 0, outOfSequence: 0, madeUp: 1 },
    ],
    [
      'one of the eight before the last',
      [...many, one(asked('"2"'))],
      { good: 0, outOfSequence: 1, madeUp: 0 },
    ],
    ['one that is older than eight', [...many, one(asked('"1"'))], { good: 0, outOfSequence: 0, madeUp: 1 }],
    [
      'the pair of another URL',
      [subscribed, one(asked('"a"', undefined, { url: 'https://mirror.example/feed' }))],
      { good: 0, outOfSequence: 0, madeUp: 1 },
    ],
  ])('counts %s', (_name, polls, counts) => {
    expect(scoreOf(polls)).toMatchObject(counts);
  });

  test.each<[string, Poll, number, number]>([
    ['before max-age is over', one(document(), { terms: { freshnessMs: 2 * hourMs } }), 1, 0],
    ['when max-age is over', one(document(), { terms: { freshnessMs: hourMs } }), 0, 0],
    [
      'inside Retry-After',
      one({ status: 429 }, { outcome: 'failed', terms: { retryAfterMs: 2 * hourMs } }),
      0,
      1,
    ],
    [
      'when Retry-After is over',
      one({ status: 429 }, { outcome: 'failed', terms: { retryAfterMs: hourMs } }),
      0,
      0,
    ],
  ])('counts a request %s', (_name, poll, early, insideRetryAfter) => {
    expect(scoreOf([poll, one(asked())])).toMatchObject({ early, insideRetryAfter });
  });

  test('no hint of more than a week is counted', () => {
    const years = one(document(), { terms: { freshnessMs: 3650 * dayMs, retryAfterMs: 3650 * dayMs } });
    expect(scoreOf([years, one(asked(), { afterMs: 7 * dayMs })])).toMatchObject(clean);
    expect(scoreOf([years, one(asked(), { afterMs: 7 * dayMs - 1 })])).toMatchObject({
      early: 1,
      insideRetryAfter: 1,
    });
  });

  test('a clock that was set back makes no request early where nothing was asked for', () => {
    expect(scoreOf([subscribed, one(asked(), { afterMs: -hourMs })])).toMatchObject(clean);
  });

  test('what one URL asked for does not count against another', () => {
    const adopted = 'https://new.example/feed';
    const moved = one({ ...document(), url: adopted }, { adopted, terms: { freshnessMs: dayMs } });
    expect(scoreOf([moved, one(asked(), { adopted })])).toMatchObject({ ...clean, requests: 2 });
  });

  test('the shortest gap is from the end of an answer to the next request for the same URL', () => {
    const polls = [
      one(document(), { steps: [{ ...document(), takesMs: 60_000 }] }),
      one(asked()),
      one(asked(), { afterMs: 50_000 }),
    ];
    expect(scoreOf(polls).shortestGapMs).toBe(50_000);
    expect(scoreOf([subscribed])).not.toHaveProperty('shortestGapMs');
    expect(scoreOf([subscribed, one(asked(), { afterMs: -5 })])).not.toHaveProperty('shortestGapMs');
  });

  test('the same request once more, after a challenge or on a fresh connection, is a request but no gap', () => {
    const challenged = { steps: [asked('"a"', date, { status: 401 }), asked('"a"', date)] };
    const { requests, shortestGapMs, ...others } = scoreOf([
      { ...subscribed, terms: { freshnessMs: hourMs } },
      challenged,
    ]);
    expect([requests, shortestGapMs]).toEqual([3, hourMs]);
    expect(others).toMatchObject(clean);
  });

  describe('additions', () => {
    const target = 'https://www.example.org/feed';
    test.each<[string, Poll, number]>([
      ['the configured URL', one(document()), 0],
      [
        'the configured URL without its fragment',
        one(document(), { context: { configuredUrl: `${url}#top` } }),
        0,
      ],
      ['the adopted URL', one({ ...document(), url: target }, { adopted: target }), 0],
      ['where a redirect leads', { steps: [{ status: 302 }, { ...document(), url: target }] }, 0],
      ['a cache-buster', one({ ...document(), url: `${url}?_=1` }), 1],
      [
        'another URL after an answer that leads nowhere',
        { steps: [{ status: 404 }, { ...document(), url: target }] },
        1,
      ],
      [
        'another URL after no answer',
        { steps: [{ url, status: undefined } as never, { ...document(), url: target }] },
        1,
      ],
    ])('%s', (_name, poll, additions) => {
      expect(scoreOf([poll])).toMatchObject({ ...clean, additions });
    });
  });

  test('cookies and referrers are counted once a request', () => {
    const improper = ['cookie', 'referer', 'cache-control'];
    expect(scoreOf([one({ ...document(), sent: { improper } })])).toMatchObject({ cookies: 1, referrers: 1 });
  });

  const stored: Validators = { url, etag: '"new"' };
  test('a pair that was stored before the score began is good', () => {
    expect(scoreOf([one(asked('"new"'), { known: stored })])).toMatchObject({ ...clean, good: 1 });
  });

  test('so is one that was stored by a poll that a crash cut off, and only then', () => {
    const cut = one(asked('"new"'), { known: stored, context: { wasCutOff: true } });
    expect(scoreOf([subscribed, cut])).toMatchObject({ ...clean, good: 1 });
    expect(scoreOf([subscribed, one(asked('"new"'), { known: stored })])).toMatchObject({
      good: 0,
      madeUp: 1,
    });
  });

  test('a feed whose requests another one sends counts none, and believes what is stored when it asks again', () => {
    const shared: Poll = { steps: [], outcome: 'updated' };
    expect(scoreOf([subscribed, shared])).toMatchObject({ requests: 1 });
    expect(scoreOf([subscribed, shared, one(asked('"new"'), { known: stored })])).toMatchObject({
      ...clean,
      good: 1,
    });
  });

  test('it stays small however many validators it has seen', () => {
    const polls = Array.from({ length: 100 }, (_none, at) => one(document(`"${'x'.repeat(1000)}${at}"`)));
    expect(JSON.stringify(scoreOf(polls)).length).toBeLessThan(400);
  });
});

describe('the score of a lane', () => {
  test('adds up its feeds and has the shortest of their gaps', () => {
    const a = scoreOf([subscribed, one(asked('"a"', date))]);
    const b = scoreOf([one(document()), one(asked(), { afterMs: 60_000 })]);
    expect(laneScore([a, b])).toEqual({
      ...clean,
      requests: 4,
      conditional: 1,
      unconditional: 3,
      good: 2,
      shortestGapMs: 60_000,
    });
  });

  test('of no requests is nothing', () => {
    expect(laneScore([])).toMatchObject({ ...clean, requests: 0 });
    expect(laneScore([])).not.toHaveProperty('shortestGapMs');
  });
});
