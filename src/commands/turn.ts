// Whether a feed may be polled by hand now. The daemon's limits hold here too: the feed's own next poll (unless
// forced), and whatever the origin answered to this feed or to another of its lane. Pure.

import type { FeedState } from '../model/feed.ts';
import type { Lane } from '../schedule/lane.ts';
import { laneHeldUntil } from '../schedule/lane-hold.ts';
import { fromNow } from './table.ts';

/** What is stored of a feed, and of every feed of its lane. */
export interface Turn {
  readonly own: FeedState | undefined;
  readonly lane: readonly FeedState[];
}

/** Why not, in words; `isForced` breaks the feed's own waits, never the origin's. */
export function whyNotNow({ own, lane }: Turn, isForced: boolean, now: number): string | undefined {
  const { terms, nextPoll } = own ?? {};
  const heldUntil = terms ? terms.endedAt + Math.max(terms.retryAfterMs ?? 0, terms.rateLimitMs ?? 0) : 0;
  if (heldUntil > now) return `the origin asked to wait, Retry-After ends ${fromNow(heldUntil, now)}`;
  const laneFrom = Math.max(0, ...lane.map(laneHeldUntil));
  if (laneFrom > now)
    return `the origin refused a feed of this lane, which waits; ends ${fromNow(laneFrom, now)}`;
  if (!isForced && nextPoll && nextPoll.at > now)
    return `due ${fromNow(nextPoll.at, now)} because of ${nextPoll.reason}; --force polls now`;
  return undefined;
}

/** Epoch ms at which the gap of the lane is over; 0 when nobody has asked, or there is no gap. */
export function gapEnd({ gapMs }: Lane, lane: readonly FeedState[]): number {
  const askedAt = lane.map(({ requestedAt = 0, terms }) => Math.max(requestedAt, terms?.endedAt ?? 0));
  return gapMs > 0 ? Math.max(0, ...askedAt.map((at) => at + gapMs)) : 0;
}
