import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DueHeap } from '../../../src/backend/sqlite/due-heap.ts';

describe('the due heap', () => {
  test('gives out by time, and those of one time in the order they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const heap = new DueHeap();
        for (const [place, at] of times.entries()) heap.push(String(place), at);
        const expected = times
          .map((at, place) => ({ id: String(place), at }))
          .sort((one, two) => one.at - two.at || Number(one.id) - Number(two.id));
        const given = times.map(() => heap.shift()).map((due) => ({ id: due?.id, at: due?.at }));
        expect(given).toEqual(expected);
        expect(heap.first).toBeUndefined();
        expect(heap.shift()).toBeUndefined();
      }),
    );
  });

  test('is empty when it was cleared', () => {
    const heap = new DueHeap();
    heap.push('a', 1);
    heap.clear();
    expect(heap.size).toBe(0);
  });
});
