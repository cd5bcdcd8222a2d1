import { describe, expect, test } from '@jest/globals';
import { largestThatFits } from '../../../src/deliver/render/fit.ts';

describe('the largest that fits', () => {
  test.each([0, 1, 2, 63, 64, 65, 99])('is found when %d of 100 fit', (fits) => {
    expect(largestThatFits(100, (room) => (room <= fits ? room : undefined))).toBe(fits);
  });

  test('is all when all fits, at the first try', () => {
    const tried: number[] = [];
    expect(largestThatFits(1_000, (room) => tried.push(room) && room)).toBe(1_000);
    expect(tried).toEqual([1_000]);
  });

  test('is nothing when not even the least fits', () => {
    expect(largestThatFits(100, () => undefined)).toBeUndefined();
    expect(largestThatFits(0, () => undefined)).toBeUndefined();
  });
});
