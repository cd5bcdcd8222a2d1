// A token bucket, pure: `burst` requests at once and `count` in `perMs` in the long run. Kept as the time at which it
// would be full again, so that nothing has to be counted while nobody asks.

import type { Rate } from '../ports.ts';

export interface Bucket {
  /** Epoch ms. */
  readonly fullAt: number;
}

/** With one token, not with all: a daemon that is started over and over must not send a burst at each start. */
export function newBucket(rate: Rate, now: number): Bucket {
  return { fullAt: now + fillMs(rate) - tokenMs(rate) };
}

/**
 * The bucket as it can be now: an empty one is full after its whole time, whatever the clock said before it was set back, or
 * the rate before it was changed. To be kept, or the time would move on with each look.
 */
export function bucketAt({ fullAt }: Bucket, rate: Rate, now: number): Bucket {
  return { fullAt: Math.min(fullAt, now + fillMs(rate)) };
}

/** Epoch ms from which there is a token; `now` or later. */
export function nextTokenAt({ fullAt }: Bucket, rate: Rate, now: number): number {
  return Math.max(now, Math.ceil(fullAt - (fillMs(rate) - tokenMs(rate))));
}

/** Also when there is none: then the next comes one later. */
export function takeToken({ fullAt }: Bucket, rate: Rate, now: number): Bucket {
  return { fullAt: Math.max(now, fullAt) + tokenMs(rate) };
}

const tokenMs = ({ count, perMs }: Rate) => perMs / count;
const fillMs = (rate: Rate) => Math.max(1, rate.burst) * tokenMs(rate);
