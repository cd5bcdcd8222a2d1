// The next polls of a source's feeds under changed plans, from what is stored and without a request. The plan of one
// feed can change how long all of them wait. Writes nothing.

import type { FeedState } from '../model/feed.ts';
import type { NextPoll } from '../model/poll.ts';
import { isOfOtherUrl } from './poll-state.ts';
import { inSource, longestOf } from './source.ts';

/** The next poll of one feed as its plan and its stored answer decide it. */
export type Replan<F> = (feed: F, state: FeedState) => NextPoll | Promise<NextPoll>;

export interface Replanned<F> {
  readonly feed: F;
  readonly state: FeedState;
  readonly nextPoll: NextPoll;
}

/** Of those feeds that have a state; `orSetAside` takes the faults of single feeds, which are then left out. */
export async function replanFeeds<F extends { readonly id: string; readonly url: string }>(
  feeds: readonly F[],
  states: ReadonlyMap<string, FeedState>,
  replan: Replan<F>,
  orSetAside: (work: () => Promise<NextPoll>) => Promise<NextPoll | undefined>,
): Promise<Replanned<F>[]> {
  const planned: Replanned<F>[] = [];
  for (const feed of feeds) {
    const state = states.get(feed.id);
    const own = state && (await orSetAside(async () => ownNext(feed, state, replan)));
    if (state && own) planned.push({ feed, state, nextPoll: own });
  }
  // What an answer of another URL asked for keeps nobody waiting who asks this one.
  const isHere = ({ feed, state }: Replanned<F>) => !isOfOtherUrl(feed, state);
  const longest = longestOf(planned.filter(isHere).map(({ nextPoll }) => nextPoll));
  return planned.map((each) =>
    isHere(each) ? { ...each, nextPoll: inSource(each.nextPoll, longest) } : each,
  );
}

// After a request that was cut off the provisional next poll stands: a crash must not cost a second one. What is
// stored of another URL is for the first poll of this one to judge.
async function ownNext<F extends { readonly url: string }>(feed: F, state: FeedState, replan: Replan<F>) {
  return wasCutOff(state) || isOfOtherUrl(feed, state) ? state.nextPoll : replan(feed, state);
}

/** A request left and no answer was noted. */
export function wasCutOff({ requestedAt = 0, terms }: FeedState): boolean {
  return requestedAt > (terms?.endedAt ?? 0);
}
