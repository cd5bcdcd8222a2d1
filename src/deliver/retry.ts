// Decides when a failed delivery is tried again, or that it has been tried often enough. Pure: the
// jitter is computed from the delivery and the number of the attempt, so every process and every
// test finds the same moment. What a failure is, answer.ts decides.

import { createHash } from 'node:crypto';

export type RetryReason = 'schedule' | 'retry-after';

export interface FailedAttempt {
  readonly deliveryId: string;
  /** Of the attempt that just failed, from 1. */
  readonly number: number;
  /** Epoch ms at which it failed. */
  readonly endedAt: number;
  /** The endpoint's retry schedule: the wait before each attempt, so its length is the number of attempts. */
  readonly retryMs: readonly number[];
  /** What the receiver asked for, if it asked. */
  readonly retryAfterMs?: number;
}

export interface NextAttempt {
  /** Epoch ms. */
  readonly at: number;
  readonly reason: RetryReason;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The default schedule: ten attempts over 75 hours, 35 minutes and 5 seconds. */
export const standardRetryMs: readonly number[] = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** A receiver may ask for a longer wait, up to a day. */
const longestRetryAfterMs = 24 * hour;
const jitterShare = 0.1;
const leastJitterMs = 2 * second;
const mostJitterMs = 15 * minute;

/** The next attempt, or that the schedule has no more. */
export function nextAttempt(failed: FailedAttempt): NextAttempt | 'exhausted' {
  const ownMs = failed.retryMs[failed.number];
  if (ownMs === undefined) return 'exhausted';
  const theirsMs = Math.min(failed.retryAfterMs ?? 0, longestRetryAfterMs);
  const waitMs = Math.max(ownMs, theirsMs);
  return {
    at: failed.endedAt + waitMs + jitterMs(waitMs, jitterFraction(failed.deliveryId, failed.number)),
    reason: theirsMs > ownMs ? 'retry-after' : 'schedule',
  };
}

/**
 * Jitter is only added, so that nobody is asked earlier than announced; to a Retry-After too, which
 * many deliveries may have been given at once. It never exceeds the wait itself: the floor of 2 s
 * would turn a schedule of milliseconds, as tests and demonstrations have, into one of seconds.
 */
export function jitterMs(waitMs: number, fraction: number): number {
  const most = Math.min(Math.max(leastJitterMs, waitMs * jitterShare), mostJitterMs, waitMs);
  return Math.floor(most * fraction);
}

/** At least 0 and below 1, evenly spread over deliveries and attempts. */
export function jitterFraction(deliveryId: string, number: number): number {
  return createHash('sha256').update(`${deliveryId} ${number}`).digest().readUInt32BE(0) / 2 ** 32;
}
