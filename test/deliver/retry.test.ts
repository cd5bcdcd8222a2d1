import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type FailedAttempt,
  jitterFraction,
  jitterMs,
  nextAttempt,
  standardRetryMs,
} from '../../src/deliver/retry.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const endedAt = Date.parse('2026-11-20T09:00:00Z');

function failed(over: Partial<FailedAttempt> = {}): FailedAttempt {
  return { deliveryId: 'evt_a.my-app', number: 1, endedAt, retryMs: standardRetryMs, ...over };
}

function waitOf(over: Partial<FailedAttempt>): number {
  const next = nextAttempt(failed(over));
  if (next === 'exhausted') throw new Error('the schedule has no more');
  return next.at - endedAt;
}

describe('the standard schedule', () => {
  test('ten attempts over 75 hours, 35 minutes and 5 seconds', () => {
    expect(standardRetryMs).toHaveLength(10);
    expect(standardRetryMs.reduce((sum, wait) => sum + wait)).toBe(75 * hour + 35 * minute + 5 * second);
  });

  test.each([
    { failedNumber: 1, wait: 5 * second, most: 7 * second },
    { failedNumber: 2, wait: 5 * minute, most: 5.5 * minute },
    { failedNumber: 3, wait: 30 * minute, most: 33 * minute },
    { failedNumber: 4, wait: 2 * hour, most: 2 * hour + 12 * minute },
    { failedNumber: 5, wait: 5 * hour, most: 5 * hour + 15 * minute },
    { failedNumber: 6, wait: 10 * hour, most: 10 * hour + 15 * minute },
    { failedNumber: 7, wait: 14 * hour, most: 14 * hour + 15 * minute },
    { failedNumber: 8, wait: 20 * hour, most: 20 * hour + 15 * minute },
    { failedNumber: 9, wait: 24 * hour, most: 24 * hour + 15 * minute },
  ])(
    'after attempt $failedNumber the next one waits $wait ms and at most $most',
    ({ failedNumber, wait, most }) => {
      for (const deliveryId of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const actual = waitOf({ deliveryId, number: failedNumber });
        expect(actual).toBeGreaterThanOrEqual(wait);
        expect(actual).toBeLessThan(most);
      }
    },
  );

  test('after the tenth attempt it is exhausted', () => {
    expect(nextAttempt(failed({ number: 10 }))).toBe('exhausted');
  });

  test.each([
    { name: 'one wait means one attempt', retryMs: [0], number: 1 },
    { name: 'no waits mean no second attempt', retryMs: [], number: 1 },
    { name: 'a schedule that became shorter ends at once', retryMs: [0, 1], number: 7 },
  ])('$name', ({ retryMs, number }) => {
    expect(nextAttempt(failed({ retryMs, number, retryAfterMs: minute }))).toBe('exhausted');
  });
});

describe('jitter', () => {
  test.each([
    { name: 'nothing is added to no wait', waitMs: 0, most: 0 },
    { name: 'a wait of milliseconds at most doubles', waitMs: 100, most: 100 },
    { name: 'below 20 s it is up to 2 s', waitMs: 5 * second, most: 2 * second },
    { name: 'above 20 s it is up to a tenth', waitMs: 30 * minute, most: 3 * minute },
    { name: 'it is never more than 15 min', waitMs: 24 * hour, most: 15 * minute },
  ])('$name', ({ waitMs, most }) => {
    expect(jitterMs(waitMs, 0)).toBe(0);
    expect(jitterMs(waitMs, 1 - 2 ** -32)).toBe(Math.max(0, most - 1));
  });

  test('the same delivery and attempt always get the same moment, on every machine', () => {
    expect(jitterFraction('evt_a.my-app', 1)).toBe(jitterFraction('evt_a.my-app', 1));
    expect(jitterFraction('evt_a.my-app', 1)).not.toBe(jitterFraction('evt_a.my-app', 2));
    expect(jitterFraction('evt_a.my-app', 1)).not.toBe(jitterFraction('evt_b.my-app', 1));
  });

  test('many deliveries that fail together are spread over the whole span', () => {
    const tenths = new Set<number>();
    for (let n = 0; n < 200; n++) tenths.add(Math.floor(10 * jitterFraction(`evt_${n}.my-app`, 1)));
    expect(tenths.size).toBe(10);
  });
});

describe('RFC 9110 §10.2.3 Retry-After', () => {
  test.each([
    { name: 'a longer one wins', retryAfterMs: minute, wait: minute, reason: 'retry-after' },
    { name: 'a shorter one changes nothing', retryAfterMs: second, wait: 5 * second, reason: 'schedule' },
    { name: 'an equal one is our schedule', retryAfterMs: 5 * second, wait: 5 * second, reason: 'schedule' },
    { name: 'it counts up to 24 h', retryAfterMs: 400 * hour, wait: 24 * hour, reason: 'retry-after' },
    { name: 'none: our schedule', retryAfterMs: 0, wait: 5 * second, reason: 'schedule' },
  ])('$name', ({ retryAfterMs, wait, reason }) => {
    const next = nextAttempt(failed({ retryAfterMs }));
    const jitter = jitterMs(wait, jitterFraction('evt_a.my-app', 1));
    expect(next).toEqual({ at: endedAt + wait + jitter, reason });
  });
});

test('no wait is ever shorter than the schedule or than what the receiver asked for, up to a day', () => {
  const wait = fc.integer({ min: 0, max: 30 * hour });
  fc.assert(
    fc.property(fc.string(), wait, wait, (deliveryId, own, theirs) => {
      const actual = waitOf({ deliveryId, retryMs: [0, own], retryAfterMs: theirs });
      const least = Math.max(own, Math.min(theirs, 24 * hour));
      expect(actual).toBeGreaterThanOrEqual(least);
      expect(actual).toBeLessThanOrEqual(Math.min(2 * least, least + 15 * minute));
    }),
  );
});
