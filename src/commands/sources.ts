// Which feeds share a request and which share a lane, as the daemon sees it: by the URL that is asked now. For
// commands that look beside it.

import type { Config } from '../config/load.ts';
import type { FeedState } from '../model/feed.ts';
import type { PolledFeed } from '../poll.ts';
import { laneOf } from '../schedule/lane.ts';
import { urlToAsk } from '../schedule/move.ts';
import { type Source, sourcesOf } from '../schedule/source.ts';

export function currentSources<F extends PolledFeed>(
  { origins }: Pick<Config, 'origins'>,
  feeds: readonly F[],
  states: ReadonlyMap<string, FeedState>,
): Source<F>[] {
  return sourcesOf(
    feeds,
    (feed) => urlToAsk(feed, states.get(feed.id)),
    (url, { id }) => laneOf(url, id, origins),
  );
}

/** Feed id -> its source. */
export function bySourceOf<F extends PolledFeed>(
  sources: readonly Source<F>[],
): ReadonlyMap<string, Source<F>> {
  return new Map(sources.flatMap((source) => source.feeds.map(({ id }) => [id, source] as const)));
}
