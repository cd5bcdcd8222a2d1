// The rate of an endpoint.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bucketAt, newBucket, nextTokenAt, takeToken } from '../../src/backend/token-bucket.ts';
import type { Rate } from '../../src/ports.ts';

const rate: Rate = { count: 10, perMs: 1_000, burst: 3 };

/** Takes a token whenever there is one, looking at each of these times. */
function taken(times: readonly number[], of = rate, bucket = newBucket(of, times[0] ?? 0)): number[] {
  let left = bucket;
  return times.filter((now) => {
    if (nextTokenAt(left, of, now) > now) return false;
    left = takeToken(left, of, now);
    return true;
  });
}

describe('a token bucket', () => {
  test('has one token at first, and the next after its time', () => {
    expect(taken([0, 0, 99, 100, 100])).toEqual([0, 100]);
  });

  test('fills while nobody takes, up to the burst and no further', () => {
    expect(taken([0, 200, 200, 200])).toEqual([0, 200, 200]);
    expect(taken([0, 99_999, 99_999, 99_999, 99_999])).toEqual([0, 99_999, 99_999, 99_999]);
  });

  test('says when the next token comes, never between two milliseconds', () => {
    const third: Rate = { count: 3, perMs: 1_000, burst: 1 };
    expect(nextTokenAt(takeToken(newBucket(third, 0), third, 0), third, 0)).toBe(334);
  });

  test('a clock that is set back costs at most the time to fill it', () => {
    const late = bucketAt(takeToken(newBucket(rate, 1e12), rate, 1e12), rate, 5);
    expect(nextTokenAt(late, rate, 5)).toBe(105);
    expect(nextTokenAt(bucketAt(late, rate, 90), rate, 90)).toBe(105);
  });

  test('another rate holds at once', () => {
    const slow: Rate = { count: 1, perMs: 86_400_000, burst: 1 };
    const used = takeToken(newBucket(slow, 0), slow, 0);
    expect(nextTokenAt(used, slow, 0)).toBe(86_400_000);
    expect(nextTokenAt(bucketAt(used, rate, 0), rate, 0)).toBe(100);
  });

  test('a burst below one is one', () => {
    expect(taken([0, 50, 100], { count: 10, perMs: 1_000, burst: 0 })).toEqual([0, 100]);
  });

  test('never gives more than its burst and its rate in any span', () => {
    const rates = fc.record({
      count: fc.integer({ min: 1, max: 100 }),
      perMs: fc.integer({ min: 1, max: 10_000 }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(rates, fc.array(fc.nat({ max: 400 }), { maxLength: 200 }), (of, gaps) => {
        let now = 0;
        const given = taken(
          gaps.map((gap) => {
            now += gap;
            return now;
          }),
          of,
        );
        given.forEach((from, first) => {
          given.slice(first).forEach((to, more) => {
            expect(more + 1).toBeLessThanOrEqual(of.burst + ((to - from) * of.count) / of.perMs + 1e-6);
          });
        });
      }),
    );
  });
});
