// Whether a feed may be polled by hand now, and what that overrides. The daemon's limits hold here too: the feed's
// own next poll (unless forced), and whatever the origin answered to this feed or to another of its lane. Pure.

import type { DocumentHints, FeedState } from '../model/feed.ts';
import {
  deciding,
  type Explained,
  type ExplainedTerm,
  explain,
  laneHoldOf,
  nameOf,
  originWaitEnd,
  skippedNow,
} from '../schedule/explain.ts';
import type { Lane } from '../schedule/lane.ts';
import type { PollPlan } from '../schedule/longest-wait.ts';
import { fromNow, when } from './table.ts';

/** What is known of a feed, and of every feed of its lane. */
export interface Turn {
  readonly plan: PollPlan;
  readonly hints: DocumentHints;
  readonly own: FeedState | undefined;
  readonly lane: readonly FeedState[];
  /** Whether other feeds share its requests. */
  readonly isShared?: boolean;
  /** What is stored speaks of a URL that feeds.yaml had before. */
  readonly isOfOtherUrl?: boolean;
}

export type TurnDecision =
  | { readonly mayPoll: false; readonly why: string }
  /** What would have kept the feed from being polled, in words; empty when it is due. */
  | { readonly mayPoll: true; readonly overrides: readonly string[] };

/** `isForced` breaks the feed's own waits, never the origin's. */
export function decideTurn(turn: Turn, isForced: boolean, now: number): TurnDecision {
  const { plan, hints, own, lane, isShared = false, isOfOtherUrl = false } = turn;
  const explained = own && explain({ plan, state: own, hints, lane, isShared });
  const refusal = originRefusal(own, lane, now);
  if (refusal !== undefined) return { mayPoll: false, why: refusal };
  if (!own || !explained || isOfOtherUrl) return { mayPoll: true, overrides: [] };
  if (own.nextPoll.at > now && !isForced) return { mayPoll: false, why: notDue(explained, own, now) };
  return { mayPoll: true, overrides: isForced ? overridden(explained, turn, own, now) : [] };
}

/**
 * The same for feeds that share a request: one that must wait keeps all of them waiting. A parked one owes nothing, so
 * it counts only if it was named.
 */
export function decideTurns(
  turns: readonly Turn[],
  named: ReadonlySet<string>,
  isForced: boolean,
  now: number,
): TurnDecision {
  const counting = turns.filter(({ plan, own }) => own?.parkedAt === undefined || named.has(plan.feedId));
  const decisions = counting.map((turn) => decideTurn(turn, isForced, now));
  const refused = decisions.find(({ mayPoll }) => !mayPoll);
  if (refused) return refused;
  const overrides = decisions.flatMap((decision) => (decision.mayPoll ? decision.overrides : []));
  return { mayPoll: true, overrides: [...new Set(overrides)] };
}

/** What an origin says in words meant for us is broken by no hand. */
function originRefusal(
  own: FeedState | undefined,
  lane: readonly FeedState[],
  now: number,
): string | undefined {
  const waitEnd = own ? originWaitEnd(own) : 0;
  if (own && waitEnd > now) {
    const { retryAfter, rateLimit } = own.terms?.said ?? {};
    const said = retryAfter ?? rateLimit;
    const what = said === undefined ? '' : ` (${said})`;
    return `the origin asked to wait${what}, which ends ${at(waitEnd, now)}; --force does not break it`;
  }
  const hold = laneHoldOf(lane);
  if (!hold || hold.until <= now) return undefined;
  return `the origin refused feed ${hold.feedId} of this lane, which waits; ends ${at(hold.until, now)}`;
}

function notDue(explained: Explained, { nextPoll, parkedAt }: FeedState, now: number): string {
  if (parkedAt !== undefined)
    return `parked since ${when(parkedAt)} because the origin says that it is gone (410); --force asks again`;
  return `due ${at(nextPoll.at, now)} because of ${because(explained)}; --force polls now`;
}

/** `max-age-capped (Cache-Control: max-age=99999999)`. */
export function because(explained: Explained): string {
  const saidBy = deciding(explained)?.saidBy;
  return `${explained.nextPoll.reason}${saidBy === undefined ? '' : ` (${saidBy})`}`;
}

function overridden(explained: Explained, { plan, hints }: Turn, own: FeedState, now: number): string[] {
  const { nextPoll, parkedAt } = own;
  const parked = parkedAt === undefined ? [] : [`parked since ${when(parkedAt)} (410)`];
  const waits = explained.terms.filter(({ term, until = 0 }) => !ofOrigin.has(term) && until > now);
  const skipped = skippedNow(plan, hints, now);
  const skip = skipped && !waits.some(({ term }) => term === skipped.reason) ? skipped : undefined;
  const found = [
    ...parked,
    ...waits.map(overrideOf),
    ...(skip ? [`${skip.reason} until ${when(skip.until)}`] : []),
  ];
  if (found.length > 0 || nextPoll.at <= now) return found;
  const what = explained.origin === 'cut-off' ? 'the wait after a request that was cut off' : 'jitter';
  return [`${what}, until ${when(nextPoll.at)} (${nameOf(nextPoll.reason)})`];
}

const ofOrigin: ReadonlySet<string> = new Set(['retry-after', 'rate-limit', 'lane', 'parked']);

function overrideOf({ term, until, saidBy }: ExplainedTerm): string {
  return `${term} until ${when(until)}${saidBy === undefined ? '' : ` (${saidBy})`}`;
}

function at(ms: number, now: number): string {
  return `${fromNow(ms, now)}, at ${when(ms)}`;
}

/** Epoch ms at which the gap of the lane is over; 0 when nobody has asked, or there is no gap. */
export function gapEnd({ gapMs }: Lane, lane: readonly FeedState[], now: number): number {
  // A clock that was ahead must not make a gap longer than it is.
  const askedAt = lane.map(({ requestedAt = 0, terms }) =>
    Math.min(now, Math.max(requestedAt, terms?.endedAt ?? 0)),
  );
  return gapMs > 0 ? Math.max(0, ...askedAt.map((at) => at + gapMs)) : 0;
}
