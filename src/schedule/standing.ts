// How a feed stands after a poll, over days: its failures, its address, its rhythm, and the events that tell of them.
// Pure, without a clock. Called once a poll, after the answer was understood and before anything is written, because
// the events go into the same write as what was learned.
//
// That write comes before the one of the state. After a crash in between the next poll decides again from the same
// stored state, so every id here is made from what was stored before the poll.

import type { FeedNotice } from '../model/event.ts';
import type { FeedState, ParsedFeed } from '../model/feed.ts';
import type { FetchedFeed, NextPoll, PollSummary } from '../model/poll.ts';
import { claimOf } from './claimed-move.ts';
import { effectiveUrl, movesAfter } from './move.ts';
import { isOverdue, rhythmAfter } from './rhythm.ts';
import { isGood, type Trouble, troubleNotice } from './trouble.ts';

export interface StandingInput {
  readonly feed: { readonly url: string };
  /** As noted before the request. */
  readonly before: FeedState;
  readonly fetched: FetchedFeed;
  readonly summary: PollSummary;
  /** The document, if one was read; absent when it is the known one. */
  readonly parsed?: ParsedFeed | undefined;
  /** How many of its entries, or of its archives', were known before, and whether any entry was. */
  readonly knownEntries: number;
  readonly hadKnown: boolean;
  /** `baseline.at` of the memory as this poll leaves it. */
  readonly baselineAt?: number | undefined;
  /** `claimedUrl` of the memory before this poll. */
  readonly claimedUrl?: string | undefined;
  /** What `troubleAfter` made of this poll, and the next poll that follows from it. */
  readonly trouble: Trouble;
  readonly nextPoll: NextPoll;
}

/** The part of a state that is decided here. */
export type StandingState = Trouble & Pick<FeedState, 'url' | 'adopted' | 'pendingMove' | 'rhythm'>;

export interface Standing {
  readonly state: StandingState;
  /** In the order in which events are made. */
  readonly notices: readonly FeedNotice[];
  /** For the memory, in the write that holds the notices. */
  readonly claimedUrl?: string;
  /** With this poll the silence of an always-304 origin has become suspect. */
  readonly isNewlyOverdue: boolean;
}

export function standingAfter(input: StandingInput): Standing {
  const { feed, before, fetched, summary, trouble, nextPoll } = input;
  const moves = movesAfter({
    feed,
    before,
    hops: fetched.hops,
    finalUrl: fetched.url,
    isGood: isGood(summary.outcome),
    endedAt: summary.endedAt,
    baselineAt: input.baselineAt,
  });
  const isChanged = input.parsed !== undefined;
  const rhythm = rhythmAfter(before.rhythm, { fetched, outcome: summary.outcome, isChanged });
  const state = { url: feed.url, ...trouble, ...moves.state, ...(rhythm && { rhythm }) };
  const claim = claimAfter(input, state);
  const told = troubleNotice({
    before,
    after: trouble,
    summary,
    nextPollAt: nextPoll.at,
    mayHaveMissed: mayHaveMissed(input),
  });
  return {
    state,
    notices: [moves.notice, claim, told].filter((notice) => notice !== undefined),
    ...(claim?.type === 'feed.moved' && { claimedUrl: claim.to }),
    isNewlyOverdue: becameOverdue(before, state, summary),
  };
}

function claimAfter(input: StandingInput, state: StandingState): FeedNotice | undefined {
  const { feed, before, fetched, parsed, baselineAt, claimedUrl } = input;
  if (parsed === undefined || baselineAt === undefined) return undefined;
  const known = [feed.url, before.adopted?.url, state.adopted?.url, ...fetched.hops.map(({ url }) => url)];
  return claimOf({
    parsed,
    from: effectiveUrl(feed, before),
    known: [...known, fetched.url].filter((url) => url !== undefined),
    claimedUrl,
    baselineAt,
  });
}

/**
 * A possible gap: other entries may have come and gone in between. A 226 shows what is new and nothing else, so that
 * nothing known is in it means nothing.
 */
export function mayHaveMissed({
  fetched,
  parsed,
  knownEntries,
  hadKnown,
}: Pick<StandingInput, 'fetched' | 'parsed' | 'knownEntries' | 'hadKnown'>): boolean {
  return parsed !== undefined && fetched.status !== 226 && hadKnown && knownEntries === 0;
}

function becameOverdue(before: FeedState, state: StandingState, summary: PollSummary): boolean {
  const wasOverdue = before.lastPoll !== undefined && isOverdue(before, before.lastPoll.endedAt);
  const { rhythm } = state;
  return !wasOverdue && isOverdue({ ...(rhythm && { rhythm }), lastPoll: summary }, summary.endedAt);
}
