// The state record of a feed as a poll leaves it: noted before the request leaves, and again when the
// answer has ended. Pure; the next poll itself is decided by next-poll.ts, what failures and moves mean by standing.ts.

import type { FeedState, PollScore, PollTotals } from '../model/feed.ts';
import type { FetchedFeed, NextPoll, PollSummary, PollTerms } from '../model/poll.ts';
import type { StandingState } from './standing.ts';
import { isTold } from './trouble.ts';

const nothingYet: PollTotals = {
  polls: 0,
  requests: 0,
  unconditional: 0,
  notModified: 0,
  failed: 0,
  wireBytes: 0,
  savedBytes: 0,
  documentBytes: 0,
};

/** A crash right after this line costs one interval, never a second request. */
export function noteRequest(
  feedId: string,
  state: FeedState | undefined,
  requestedAt: number,
  provisional: NextPoll,
): FeedState {
  return {
    ...(state ?? { feedId, failures: 0, totals: nothingYet }),
    requestedAt,
    nextPoll: provisional,
  };
}

/**
 * What the answer asks of the next request, with what is still in force from the one before. A document that is no feed
 * (`isFeed` false) replaces nothing of what the last feed gave.
 */
export function termsOf(fetched: FetchedFeed, before: PollTerms | undefined, isFeed = true): PollTerms {
  const hasValidators =
    isFeed && fetched.kind === 'document'
      ? fetched.validators.etag !== undefined || fetched.validators.lastModified !== undefined
      : (before?.hasValidators ?? true);
  const renewable = isFeed ? renewableAfter(fetched, before) : before?.renewable;
  const renewed = fetched.kind === 'notModified' ? renewable : undefined;
  return {
    ...fetched.terms,
    ...renewed,
    ...(renewed?.said && { said: { ...fetched.terms.said, ...renewed.said } }),
    ...(renewable && { renewable }),
    hasValidators,
  };
}

// RFC 9111 §4.3.4: a 304 that says nothing of freshness renews the lifetime of the stored answer, which an error
// in between did not replace. https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
function renewableAfter({ kind, terms }: FetchedFeed, before: PollTerms | undefined): PollTerms['renewable'] {
  if (kind === 'failed') return before?.renewable;
  const { freshnessMs, freshnessSource, said } = terms;
  if (freshnessMs === undefined) return kind === 'document' ? undefined : before?.renewable;
  return {
    freshnessMs,
    ...(freshnessSource && { freshnessSource }),
    ...(said?.freshness !== undefined && { said: { freshness: said.freshness } }),
  };
}

/** The record after the poll. `noted` is what `noteRequest` made, `standing` what standing.ts decided. */
export function endState(
  noted: FeedState,
  fetched: FetchedFeed,
  end: {
    summary: PollSummary;
    terms: PollTerms;
    nextPoll: NextPoll;
    standing: StandingState;
    score?: PollScore;
  },
): FeedState {
  const { feedId, requestedAt, totals } = noted;
  const { summary, terms, nextPoll, standing, score = noted.score } = end;
  return {
    feedId,
    ...standing,
    ...(requestedAt !== undefined && { requestedAt }),
    nextPoll,
    terms,
    lastPoll: summary,
    ...(score && { score }),
    totals: countPoll(totals, fetched, summary),
  };
}

/** True when the state speaks of another configured URL: the feed is then due at once, parked or not. */
export function isOfOtherUrl(feed: { readonly url: string }, state: FeedState): boolean {
  return state.url !== undefined && state.url !== feed.url;
}

/**
 * What a state means for a feed whose URL was changed in feeds.yaml: no move, no 410, no count of failures of the old one
 * holds the new one back. That receivers were told of trouble stays, so that they are told of its end.
 */
export function stateAtUrl(feed: { readonly url: string }, state: FeedState): FeedState {
  if (!isOfOtherUrl(feed, state)) return state;
  const { adopted, pendingMove, rhythm, gone, parkedAt, failures, url, ...others } = state;
  const { failingSince, errorSteps, isReportedGone, ...kept } = others;
  return {
    ...kept,
    url: feed.url,
    failures: 0,
    ...(isTold(state) && {
      ...(failingSince !== undefined && { failingSince }),
      ...(errorSteps !== undefined && { errorSteps }),
      ...(isReportedGone !== undefined && { isReportedGone }),
    }),
  };
}

function countPoll(totals: PollTotals, fetched: FetchedFeed, summary: PollSummary): PollTotals {
  const { figures } = fetched;
  const { requests, wireBytes } = figures.archives ?? { requests: 0, wireBytes: 0 };
  const notModified = fetched.kind === 'notModified';
  return {
    polls: totals.polls + 1,
    requests: totals.requests + figures.requests + requests,
    unconditional: totals.unconditional + (figures.conditional ? 0 : figures.requests) + requests,
    notModified: totals.notModified + (notModified ? 1 : 0),
    failed: totals.failed + (summary.outcome === 'failed' ? 1 : 0),
    wireBytes: totals.wireBytes + figures.wireBytes + wireBytes,
    savedBytes: totals.savedBytes + (notModified ? totals.documentBytes : 0),
    documentBytes: fetched.kind === 'document' ? figures.wireBytes : totals.documentBytes,
  };
}
