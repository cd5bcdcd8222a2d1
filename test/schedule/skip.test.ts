import { describe, expect, test } from '@jest/globals';
import type { DocumentHints } from '../../src/model/feed.ts';
import { skipAt } from '../../src/schedule/skip.ts';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('RSS 2.0 skipHours and skipDays, in GMT', () => {
  // 20 November 2026 is a Friday (5).
  test.each<[string, string, DocumentHints, string | undefined, string | undefined]>([
    ['no list', '2026-11-20T09:30:00Z', {}, undefined, undefined],
    ['an hour that is not listed', '2026-11-20T09:30:00Z', { skipHours: [8, 10] }, undefined, undefined],
    ['one hour', '2026-11-20T09:30:00Z', { skipHours: [9] }, '2026-11-20T10:00:00Z', 'skip-hours'],
    [
      'its first millisecond',
      '2026-11-20T09:00:00.000Z',
      { skipHours: [9] },
      '2026-11-20T10:00:00Z',
      'skip-hours',
    ],
    [
      'its last millisecond',
      '2026-11-20T09:59:59.999Z',
      { skipHours: [9] },
      '2026-11-20T10:00:00Z',
      'skip-hours',
    ],
    [
      'a night over midnight',
      '2026-11-20T22:30:00Z',
      { skipHours: [22, 23, 0, 1, 2, 3, 4, 5] },
      '2026-11-21T06:00:00Z',
      'skip-hours',
    ],
    [
      'hour 24, which is hour 0',
      '2026-11-20T00:10:00Z',
      { skipHours: [24] },
      '2026-11-20T01:00:00Z',
      'skip-hours',
    ],
    ['every hour: ignored', '2026-11-20T09:30:00Z', { skipHours: range(0, 23) }, undefined, undefined],
    [
      'every hour as 1-24: ignored',
      '2026-11-20T09:30:00Z',
      { skipHours: range(1, 24) },
      undefined,
      undefined,
    ],
    [
      'every hour but one',
      '2026-11-20T09:30:00Z',
      { skipHours: range(0, 22) },
      '2026-11-20T23:00:00Z',
      'skip-hours',
    ],
    [
      'hours that do not exist',
      '2026-11-20T09:30:00Z',
      { skipHours: [-1, 25, 9.5, Number.NaN] },
      undefined,
      undefined,
    ],
    ['one day', '2026-11-20T09:30:00Z', { skipDays: [5] }, '2026-11-21T00:00:00Z', 'skip-days'],
    ['a weekend', '2026-11-21T09:30:00Z', { skipDays: [6, 0] }, '2026-11-23T00:00:00Z', 'skip-days'],
    ['every day: ignored', '2026-11-20T09:30:00Z', { skipDays: range(0, 6) }, undefined, undefined],
    [
      'a day, then an hour',
      '2026-11-20T09:30:00Z',
      { skipDays: [5], skipHours: [0, 1] },
      '2026-11-21T02:00:00Z',
      'skip-days',
    ],
    [
      'an hour, then a day',
      '2026-11-19T23:30:00Z',
      { skipDays: [5], skipHours: [23] },
      '2026-11-21T00:00:00Z',
      'skip-hours',
    ],
    [
      'the one free hour of the week just missed',
      '2026-11-20T10:00:00Z',
      { skipDays: [0, 1, 2, 3, 4, 6], skipHours: range(0, 8).concat(range(10, 23)) },
      '2026-11-27T09:00:00Z',
      'skip-hours',
    ],
    [
      'before the week has begun to be counted',
      '1970-01-01T00:00:00Z',
      { skipDays: [4] },
      '1970-01-02T00:00:00Z',
      'skip-days',
    ],
  ])('%s', (_name, at, hints, until, reason) => {
    const skipped = skipAt(Date.parse(at), hints);
    expect(skipped?.reason).toBe(reason);
    expect(skipped?.until).toBe(until === undefined ? undefined : Date.parse(until));
  });
});
