// The state record of a feed as a poll leaves it: noted before the request leaves, and again when the
// answer has ended. Pure; the next poll itself is decided by next-poll.ts.

import type { FeedState, PollTotals } from '../model/feed.ts';
import type { FetchedFeed, NextPoll, PollSummary, PollTerms } from '../model/poll.ts';

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

/** What the answer asks of the next request, with what is still in force from the one before. */
export function termsOf(fetched: FetchedFeed, before: PollTerms | undefined): PollTerms {
  const isDocument = fetched.kind === 'document';
  const hasValidators = isDocument
    ? fetched.validators.etag !== undefined || fetched.validators.lastModified !== undefined
    : (before?.hasValidators ?? true);
  const renewable = renewableAfter(fetched, before);
  return {
    ...fetched.terms,
    ...(fetched.kind === 'notModified' && renewable),
    ...(renewable && { renewable }),
    hasValidators,
  };
}

// RFC 9111 §4.3.4: a 304 that says nothing of freshness renews the lifetime of the stored answer, which an error
// in between did not replace. https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4
function renewableAfter({ kind, terms }: FetchedFeed, before: PollTerms | undefined): PollTerms['renewable'] {
  if (kind === 'failed') return before?.renewable;
  const { freshnessMs, freshnessSource } = terms;
  if (freshnessMs === undefined) return kind === 'document' ? undefined : before?.renewable;
  return { freshnessMs, ...(freshnessSource && { freshnessSource }) };
}

/** Failures in a row after this outcome. */
export function failuresAfter(state: FeedState, outcome: PollSummary['outcome']): number {
  return outcome === 'failed' || outcome === 'gone' ? state.failures + 1 : 0;
}

/** The record after the poll. `noted` is what `noteRequest` made. */
export function endState(
  noted: FeedState,
  fetched: FetchedFeed,
  end: { summary: PollSummary; terms: PollTerms; nextPoll: NextPoll },
): FeedState {
  const { summary, terms, nextPoll } = end;
  const { failingSince, gone, lastSuccessAt, ...kept } = noted;
  const failed = summary.outcome === 'failed' || summary.outcome === 'gone';
  return {
    ...kept,
    nextPoll,
    terms,
    lastPoll: summary,
    failures: failuresAfter(noted, summary.outcome),
    ...(failed
      ? {
          failingSince: failingSince ?? summary.startedAt,
          ...(lastSuccessAt !== undefined && { lastSuccessAt }),
        }
      : { lastSuccessAt: summary.endedAt }),
    ...(summary.outcome === 'gone' && {
      gone: { since: gone?.since ?? summary.endedAt, count: (gone?.count ?? 0) + 1 },
    }),
    totals: countPoll(noted.totals, fetched, summary),
  };
}

function countPoll(totals: PollTotals, fetched: FetchedFeed, summary: PollSummary): PollTotals {
  const { figures } = fetched;
  const notModified = fetched.kind === 'notModified';
  return {
    polls: totals.polls + 1,
    requests: totals.requests + figures.requests,
    unconditional: totals.unconditional + (figures.conditional ? 0 : figures.requests),
    notModified: totals.notModified + (notModified ? 1 : 0),
    failed: totals.failed + (summary.outcome === 'failed' ? 1 : 0),
    wireBytes: totals.wireBytes + figures.wireBytes,
    savedBytes: totals.savedBytes + (notModified ? totals.documentBytes : 0),
    documentBytes: fetched.kind === 'document' ? figures.wireBytes : totals.documentBytes,
  };
}
