// What the daemon says of a poll: one wide log line and the counters.

import { type Log, printableUrl } from '../log.ts';
import type { PollEnd } from '../poll.ts';
import type { Metrics } from '../server/metrics.ts';

/** One wide line for each feed that a poll was made for, and its counters. */
export function observePoll(end: PollEnd, log: Log, metrics: Metrics): void {
  const { feed, before, state, summary, fetched, events, isNewlyOverdue } = end;
  const { figures } = fetched;
  metrics.countPoll(summary, fetched, state.totals.savedBytes - (before?.totals.savedBytes ?? 0));
  metrics.countScore(before?.score, state.score);
  metrics.countEvents(events);
  const isTelling = summary.outcome === 'failed' && state.failures === 3;
  const isGap = summary.notes?.possibleGap !== undefined;
  // Nothing else brings a person to decide on them.
  const isWithheld = summary.notes?.withheld !== undefined;
  log[isTelling || isNewlyOverdue || isGap || isWithheld ? 'warn' : 'info'](
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
      ...(isGap && summary.message !== undefined && { reason: summary.message }),
      events: events.length,
      conditional: figures.conditional,
      wireBytes: summary.wireBytes,
      durationMs: summary.endedAt - summary.startedAt,
      // "Not modified" for longer than the feed's rhythm explains: the origin's cache may be stuck.
      ...(isNewlyOverdue && { overdue: true }),
      // A parked feed has none.
      ...(Number.isFinite(state.nextPoll.at) && { nextPoll: new Date(state.nextPoll.at).toISOString() }),
      nextReason: state.nextPoll.reason,
    },
    'poll',
  );
}
