// A feed as the poll gets it: all that feeds.yaml leaves unsaid, and what a test says.

import type { PolledFeed } from '../../src/poll.ts';

export interface FeedInTest {
  readonly id: string;
  readonly url: string;
  readonly intervalMs?: number;
  /** An hour. */
  readonly defaultIntervalMs?: number;
  readonly staleProbe?: boolean;
}

export function polledFeed(feed: FeedInTest): PolledFeed {
  const { id, defaultIntervalMs = 3_600_000, intervalMs } = feed;
  return {
    initial: 'none',
    labels: [],
    documentHints: true,
    rawContent: false,
    headers: {},
    allowDowngrade: false,
    staleProbe: false,
    ...feed,
    defaultIntervalMs,
    plan: {
      feedId: id,
      defaultIntervalMs,
      documentHints: true,
      ...(intervalMs !== undefined && { intervalMs }),
    },
  };
}
