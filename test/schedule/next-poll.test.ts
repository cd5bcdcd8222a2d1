import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentHints } from '../../src/model/feed.ts';
import type { NextPollReason, PollTerms } from '../../src/model/poll.ts';
import { capMs, longestWait, ownWait, type PollPlan, waitTerms } from '../../src/schedule/longest-wait.ts';
import { jitterLimit, nextPoll, nextPollSteps, provisionalPoll } from '../../src/schedule/next-poll.ts';
import { documentedCases, documentedEnd, documentedReasons } from './documented-cases.ts';

const minutes = 60_000;
const hours = 60 * minutes;
const days = 24 * hours;
const endedAt = Date.parse('2026-11-20T09:00:00Z');

const planned = (more: Partial<PollPlan> = {}): PollPlan => ({
  feedId: 'news',
  defaultIntervalMs: hours,
  documentHints: true,
  ...more,
});
const answered = (more: Partial<PollTerms> = {}): PollTerms => ({ endedAt, hasValidators: true, ...more });
const maxAge = (ms: number) => ({ freshnessMs: ms, freshnessSource: 'max-age' as const });
const expires = (ms: number) => ({ freshnessMs: ms, freshnessSource: 'expires' as const });

interface Case {
  readonly plan?: Partial<PollPlan>;
  readonly terms?: Partial<PollTerms>;
  readonly hints?: DocumentHints;
  readonly failures?: number;
  readonly gone?: boolean;
}

const inputOf = ({ plan, terms, hints = {}, failures = 0, gone }: Case) => ({
  plan: planned(plan),
  terms: answered(terms),
  hints,
  failures,
  ...(gone !== undefined && { gone }),
});

describe('docs/http.md, the cases of the next poll', () => {
  test.each(documentedCases.map((each) => [each.name, each] as const))(
    '%s',
    (_name, { input, waitMs, reason }) => {
      const { poll, jitterMs } = nextPollSteps(input);
      expect([poll.at - jitterMs - documentedEnd, poll.reason]).toEqual([waitMs, reason]);
    },
  );

  test.each<[string, number, string]>([
    ['200 max-age=43200', 12 * hours, 'max-age'],
    ['200 max-age=60', hours, 'interval'],
    ['200 max-age=7200, Age: 1800', 90 * minutes, 'max-age'],
    ['200 no validators', 24 * hours, 'no-validators'],
    ['429 Retry-After: 172800', 48 * hours, 'retry-after'],
    ['429 Retry-After: 120, max-age=172800', 48 * hours, 'max-age'],
    ['503', hours, 'interval'],
    ['503, failure 4', 4 * hours, 'failure-backoff'],
    ['503, failure 10', 7 * days, 'failure-backoff-capped'],
  ])('hold the rows of POLITENESS §2: %s', (name, waitMs, reason) => {
    const plain = ({ name: full }: (typeof documentedCases)[number]) =>
      full.replaceAll('`', '').replaceAll('Cache-Control: ', '');
    expect(documentedCases.find((each) => plain(each) === name)).toMatchObject({ waitMs, reason });
  });

  // A reason that is added to the type must be added here, and so to the docs.
  const all: Record<NextPollReason, 'case' | 'elsewhere'> = {
    interval: 'case',
    'no-validators': 'case',
    'max-age': 'case',
    'max-age-capped': 'case',
    expires: 'case',
    'expires-capped': 'case',
    ttl: 'case',
    'ttl-capped': 'case',
    sy: 'case',
    'sy-capped': 'case',
    'retry-after': 'case',
    'retry-after-capped': 'case',
    'rate-limit': 'case',
    'rate-limit-capped': 'case',
    'failure-backoff': 'case',
    'failure-backoff-capped': 'case',
    'gone-check': 'case',
    schedule: 'case',
    'skip-hours': 'case',
    'skip-days': 'case',
    parked: 'case',
    // Decided by the scheduler.
    lane: 'elsewhere',
    start: 'elsewhere',
  };
  const reasons = Object.entries(all);

  test('explain every reason, capped where it can be, and no other', () => {
    const plain = reasons.map(([reason]) => reason).filter((reason) => !reason.endsWith('-capped'));
    expect(documentedReasons.map(({ reason }) => reason).sort()).toEqual(plain.sort());
    const capped = documentedReasons.filter(({ reason }) =>
      reasons.some(([each]) => each === `${reason}-capped`),
    );
    expect(new Set(capped.map(({ cap }) => cap))).toEqual(new Set(['7 d']));
  });

  test('list the terms in the order that decides a tie', () => {
    const order = documentedReasons.map(({ reason }) => reason);
    const of = (input: Case) => waitTerms(inputOf(input)).map(({ reason }) => order.indexOf(reason));
    for (const input of [{}, { terms: { hasValidators: false } }, { gone: true, failures: 1 }]) {
      expect(of(input)).toEqual(of(input).toSorted((a, b) => a - b));
    }
  });

  test('show every reason of the function in a case', () => {
    const shown = new Set(documentedCases.map(({ reason }) => reason));
    const missing = reasons.filter(([reason, where]) => where === 'case' && !shown.has(reason));
    expect(missing).toEqual([]);
  });
});

describe('each term of the wait', () => {
  test.each<[string, Case, number, string]>([
    [
      'an interval set on the feed may be shorter than the default',
      { plan: { intervalMs: 5 * minutes } },
      5 * minutes,
      'interval',
    ],
    [
      'and stands even without validators',
      { plan: { intervalMs: 5 * minutes }, terms: { hasValidators: false } },
      5 * minutes,
      'interval',
    ],
    [
      'a default above 24 h is not shortened by missing validators',
      { plan: { defaultIntervalMs: 48 * hours }, terms: { hasValidators: false } },
      48 * hours,
      'interval',
    ],
    ['an interval has no cap', { plan: { intervalMs: 30 * days } }, 30 * days, 'interval'],
    ['ttl', { hints: { ttlMinutes: 180 } }, 3 * hours, 'ttl'],
    ['ttl is capped', { hints: { ttlMinutes: 1e9 } }, 7 * days, 'ttl-capped'],
    ['exactly the cap is not capped', { hints: { ttlMinutes: 7 * 24 * 60 } }, 7 * days, 'ttl'],
    ['sy', { hints: { syMinutes: 1440 } }, days, 'sy'],
    ['sy is capped', { hints: { syMinutes: 525_600 } }, 7 * days, 'sy-capped'],
    [
      'documentHints: false switches ttl and sy off',
      { plan: { documentHints: false }, hints: { ttlMinutes: 180, syMinutes: 180 } },
      hours,
      'interval',
    ],
    [
      'documentHints: false keeps max-age',
      { plan: { documentHints: false }, terms: maxAge(2 * hours) },
      2 * hours,
      'max-age',
    ],
    ['Retry-After is capped', { terms: { retryAfterMs: 30 * days } }, 7 * days, 'retry-after-capped'],
    ['an exhausted quota', { terms: { rateLimitMs: 2 * hours } }, 2 * hours, 'rate-limit'],
    ['a quota is capped', { terms: { rateLimitMs: 8 * days } }, 7 * days, 'rate-limit-capped'],
    ['max-age is capped', { terms: maxAge(365 * days) }, 7 * days, 'max-age-capped'],
    [
      'a lifetime of unknown source counts as max-age',
      { terms: { freshnessMs: 2 * hours } },
      2 * hours,
      'max-age',
    ],
    ['failure 2: 60 min', { plan: { intervalMs: 5 * minutes }, failures: 2 }, hours, 'failure-backoff'],
    ['failure 3: 2 h', { failures: 3 }, 2 * hours, 'failure-backoff'],
    ['failure 1,000', { failures: 1_000 }, 7 * days, 'failure-backoff-capped'],
    ['a 410 is asked again after 12 h', { failures: 1, gone: true }, 12 * hours, 'gone-check'],
    ['a 410 known from the terms', { terms: { gone: true }, failures: 9 }, 12 * hours, 'gone-check'],
    [
      'the first listed wins a tie',
      { terms: { ...maxAge(2 * hours), retryAfterMs: 2 * hours }, hints: { ttlMinutes: 120 } },
      2 * hours,
      'max-age',
    ],
    [
      'of two capped terms the first wins',
      { terms: { ...expires(99 * days), retryAfterMs: 99 * days } },
      7 * days,
      'expires-capped',
    ],
  ])('%s', (_name, input, waitMs, reason) => {
    expect(longestWait(waitTerms(inputOf(input)))).toMatchObject({ waitMs, reason });
  });
});

describe('nonsense', () => {
  test.each<[string, Case, number, string]>([
    [
      'NaN terms',
      {
        terms: { freshnessMs: Number.NaN, retryAfterMs: Number.NaN, rateLimitMs: Number.NaN },
        hints: { ttlMinutes: Number.NaN, syMinutes: Number.NaN },
        failures: Number.NaN,
      },
      hours,
      'interval',
    ],
    [
      'negative terms',
      { terms: { freshnessMs: -1e9, retryAfterMs: -1 }, hints: { ttlMinutes: -5 }, failures: -3 },
      hours,
      'interval',
    ],
    ['1e99', { terms: { retryAfterMs: 1e99 } }, 7 * days, 'retry-after-capped'],
    ['infinity', { terms: maxAge(Number.POSITIVE_INFINITY) }, 7 * days, 'max-age-capped'],
    ['an interval of 0 is none', { plan: { intervalMs: 0 } }, hours, 'interval'],
    [
      'an interval of NaN is none',
      { plan: { intervalMs: Number.NaN, defaultIntervalMs: Number.NaN } },
      hours,
      'interval',
    ],
  ])('%s never makes a hot loop', (_name, input, waitMs, reason) => {
    expect(longestWait(waitTerms(inputOf(input)))).toMatchObject({ waitMs, reason });
    expect(nextPoll(inputOf(input)).at).toBeGreaterThanOrEqual(endedAt + waitMs);
  });

  test('an interval of 1e99 ends at the last moment that a Date can tell', () => {
    const { at } = nextPoll(inputOf({ plan: { intervalMs: 1e99 } }));
    expect(new Date(at).toISOString()).toBe('+275760-09-13T00:00:00.000Z');
    expect(provisionalPoll(planned({ intervalMs: 1e99 }), endedAt).at).toBe(at);
  });

  test.each(['2038-01-19T03:14:08Z', '2100-02-28T23:59:59Z', '9999-12-31T23:59:59Z'])(
    'I08: the year of %s',
    (time) => {
      const late = Date.parse(time);
      const hints = { skipHours: [0, 1, 2, 3, 4, 5], skipDays: [0, 6] };
      const { at } = nextPoll(inputOf({ terms: { endedAt: late }, hints }));
      expect(at).toBeGreaterThanOrEqual(late + hours);
      expect(at).toBeLessThanOrEqual(late + hours + 7 * days);
      const schedule = { expression: '30 4 * * *', timezone: 'Europe/Berlin' };
      expect(nextPoll(inputOf({ plan: { schedule }, terms: { endedAt: late } })).at).toBeGreaterThan(late);
    },
  );
});

describe('jitter', () => {
  test('only adds, at most 10 % of the wait and never more than 30 minutes', () => {
    expect(jitterLimit(hours)).toBe(6 * minutes);
    expect(jitterLimit(5 * hours)).toBe(30 * minutes);
    expect(jitterLimit(7 * days)).toBe(30 * minutes);
    for (let feed = 0; feed < 200; feed++) {
      const { at } = nextPoll(inputOf({ plan: { feedId: `feed-${feed}` } }));
      expect(at - endedAt).toBeGreaterThanOrEqual(hours);
      expect(at - endedAt).toBeLessThan(hours + 6 * minutes);
    }
  });

  test('spreads feeds that were polled together over the whole span', () => {
    const tenths = new Set(
      Array.from({ length: 200 }, (_, feed) => {
        const { at } = nextPoll(inputOf({ plan: { feedId: `feed-${feed}` } }));
        return Math.floor((at - endedAt - hours) / (0.6 * minutes));
      }),
    );
    expect(tenths.size).toBe(10);
  });

  test('is the same whenever it is computed, and another after the next answer', () => {
    const first = nextPoll(inputOf({}));
    expect(nextPoll(inputOf({}))).toEqual(first);
    const later = nextPoll(inputOf({ terms: { endedAt: endedAt + 1 } }));
    expect(later.at - 1).not.toBe(first.at);
  });
});

describe('a schedule', () => {
  const schedule = { expression: '*/20 7-19 * * 1-5', timezone: 'Europe/Berlin' };
  const next = (input: Case) => {
    const { at, reason } = nextPoll(inputOf({ ...input, plan: { schedule, ...input.plan } }));
    return [new Date(at).toISOString(), reason];
  };

  test('takes the place of the interval, and its ticks have no jitter', () => {
    expect(next({})).toEqual(['2026-11-20T09:20:00.000Z', 'schedule']);
    expect(next({ terms: { hasValidators: false } })).toEqual(['2026-11-20T09:20:00.000Z', 'schedule']);
  });

  test('the tick at which the poll ended is not the next one', () => {
    expect(next({ terms: { endedAt: Date.parse('2026-11-20T09:20:00.000Z') } })[0]).toBe(
      '2026-11-20T09:40:00.000Z',
    );
    expect(next({ terms: { endedAt: Date.parse('2026-11-20T09:19:59.999Z') } })[0]).toBe(
      '2026-11-20T09:20:00.000Z',
    );
  });

  test('waits for the first tick after what the origin asks', () => {
    expect(next({ terms: maxAge(70 * minutes) })).toEqual(['2026-11-20T10:20:00.000Z', 'schedule']);
    expect(next({ terms: { retryAfterMs: 12 * hours } })).toEqual(['2026-11-23T06:00:00.000Z', 'schedule']);
  });

  test('keeps the reason of the origin when that ends on a tick', () => {
    expect(next({ terms: maxAge(40 * minutes) })).toEqual(['2026-11-20T09:40:00.000Z', 'max-age']);
  });

  test('is moved on by skipped hours to its next free tick', () => {
    expect(next({ hints: { skipHours: [9, 10] } })).toEqual(['2026-11-20T11:00:00.000Z', 'skip-hours']);
  });

  test('of which every tick is skipped is polled all the same', () => {
    const nightly = { expression: '30 3 * * *', timezone: 'UTC' };
    expect(next({ plan: { schedule: nightly }, hints: { skipHours: [3] } })).toEqual([
      '2026-11-21T03:30:00.000Z',
      'schedule',
    ]);
    const monthly = { expression: '30 3 1 * *', timezone: 'UTC' };
    expect(next({ plan: { schedule: monthly }, hints: { skipHours: [3] } })).toEqual([
      '2026-12-01T03:30:00.000Z',
      'schedule',
    ]);
  });

  test('is computed by the function given', () => {
    const asked: unknown[] = [];
    const nextTick = (...call: unknown[]) => {
      asked.push(call);
      return endedAt + 5;
    };
    expect(nextPoll({ ...inputOf({ plan: { schedule } }), nextTick })).toEqual({
      at: endedAt + 5,
      reason: 'schedule',
    });
    expect(asked).toEqual([[schedule.expression, schedule.timezone, endedAt]]);
  });
});

describe('skipHours and skipDays', () => {
  const next = (hints: DocumentHints, plan: Partial<PollPlan> = {}) => nextPoll(inputOf({ hints, plan }));
  const jitterMs = nextPoll(inputOf({})).at - endedAt - hours;

  test('move the poll to the first free hour, with the same jitter as ever', () => {
    expect(next({ skipHours: [10, 11] })).toEqual({
      at: Date.parse('2026-11-20T12:00:00Z') + jitterMs,
      reason: 'skip-hours',
    });
  });

  test('move the poll to the first free day', () => {
    // 20 November 2026 is a Friday.
    expect(next({ skipDays: [5, 6] })).toEqual({
      at: Date.parse('2026-11-22T00:00:00Z') + jitterMs,
      reason: 'skip-days',
    });
  });

  test('leave a poll alone that is outside', () => {
    expect(next({ skipHours: [9, 12], skipDays: [1] })).toEqual(next({}));
  });

  test('are not followed with documentHints: false', () => {
    expect(next({ skipHours: [10], skipDays: [5] }, { documentHints: false })).toEqual(next({}));
  });
});

describe('POLITENESS rule 13: the provisional next poll, noted before a request leaves', () => {
  test('rule 14: is one interval later and the most jitter, since the answer may end after a crash', () => {
    expect(provisionalPoll(planned(), endedAt)).toEqual({
      at: endedAt + hours + 6 * minutes,
      reason: 'interval',
    });
  });

  test('is the next tick of a schedule', () => {
    const schedule = { expression: '0 * * * *', timezone: 'UTC' };
    expect(provisionalPoll(planned({ schedule }), endedAt)).toEqual({
      at: endedAt + hours,
      reason: 'schedule',
    });
    expect(provisionalPoll(planned({ schedule }), endedAt - 1)).toEqual({ at: endedAt, reason: 'schedule' });
  });

  test('is 24 h later when the feed is known to give no validators', () => {
    expect(provisionalPoll(planned(), endedAt, undefined, false)).toEqual({
      at: endedAt + days + 30 * minutes,
      reason: 'no-validators',
    });
  });
});

describe('a parked feed', () => {
  test('is never polled by itself, whatever its terms say', () => {
    const parked = { ...inputOf({ terms: maxAge(2 * hours), gone: true, failures: 3 }), parkedAt: endedAt };
    expect(nextPoll(parked)).toEqual({ at: Number.POSITIVE_INFINITY, reason: 'parked' });
  });
});

describe('for any answer, document and configuration', () => {
  const span = fc.oneof(
    fc.integer({ min: 0, max: 30 * days }),
    fc.constantFrom(0, 1, hours, capMs - 1, capMs, capMs + 1, Number.NaN, -1, Number.POSITIVE_INFINITY),
  );
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const given = <T extends object>(record: T) =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
  const plans = fc
    .record({
      feedId: fc.string({ minLength: 1, maxLength: 12 }),
      intervalMs: maybe(fc.integer({ min: 5 * minutes, max: 30 * days })),
      defaultIntervalMs: fc.integer({ min: minutes, max: 30 * days }),
      schedule: maybe(
        fc.constantFrom(
          { expression: '*/20 7-19 * * 1-5', timezone: 'Europe/Berlin' },
          { expression: '30 3 * * *', timezone: 'UTC' },
        ),
      ),
    })
    .map((plan) => ({ ...given(plan), documentHints: true }) as PollPlan);
  const terms = fc
    .record({
      endedAt: fc.integer({ min: 0, max: 4e12 }),
      freshnessMs: maybe(span),
      freshnessSource: fc.constantFrom('max-age', 'expires'),
      retryAfterMs: maybe(span),
      rateLimitMs: maybe(span),
      gone: maybe(fc.boolean()),
      hasValidators: fc.boolean(),
    })
    .map((record) => given(record) as unknown as PollTerms);
  const waits = fc
    .record({
      ttlMinutes: maybe(fc.integer({ min: 1, max: 30_000 })),
      syMinutes: maybe(fc.double({ min: 0.01, max: 600_000, noNaN: true })),
    })
    .map((record) => given(record) as DocumentHints);
  const skips = fc
    .record({
      skipHours: maybe(fc.uniqueArray(fc.integer({ min: 0, max: 24 }))),
      skipDays: maybe(fc.uniqueArray(fc.integer({ min: 0, max: 6 }))),
    })
    .map((record) => given(record) as DocumentHints);
  const failures = fc.integer({ min: 0, max: 40 });
  const asked = fc.record({ plan: plans, terms, hints: waits, failures });
  const skipping = fc
    .tuple(asked, skips)
    .map(([input, hints]) => ({ ...input, hints: { ...input.hints, ...hints } }));
  const holds = <T>(inputs: fc.Arbitrary<T>, claim: (input: T) => void, numRuns = 500) =>
    fc.assert(fc.property(inputs, claim), { numRuns });

  test('the same input gives the same time', () => {
    holds(skipping, (input) => expect(nextPoll(input)).toEqual(nextPoll(structuredClone(input))));
  });

  test('a hint of the document never shortens the wait', () => {
    holds(skipping, (input) => {
      const without = nextPoll({ ...input, plan: { ...input.plan, documentHints: false } });
      expect(nextPoll(input).at).toBeGreaterThanOrEqual(without.at);
    });
  });

  test('the next poll is never before our own wait, nor any other term, is over', () => {
    holds(skipping, (input) => {
      const { at } = nextPoll(input);
      expect(at).toBeGreaterThanOrEqual(
        input.terms.endedAt + ownWait(input.plan, input.terms.hasValidators).waitMs,
      );
      for (const { waitMs } of waitTerms(input))
        expect(at).toBeGreaterThanOrEqual(input.terms.endedAt + waitMs);
      expect(at).toBeGreaterThan(input.terms.endedAt);
    });
  });

  test('jitter only adds, at most a tenth of the wait and 30 minutes', () => {
    holds(asked, (input) => {
      const { jitterMs, longest, poll } = nextPollSteps(input);
      expect(jitterMs).toBeGreaterThanOrEqual(0);
      expect(jitterMs).toBeLessThanOrEqual(Math.min(longest.waitMs / 10, 30 * minutes));
      if (!input.plan.schedule) expect(poll.at).toBe(input.terms.endedAt + longest.waitMs + jitterMs);
    });
  });

  test('no term but our own asks for more than its cap, and only a term that was cut says so', () => {
    holds(asked, (input) => {
      const [, ...others] = waitTerms(input);
      for (const { waitMs, askedMs, reason } of others) {
        expect(waitMs).toBeLessThanOrEqual(capMs);
        expect(waitMs).toBe(Math.min(askedMs, capMs));
        expect(reason.endsWith('-capped')).toBe(askedMs > capMs);
      }
    });
  });

  test('skipped hours and days put a poll off by a week at most', () => {
    holds(skipping, (input) => {
      const { skipHours: _, skipDays: __, ...hints } = input.hints;
      expect(nextPoll(input).at).toBeLessThanOrEqual(nextPoll({ ...input, hints }).at + capMs);
    });
  });

  type Grow = (input: typeof asked extends fc.Arbitrary<infer T> ? T : never, more: number) => typeof input;
  const ofTerms =
    (key: 'freshnessMs' | 'retryAfterMs' | 'rateLimitMs'): Grow =>
    (input, more) => ({
      ...input,
      terms: { ...input.terms, [key]: Math.max(0, input.terms[key] || 0) + more },
    });
  const ofHints =
    (key: 'ttlMinutes' | 'syMinutes'): Grow =>
    (input, more) => ({
      ...input,
      hints: { ...input.hints, [key]: (input.hints[key] ?? 0) + more / minutes },
    });

  test.each<[string, Grow]>([
    ['freshness', ofTerms('freshnessMs')],
    ['Retry-After', ofTerms('retryAfterMs')],
    ['the quota', ofTerms('rateLimitMs')],
    ['ttl', ofHints('ttlMinutes')],
    ['sy', ofHints('syMinutes')],
    [
      'interval',
      (input, more) => ({
        ...input,
        plan: { ...input.plan, intervalMs: (input.plan.intervalMs ?? days) + more },
      }),
    ],
    ['failures', (input, more) => ({ ...input, failures: input.failures + Math.ceil(more / days) })],
  ])('more of %s never makes the next poll earlier', (_term, grow) => {
    holds(fc.tuple(asked, fc.integer({ min: 0, max: 10 * days })), ([input, more]) => {
      const before = { ...input, plan: { ...input.plan, intervalMs: input.plan.intervalMs ?? days } };
      expect(nextPoll(grow(before, more)).at).toBeGreaterThanOrEqual(nextPoll(before).at);
    });
  });
});
