import { describe, expect, test } from '@jest/globals';
import type { FeedState } from '../../src/model/feed.ts';
import type { PollSummary, PollTerms } from '../../src/model/poll.ts';
import { laneHeldUntil } from '../../src/schedule/lane-hold.ts';
import { stateDue } from './scheduler-world.ts';

const endedAt = Date.parse('2026-11-20T09:00:00Z');
const minute = 60_000;

function stateAfter(
  status: number,
  asked: Partial<PollTerms>,
  nextPollAt = endedAt + 120 * minute,
): FeedState {
  const lastPoll: PollSummary = {
    startedAt: endedAt,
    endedAt,
    outcome: 'failed',
    status,
    url: 'https://example.org/feed',
    hops: [],
    events: 0,
    wireBytes: 0,
  };
  return stateDue('log', nextPollAt, { lastPoll, terms: { endedAt, hasValidators: true, ...asked } });
}

describe('the lane of a feed', () => {
  test.each<[string, number, Partial<PollTerms>, number]>([
    ['429 with Retry-After is held as long as it says', 429, { retryAfterMs: 5 * minute }, 5],
    ['429 without Retry-After is held for half an hour', 429, {}, 30],
    ['429 with a Retry-After of 0 is not held', 429, { retryAfterMs: 0 }, 0],
    ['503 with Retry-After is not held: it speaks for the feed', 503, { retryAfterMs: 5 * minute }, 0],
    ['200 that spends the quota is held until it is renewed', 200, { rateLimitMs: 7 * minute }, 7],
    ['429 is held as long as the longer of both', 429, { retryAfterMs: minute, rateLimitMs: 2 * minute }, 2],
    ['429 is held no longer than its own feed waits', 429, { retryAfterMs: 9_999 * minute }, 120],
  ])('after a %s', (_rule, status, asked, minutes) => {
    expect(laneHeldUntil(stateAfter(status, asked))).toBe(minutes === 0 ? 0 : endedAt + minutes * minute);
  });

  test('that was never answered is not held', () => {
    expect(laneHeldUntil(stateDue('log', endedAt))).toBe(0);
  });
});
