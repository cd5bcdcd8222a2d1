// The metrics of polls. Labels are outcomes and codes, never text from a feed.

import { Counter, Histogram, type Registry } from 'prom-client';
import type { PollScore } from '../model/feed.ts';
import type { FetchedFeed, PollSummary } from '../model/poll.ts';

export interface PollMetrics {
  countPoll(summary: PollSummary, fetched: FetchedFeed, savedBytes: number): void;
  /** What a poll added to what origins could hold against a feed. */
  countScore(before: PollScore | undefined, after: PollScore | undefined): void;
}

/** The faults that the score counts -> the label. */
const scoreLabels = {
  early: 'early',
  insideRetryAfter: 'inside_retry_after',
  outOfSequence: 'validators_out_of_sequence',
  madeUp: 'validators_made_up',
  additions: 'additions',
  cookies: 'cookies',
  referrers: 'referrers',
} as const satisfies Partial<Record<keyof PollScore, string>>;

const scoreFaults = Object.entries(scoreLabels) as [keyof typeof scoreLabels, string][];

export function pollMetrics(registry: Registry): PollMetrics {
  const registers = [registry];
  const polls = new Counter({
    registers,
    name: 'feedhook_polls_total',
    help: 'Polls by outcome.',
    labelNames: ['outcome'],
  });
  const failures = new Counter({
    registers,
    name: 'feedhook_poll_failures_total',
    help: 'Failed polls by code.',
    labelNames: ['code'],
  });
  const requests = new Counter({
    registers,
    name: 'feedhook_origin_requests_total',
    help: 'Requests to origins, redirects included.',
    labelNames: ['conditional'],
  });
  const archives = new Counter({
    registers,
    name: 'feedhook_archives_total',
    help: 'Requests for archives of feeds, redirects included.',
  });
  const possibleGaps = new Counter({
    registers,
    name: 'feedhook_possible_gaps_total',
    help: 'Polls after which entries may have been missed.',
  });
  const pollSeconds = new Histogram({
    registers,
    name: 'feedhook_poll_duration_seconds',
    help: 'From the start of a poll to the end of its answer.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
  });
  const received = new Counter({
    registers,
    name: 'feedhook_received_bytes_total',
    help: 'Body bytes received from origins, as on the wire.',
  });
  const saved = new Counter({
    registers,
    name: 'feedhook_saved_bytes_total',
    help: 'Body bytes not sent because an answer was 304.',
  });
  return {
    countPoll(summary, { figures }, savedBytes) {
      polls.inc({ outcome: summary.outcome });
      if (summary.code !== undefined) failures.inc({ code: summary.code });
      requests.inc({ conditional: figures.conditional ? 'yes' : 'no' }, figures.requests);
      requests.inc({ conditional: 'no' }, figures.archives?.requests ?? 0);
      archives.inc(figures.archives?.requests ?? 0);
      if (summary.notes?.possibleGap !== undefined) possibleGaps.inc();
      pollSeconds.observe((summary.endedAt - summary.startedAt) / 1000);
      received.inc(figures.wireBytes + (figures.archives?.wireBytes ?? 0));
      saved.inc(savedBytes);
    },
    countScore: scoreCounter(registers),
  };
}

function scoreCounter(registers: Registry[]): PollMetrics['countScore'] {
  const faults = new Counter({
    registers,
    name: 'feedhook_score_total',
    help: 'Requests and validators that an origin could hold against us.',
    labelNames: ['count'],
  });
  // Shown while they are 0, so that an alert can be written before the first.
  for (const [, count] of scoreFaults) faults.inc({ count }, 0);
  return (before, after) => {
    if (!after) return;
    for (const [fault, count] of scoreFaults) {
      const added = after[fault] - (before?.[fault] ?? 0);
      if (added > 0) faults.inc({ count }, added);
    }
  };
}
