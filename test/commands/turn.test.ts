// When a feed may be polled by hand and what that overrides: the waits of the origin hold for the whole lane, and no
// flag breaks them.

import { describe, expect, test } from '@jest/globals';
import { decideTurn, decideTurns, gapEnd, type Turn } from '../../src/commands/turn.ts';
import type { DocumentHints, FeedState } from '../../src/model/feed.ts';
import type { PollTerms } from '../../src/model/poll.ts';
import type { PollPlan } from '../../src/schedule/longest-wait.ts';
import { nextPoll } from '../../src/schedule/next-poll.ts';

const minute = 60_000;
const hour = 60 * minute;
/** A Friday. */
const now = Date.parse('2026-11-20T09:00:00Z');

interface Stored extends Partial<PollTerms> {
  readonly id?: string;
  readonly status?: number;
  readonly failures?: number;
  readonly parkedAt?: number;
  readonly hints?: DocumentHints;
  readonly plan?: Partial<PollPlan>;
}

const planOf = (feedId: string, more: Partial<PollPlan> = {}): PollPlan => ({
  feedId,
  defaultIntervalMs: hour,
  documentHints: true,
  ...more,
});

/** A feed whose last answer ended a second ago. */
function stored({ id = 'log', status = 200, failures = 0, parkedAt, hints = {}, plan, ...terms }: Stored) {
  const all: PollTerms = { endedAt: now - 1_000, hasValidators: true, ...terms };
  const outcome = status === 410 ? 'gone' : failures > 0 ? 'failed' : 'unchanged';
  return {
    feedId: id,
    nextPoll: nextPoll({
      plan: planOf(id, plan),
      terms: all,
      hints,
      failures,
      parkedAt,
      gone: status === 410,
    }),
    terms: all,
    failures,
    lastPoll: { status, outcome, ...(failures > 0 && { code: `http-${status}` }) },
    ...(parkedAt !== undefined && { parkedAt, gone: { since: parkedAt, count: 3 } }),
  } as FeedState;
}

function turn(own: Stored | undefined, lane: readonly FeedState[] = [], more: Partial<Turn> = {}): Turn {
  const state = own && stored(own);
  return {
    plan: planOf('log', own?.plan),
    hints: own?.hints ?? {},
    own: state,
    lane: state ? [state, ...lane] : lane,
    ...more,
  };
}

describe('a poll by hand', () => {
  test.each<[string, Turn, string | undefined]>([
    ['a feed that was never polled', turn(undefined), undefined],
    ['one that is due', turn({ endedAt: now - 2 * hour }), undefined],
    [
      'one that is not due, with its term, the key and the time',
      turn({}),
      'because of interval (defaults.interval: 1h); --force polls now',
    ],
    [
      'one that is fresh, with the header as it came',
      turn({
        freshnessMs: 12 * hour,
        freshnessSource: 'max-age',
        said: { freshness: 'Cache-Control: max-age=43200' },
      }),
      'because of max-age (Cache-Control: max-age=43200); --force',
    ],
    [
      'one whose document asks for time',
      turn({ hints: { ttlMinutes: 180 } }),
      'because of ttl (<ttl>180</ttl>); --force',
    ],
    [
      'one that is parked',
      turn({ parkedAt: now, status: 410, failures: 3 }),
      'parked since 2026-11-20T09:00:00Z',
    ],
    [
      'one whose URL was changed, whatever the old one asked for',
      turn({ freshnessMs: 9 * hour }, [], { isOfOtherUrl: true }),
      undefined,
    ],
  ])('%s', (_name, given, why) => {
    const decision = decideTurn(given, false, now);
    expect(decision).toEqual(
      why === undefined
        ? { mayPoll: true, overrides: [] }
        : { mayPoll: false, why: expect.stringContaining(why) },
    );
  });

  test('names the time at which the feed is due', () => {
    const decision = decideTurn(turn({ plan: { intervalMs: 2 * hour } }), false, now);
    expect(decision).toMatchObject({
      why: expect.stringMatching(/^due in 2 h, at 2026-11-20T1[01]:\d\d:\d\dZ /),
    });
  });
});

describe('--force', () => {
  test.each<[string, Turn, unknown[]]>([
    ['a feed that was never polled: nothing', turn(undefined), []],
    ['one that is due: nothing', turn({ endedAt: now - 2 * hour }), []],
    ['the interval', turn({}), ['interval until 2026-11-20T09:59:59Z (defaults.interval: 1h)']],
    [
      "the feed's own interval",
      turn({ plan: { intervalMs: 2 * hour } }),
      ['interval until 2026-11-20T10:59:59Z (interval: 2h)'],
    ],
    [
      'max-age and the interval',
      turn({
        freshnessMs: 12 * hour,
        freshnessSource: 'max-age',
        said: { freshness: 'Cache-Control: max-age=43200' },
      }),
      [
        'interval until 2026-11-20T09:59:59Z (defaults.interval: 1h)',
        'max-age until 2026-11-20T20:59:59Z (Cache-Control: max-age=43200)',
      ],
    ],
    [
      'max-age alone, once the interval is over',
      turn({ endedAt: now - 2 * hour, freshnessMs: 12 * hour, freshnessSource: 'expires' }),
      ['expires until 2026-11-20T19:00:00Z (Expires)'],
    ],
    [
      'the 24 h of a feed without validators',
      turn({ hasValidators: false }),
      ['no-validators until 2026-11-21T08:59:59Z (neither ETag nor Last-Modified in the last 200)'],
    ],
    [
      'the hints of the document',
      turn({ endedAt: now - 2 * hour, hints: { ttlMinutes: 180, syMinutes: 240 } }),
      [
        'ttl until 2026-11-20T10:00:00Z (<ttl>180</ttl>)',
        'sy until 2026-11-20T11:00:00Z (sy:updatePeriod, every 240 min)',
      ],
    ],
    [
      'the backoff after failures',
      turn({ endedAt: now - 2 * hour, status: 500, failures: 4 }),
      ['failure-backoff until 2026-11-20T11:00:00Z (4 in a row, last http-500)'],
    ],
    [
      'the wait after a 410',
      turn({ endedAt: now - 2 * hour, status: 410, failures: 1, gone: true }),
      ['gone-check until 2026-11-20T19:00:00Z (410)'],
    ],
    [
      'the schedule',
      turn({ endedAt: now - 2 * hour, plan: { schedule: { expression: '0 12 * * *', timezone: 'UTC' } } }),
      ['schedule until 2026-11-20T12:00:00Z (schedule: 0 12 * * *, UTC)'],
    ],
    [
      'the hours that the document leaves out',
      turn({ endedAt: now - 2 * hour, hints: { skipHours: [9] } }),
      ['skip-hours until 2026-11-20T10:00:00Z'],
    ],
    [
      'the days that the document leaves out',
      turn({ endedAt: now - 2 * hour, hints: { skipDays: [5] } }),
      [expect.stringMatching(/^skip-days until 2026-11-21T00:\d\d:\d\dZ \(<skipDays> Friday GMT\)$/)],
    ],
    [
      'nothing of hints that are switched off',
      turn({
        endedAt: now - 2 * hour,
        hints: { skipHours: [9], ttlMinutes: 900 },
        plan: { documentHints: false },
      }),
      [],
    ],
    [
      'that a feed is parked',
      turn({ endedAt: now - 90 * hour, parkedAt: now, status: 410, failures: 3, gone: true }),
      ['parked since 2026-11-20T09:00:00Z (410)'],
    ],
  ])('overrides %s', (_name, given, overrides) => {
    expect(decideTurn(given, true, now)).toEqual({ mayPoll: true, overrides });
  });

  test('overrides the jitter, which nobody asked for', () => {
    const due = { endedAt: now - hour };
    expect(stored(due).nextPoll.at).toBeGreaterThan(now);
    expect(decideTurn(turn(due), true, now)).toEqual({
      mayPoll: true,
      overrides: [expect.stringMatching(/^jitter, until 2026-11-20T09:0\d:\d\dZ \(interval\)$/)],
    });
  });

  test('overrides the wait that was noted before a request which was cut off', () => {
    const state = { ...stored({ endedAt: now - 9 * hour }), requestedAt: now - minute };
    const cutOff = { ...state, nextPoll: { at: now + hour, reason: 'interval' as const } };
    const given = { ...turn(undefined), own: cutOff, lane: [cutOff] };
    expect(decideTurn(given, true, now)).toEqual({
      mayPoll: true,
      overrides: ['the wait after a request that was cut off, until 2026-11-20T10:00:00Z (interval)'],
    });
  });
});

describe('POLITENESS rule 20: a poll by hand, forced or not, keeps', () => {
  const asked = 'the origin asked to wait';
  const refused = 'the origin refused feed other of this lane';
  const other = (more: Stored) => stored({ id: 'other', ...more });
  test.each<[string, Turn, string]>([
    ['Retry-After of a 503', turn({ status: 503, failures: 1, retryAfterMs: hour }), asked],
    ['Retry-After of a 429', turn({ status: 429, failures: 1, retryAfterMs: hour }), asked],
    ['Retry-After of a 404', turn({ status: 404, failures: 1, retryAfterMs: hour }), asked],
    ['a quota that is spent', turn({ rateLimitMs: hour }), asked],
    [
      'Retry-After of a feed that is parked',
      turn({ status: 410, failures: 3, retryAfterMs: hour, parkedAt: now }),
      asked,
    ],
    [
      'the lane that a 429 to another feed holds',
      turn(undefined, [other({ status: 429, failures: 1 })]),
      refused,
    ],
    [
      'the lane whose quota another feed has spent',
      turn({ endedAt: now - 2 * hour }, [other({ rateLimitMs: hour })]),
      refused,
    ],
    [
      'the lane of its own 429 without Retry-After',
      turn({ status: 429, failures: 1 }),
      'the origin refused feed log',
    ],
  ])('%s', (_name, given, why) => {
    for (const isForced of [false, true]) {
      expect(decideTurn(given, isForced, now)).toEqual({ mayPoll: false, why: expect.stringContaining(why) });
    }
  });

  test('and says in which words the origin asked, and until when', () => {
    const given = turn({
      status: 503,
      failures: 1,
      retryAfterMs: hour,
      said: { retryAfter: 'Retry-After: 3600' },
    });
    expect(decideTurn(given, true, now)).toMatchObject({
      why: 'the origin asked to wait (Retry-After: 3600), which ends in 60 min, at 2026-11-20T09:59:59Z; --force does not break it',
    });
  });

  test('but no longer than the cap, as the daemon does', () => {
    const given = turn({
      status: 503,
      failures: 1,
      endedAt: now - 8 * 24 * hour,
      retryAfterMs: 365 * 24 * hour,
    });
    expect(decideTurn(given, false, now)).toEqual({ mayPoll: true, overrides: [] });
  });

  test('while a 503 to another feed of the lane speaks for that feed alone', () => {
    const given = turn(undefined, [other({ status: 503, failures: 1, retryAfterMs: hour })]);
    expect(decideTurn(given, false, now)).toEqual({ mayPoll: true, overrides: [] });
  });
});

describe('POLITENESS rule 21: feeds that share a request', () => {
  const asTurn = (id: string, own: Stored): Turn => ({ ...turn({ ...own, id }), plan: planOf(id, own.plan) });
  const due = asTurn('a', { endedAt: now - 2 * hour });
  const fresh = asTurn('b', { freshnessMs: 5 * hour });
  const parked = asTurn('c', { parkedAt: now, status: 410, failures: 3, endedAt: now - 90 * hour });

  test.each<[string, Turn[], string[], boolean, boolean]>([
    ['wait for the one that must wait longest', [due, fresh], ['a'], false, false],
    ['are all polled by force', [due, fresh], ['a'], true, true],
    ['do not wait for one that is parked', [due, parked], ['a'], false, true],
    ['unless it was named', [due, parked], ['c'], false, false],
  ])('%s', (_name, turns, named, isForced, mayPoll) => {
    expect(decideTurns(turns, new Set(named), isForced, now)).toMatchObject({ mayPoll });
  });

  test('name what each of them would have waited for, once', () => {
    const decision = decideTurns([fresh, asTurn('d', { freshnessMs: 5 * hour })], new Set(['b']), true, now);
    expect(decision).toMatchObject({
      overrides: [expect.stringContaining('interval'), expect.stringContaining('max-age')],
    });
  });
});

test('the gap counts from the last request of any feed of the lane', () => {
  const lane = { id: 'example.org', gapMs: 2_000, concurrency: 1 };
  expect(gapEnd(lane, [stored({}), { ...stored({}), requestedAt: now }], now)).toBe(now + 2_000);
  expect(gapEnd(lane, [{ ...stored({}), requestedAt: now + 86_400_000 }], now)).toBe(now + 2_000);
  expect(gapEnd(lane, [], now)).toBe(0);
  expect(gapEnd({ ...lane, gapMs: 0 }, [stored({})], now)).toBe(0);
});
