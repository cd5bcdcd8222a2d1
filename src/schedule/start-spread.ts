// New feeds, and feeds that came due while nothing ran, are not polled all at once at a start. Each gets its
// own moment in the span after it, the same at each start.

import { hashFraction } from './hash-fraction.ts';

export function spreadStart(feedId: string, nowMs: number, spreadMs: number): number {
  return nowMs + Math.floor(hashFraction(feedId) * Math.max(0, spreadMs || 0));
}
