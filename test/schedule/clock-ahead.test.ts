import { describe, expect, test } from '@jest/globals';
import type { FeedState } from '../../src/model/feed.ts';
import { withClockSetRight } from '../../src/schedule/clock-ahead.ts';

const now = Date.parse('2026-11-21T09:00:00Z');
const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

/** As a poll leaves it at `at`. */
function stateAt(at: number, over: Partial<FeedState> = {}): FeedState {
  return {
    feedId: 'log',
    requestedAt: at - 100,
    nextPoll: { at: at + hourMs, reason: 'interval' },
    terms: { endedAt: at, hasValidators: true },
    failures: 0,
    lastSuccessAt: at,
    totals: {
      polls: 1,
      requests: 1,
      unconditional: 1,
      notModified: 0,
      failed: 0,
      wireBytes: 9,
      savedBytes: 0,
      documentBytes: 9,
    },
    ...over,
  };
}

describe('a state that was written by a clock ahead of this one', () => {
  const right = withClockSetRight(stateAt(now + yearMs), now);

  test('waits as long as it would have, counted from now', () => {
    expect(right.nextPoll).toEqual({ at: now + hourMs + 100, reason: 'interval' });
    expect(right.terms?.endedAt).toBe(now + 100);
    expect(right.requestedAt).toBe(now);
  });

  test('keeps what was written before the clock ran ahead', () => {
    const failing = stateAt(now + yearMs, {
      failingSince: now - hourMs,
      gone: { since: now + yearMs, count: 1 },
    });
    expect(withClockSetRight(failing, now)).toMatchObject({
      failingSince: now - hourMs,
      gone: { since: now + 100, count: 1 },
    });
  });

  test('stays without a next poll if it had none', () => {
    const parked = stateAt(now + yearMs, {
      nextPoll: { at: Number.POSITIVE_INFINITY, reason: 'parked' },
      parkedAt: now + yearMs,
    });
    expect(withClockSetRight(parked, now).nextPoll.at).toBe(Number.POSITIVE_INFINITY);
  });
});

test.each([
  ['of a minute ago', now - 60_000],
  ['of this moment', now],
  ['of a clock a little ahead', now + 4 * 60_000],
])('a state %s is left as it is, long waits included', (_, at) => {
  const state = stateAt(at, { nextPoll: { at: at + 365 * 24 * hourMs, reason: 'interval' } });
  expect(withClockSetRight(state, now)).toBe(state);
});
