import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { limitOf, retryAfterMs, tightest } from '../../src/deliver/quota.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const dayMs = 86_400_000;

describe('RFC 9110 §10.2.3 Retry-After', () => {
  test.each([
    ['seconds', '120', 120_000],
    ['a fraction', '0.529', 529],
    ['none at all', '0', 0],
    ['a date, by the clock of the answer', 'Fri, 20 Nov 2026 08:02:00 GMT', 120_000],
    ['a date that has passed', 'Fri, 20 Nov 2026 07:00:00 GMT', 0],
    ['an asctime date', 'Fri Nov 20 08:01:00 2026', 60_000],
    ['more than a day', '999999', dayMs],
    ['a number beyond all numbers', '9'.repeat(400), dayMs],
    ['a word', 'soon', undefined],
    ['a negative number', '-1', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, value, expected) => {
    expect(retryAfterMs({ 'retry-after': value, date: 'Fri, 20 Nov 2026 08:00:00 GMT' }, now)).toBe(expected);
  });
});

describe('what is left of a rate limit', () => {
  test.each([
    ['a span', { 'x-ratelimit-remaining': '4', 'x-ratelimit-reset': '30' }, 4, 30_000],
    [
      'epoch seconds',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 45) },
      0,
      45_000,
    ],
    ['epoch milliseconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 7) }, 0, 7],
    [
      'a moment, by the clock of the answer',
      {
        date: 'Fri, 20 Nov 2026 08:00:00 GMT',
        'x-ratelimit-remaining': '1',
        'x-ratelimit-reset': String(now / 1_000 - 3_590),
      },
      1,
      10_000,
    ],
    [
      'Discord: reset-after, whatever reset says',
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '1470173023.123',
        'x-ratelimit-reset-after': '0.6271',
      },
      0,
      628,
    ],
    ['drafts 00 to 06', { 'ratelimit-remaining': '9', 'ratelimit-reset': '50' }, 9, 50_000],
    ['draft 07', { ratelimit: 'limit=100, remaining=50, reset=5' }, 50, 5_000],
    ['later drafts', { ratelimit: '"default";r=50;t=30' }, 50, 30_000],
    ['of several the tightest', { ratelimit: '"day";r=900;t=3600, "minute";r=0;t=30' }, 0, 30_000],
    [
      'both fields',
      { ratelimit: '"d";r=2;t=9', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '3' },
      1,
      3_000,
    ],
    ['more than a day', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '100000000' }, 0, dayMs],
  ])('%s', (_, headers, remaining, resetMs) => {
    expect(limitOf(headers as Record<string, string>, now)).toEqual({ remaining, resetMs });
  });

  test.each([
    ['nothing', {}],
    ['no reset', { 'x-ratelimit-remaining': '0' }],
    ['no remaining', { 'x-ratelimit-reset': '30' }],
    ['words', { 'x-ratelimit-remaining': 'few', 'x-ratelimit-reset': 'soon' }],
    ['negative numbers', { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '30' }],
    ['a draft field without numbers', { ratelimit: '"default";r=;t=x' }],
    ['another field of the draft', { 'ratelimit-policy': '"default";q=100;w=60' }],
  ])('%s says nothing', (_, headers) => {
    expect(limitOf(headers as Record<string, string>, now)).toBeUndefined();
  });

  test('of equal ones, the one that lasts longer', () => {
    const limits = [1_000, 3_000, 2_000].map((resetMs) => ({ remaining: 0, resetMs }));
    expect(tightest(limits)).toEqual({ remaining: 0, resetMs: 3_000 });
  });

  test('whatever the headers hold, it is bounded', () => {
    const text = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.constant('"a";r=1;t=1'),
    );
    const names = [
      'ratelimit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
      'x-ratelimit-reset-after',
      'date',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, 'retry-after'), text), (headers) => {
        const limit = limitOf(headers, now);
        const waitMs = retryAfterMs(headers, now);
        for (const ms of [limit?.resetMs ?? 0, waitMs ?? 0]) {
          expect(Number.isSafeInteger(ms) && ms >= 0 && ms <= dayMs).toBe(true);
        }
        expect(Number.isSafeInteger(limit?.remaining ?? 0)).toBe(true);
      }),
    );
  });
});
