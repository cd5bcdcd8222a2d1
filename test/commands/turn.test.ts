// When a feed may be polled by hand: the waits of the origin hold for the whole lane, and no flag breaks them.

import { describe, expect, test } from '@jest/globals';
import { gapEnd, whyNotNow } from '../../src/commands/turn.ts';
import type { FeedState } from '../../src/model/feed.ts';

const now = 1_800_000_000_000;
const hour = 3_600_000;

/** A feed whose last answer ended a second ago. */
function stored({
  status = 200,
  ...terms
}: {
  status?: number;
  retryAfterMs?: number;
  rateLimitMs?: number;
}) {
  return {
    feedId: 'log',
    nextPoll: { at: now + hour, reason: 'interval' },
    terms: { endedAt: now - 1_000, hasValidators: true, ...terms },
    lastPoll: { status },
  } as FeedState;
}

describe('a poll by hand', () => {
  test.each([
    { name: 'nothing is known of the feed', own: undefined, lane: [], isForced: false, why: undefined },
    { name: 'not due', own: stored({}), lane: [], isForced: false, why: 'due in 60 min because of interval' },
    { name: 'not due, forced', own: stored({}), lane: [], isForced: true, why: undefined },
    {
      name: 'Retry-After, forced',
      own: stored({ status: 503, retryAfterMs: hour }),
      lane: [],
      isForced: true,
      why: 'the origin asked to wait',
    },
    {
      name: 'a 429 to another feed of the lane, forced',
      own: undefined,
      lane: [stored({ status: 429 })],
      isForced: true,
      why: 'the origin refused a feed of this lane',
    },
    {
      name: 'a 503 to another feed of the lane speaks for that feed alone',
      own: undefined,
      lane: [stored({ status: 503, retryAfterMs: hour })],
      isForced: false,
      why: undefined,
    },
  ])('$name -> $why', ({ own, lane, isForced, why }) => {
    const refusal = whyNotNow({ own, lane }, isForced, now);
    expect(refusal).toEqual(why === undefined ? undefined : expect.stringContaining(why));
  });

  test('the gap counts from the last request of any feed of the lane', () => {
    const lane = { id: 'example.org', gapMs: 2_000, concurrency: 1 };
    expect(gapEnd(lane, [stored({}), { ...stored({}), requestedAt: now }])).toBe(now + 2_000);
    expect(gapEnd(lane, [])).toBe(0);
    expect(gapEnd({ ...lane, gapMs: 0 }, [stored({})])).toBe(0);
  });
});
