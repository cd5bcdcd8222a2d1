import { describe, expect, test } from '@jest/globals';
import { parseRetryAfter, rateLimitMs, retryAfterMs } from '../../src/fetch/retry-after.ts';

const now = Date.parse('2026-11-20T09:00:00Z');
const date = 'Fri, 20 Nov 2026 09:00:00 GMT';

describe('RFC 9110 §10.2.3 Retry-After', () => {
  test.each([
    ['seconds', '120', 120_000],
    ['zero', '0', 0],
    ['a fraction of a second', '1.5', 1_500],
    ['a fraction below a millisecond is rounded up', '0.0001', 1],
    ['spaces around it', ' 7 ', 7_000],
    ['two days', '172800', 172_800_000],
    ['a date ahead', 'Fri, 20 Nov 2026 10:00:00 GMT', 3_600_000],
    ['an RFC 850 date', 'Friday, 20-Nov-26 10:00:00 GMT', 3_600_000],
    ['an asctime date', 'Fri Nov 20 10:00:00 2026', 3_600_000],
    ['a date that is over', 'Fri, 20 Nov 2026 08:00:00 GMT', 0],
    ['more digits than a number has', '9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('%s', (_name, value, expected) => {
    expect(parseRetryAfter(value, date, now)).toBe(expected);
  });

  test.each([
    ['nothing', ''],
    ['a negative span', '-1'],
    ['words', 'soon'],
    ['a unit', '120s'],
    ['hexadecimal', '0x10'],
    ['an exponent', '1e3'],
    ['ISO 8601', '2026-11-20T10:00:00Z'],
  ])('%s asks for nothing', (_name, value) => {
    expect(parseRetryAfter(value, date, now)).toBeUndefined();
  });

  test("a date is measured by the answer's own Date, not by our clock", () => {
    const anHourAhead = 'Fri, 20 Nov 2026 11:00:00 GMT';
    expect(parseRetryAfter(anHourAhead, 'Fri, 20 Nov 2026 10:00:00 GMT', now)).toBe(3_600_000);
  });

  test.each([
    ['missing', undefined],
    ['nonsense', 'whenever'],
  ])('a Date that is %s leaves our clock', (_name, answerDate) => {
    expect(parseRetryAfter('Fri, 20 Nov 2026 09:30:00 GMT', answerDate, now)).toBe(1_800_000);
  });

  test('of several lines the first counts', () => {
    expect(retryAfterMs({ 'retry-after': ['60', '600'] }, now)).toBe(60_000);
    expect(retryAfterMs({}, now)).toBeUndefined();
  });
});

describe('a spent quota', () => {
  const spent = (reset: string, remaining = '0') => ({
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset': reset,
    date,
  });

  test.each([
    ['a span in seconds', spent('90'), 90_000],
    ['a moment in epoch seconds', spent(String(now / 1_000 + 90)), 90_000],
    ['a moment in epoch milliseconds', spent(String(now + 90_000)), 90_000],
    ['a moment that is over', spent(String(now / 1_000 - 90)), 0],
    ['a remainder with a fraction', spent('90', '0.0'), 90_000],
    ['some of it remains', spent('90', '1'), undefined],
    ['no reset', { 'x-ratelimit-remaining': '0' }, undefined],
    ['a reset that is nonsense', spent('later'), undefined],
    ['no quota at all', {}, undefined],
  ])('%s', (_name, headers, expected) => {
    expect(rateLimitMs(headers, now)).toBe(expected);
  });
});
