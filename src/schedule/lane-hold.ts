// Until when a whole lane must be left alone because of what one of its feeds was answered. Pure, and from the
// stored state alone, so that a restart comes to the same.

import type { FeedState } from '../model/feed.ts';

/** What a 429 without Retry-After costs the lane: as much as a first failure costs its feed. */
export const refusedMs = 30 * 60_000;

/**
 * Epoch ms; 0 for no hold. A 429 and a spent quota speak for the whole origin, a 503 for its feed alone. The
 * lane waits no longer than the feed itself, whose wait is capped.
 * RFC 6585 §4: https://www.rfc-editor.org/rfc/rfc6585#section-4
 */
export function laneHeldUntil({ terms, lastPoll, nextPoll }: FeedState): number {
  if (!terms) return 0;
  const refusal = lastPoll?.status === 429 ? (terms.retryAfterMs ?? refusedMs) : 0;
  const heldMs = Math.max(refusal, terms.rateLimitMs ?? 0);
  return heldMs > 0 ? Math.min(terms.endedAt + heldMs, nextPoll.at) : 0;
}
