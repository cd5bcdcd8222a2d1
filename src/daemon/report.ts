// What the daemon says of a poll: one wide log line and the counters.

import type { FeedConfig } from '../config/load.ts';
import { type Log, printableUrl } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { PollEnd } from '../poll.ts';
import type { Metrics } from '../server/metrics.ts';

/** One wide line a poll, and its counters. */
export function observePoll(
  { state, summary, fetched, events }: PollEnd,
  before: FeedState | undefined,
  feed: FeedConfig,
  log: Log,
  metrics: Metrics,
): void {
  const { figures } = fetched;
  metrics.countPoll(summary, fetched, state.totals.savedBytes - (before?.totals.savedBytes ?? 0));
  metrics.countEvents(events);
  log[summary.outcome === 'failed' && state.failures === 3 ? 'warn' : 'info'](
    {
      feed: feed.id,
      url: printableUrl(summary.url),
      outcome: summary.outcome,
      ...(summary.status !== undefined && { status: summary.status }),
      ...(summary.code !== undefined && {
        code: summary.code,
        reason: summary.message,
        failures: state.failures,
      }),
      ...(summary.hops.length > 0 && { hops: summary.hops.length }),
      ...(summary.charset && { charset: summary.charset.charset, charsetReason: summary.charset.reason }),
      ...(summary.entries !== undefined && { entries: summary.entries, ...summary.notes }),
      events: events.length,
      conditional: figures.conditional,
      wireBytes: figures.wireBytes,
      durationMs: summary.endedAt - summary.startedAt,
      nextPoll: new Date(state.nextPoll.at).toISOString(),
      nextReason: state.nextPoll.reason,
    },
    'poll',
  );
}
