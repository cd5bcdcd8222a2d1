// A clock that ran ahead, by days or years, and was set right: what it wrote would keep a feed from being polled until
// that time has come. Pure; the scheduler asks at a start, before it believes the stored times.

import type { FeedState } from '../model/feed.ts';

/** Two machines, or one after a correction, may differ by this much without harm. */
const toleranceMs = 5 * 60_000;

/**
 * The state with its times where they would be if the last request left now: the waits stay as long as they are, so
 * that an origin is asked late rather than early. The same object when nothing has to be done.
 */
export function withClockSetRight(state: FeedState, now: number): FeedState {
  const aheadMs = (state.requestedAt ?? 0) - now;
  if (aheadMs <= toleranceMs) return state;
  // What was written before the clock ran ahead is right already.
  const back = (at: number) => (at > now ? at - aheadMs : at);
  const { terms, lastPoll, lastSuccessAt, failingSince, parkedAt } = state;
  return {
    ...state,
    requestedAt: now,
    nextPoll: { ...state.nextPoll, at: state.nextPoll.at - aheadMs },
    ...(terms && { terms: { ...terms, endedAt: back(terms.endedAt) } }),
    ...(lastPoll && {
      lastPoll: { ...lastPoll, startedAt: back(lastPoll.startedAt), endedAt: back(lastPoll.endedAt) },
    }),
    ...(lastSuccessAt !== undefined && { lastSuccessAt: back(lastSuccessAt) }),
    ...(failingSince !== undefined && { failingSince: back(failingSince) }),
    ...(parkedAt !== undefined && { parkedAt: back(parkedAt) }),
    ...withEpisodes(state, back),
  };
}

function withEpisodes({ gone, pendingMove, adopted, rhythm }: FeedState, back: (at: number) => number) {
  const probedAt = rhythm?.probedAt;
  return {
    ...(gone && { gone: { ...gone, since: back(gone.since) } }),
    ...(pendingMove && { pendingMove: { ...pendingMove, since: back(pendingMove.since) } }),
    ...(adopted && { adopted: { ...adopted, at: back(adopted.at) } }),
    ...(rhythm && {
      rhythm: {
        ...rhythm,
        changedAt: back(rhythm.changedAt),
        ...(probedAt !== undefined && { probedAt: back(probedAt) }),
      },
    }),
  };
}
