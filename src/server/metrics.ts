// The metrics of one daemon, for Prometheus. Every series is bounded: labels are outcomes, codes and
// configured endpoint ids, never text from a feed. docs/operations.md lists each name, and a test holds it to that.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { StoreError } from '../errors.ts';
import type { Attempt, EndpointHealth } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';
import type { PollScore } from '../model/feed.ts';
import type { FetchedFeed, PollSummary } from '../model/poll.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  countPoll(summary: PollSummary, fetched: FetchedFeed, savedBytes: number): void;
  countEvents(events: readonly StoredEvent[]): void;
  /** What a poll added to what origins could hold against a feed. */
  countScore(before: PollScore | undefined, after: PollScore | undefined): void;
  countAttempt(endpointId: string, attempt: Attempt): void;
  countStoreFault(code: string): void;
  countReload(result: 'applied' | 'refused'): void;
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

/** What is read at the moment of a scrape. */
export interface MetricSources {
  endpoints(): Promise<readonly EndpointHealth[]>;
  feeds(): number;
  lanes(): number;
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const endpointsNow = () => sources.endpoints().catch(noneIfStoreFails);

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
  const events = new Counter({
    registers,
    name: 'feedhook_events_total',
    help: 'Events stored by type.',
    labelNames: ['type'],
  });
  const faults = new Counter({
    registers,
    name: 'feedhook_score_total',
    help: 'Requests and validators that an origin could hold against us.',
    labelNames: ['count'],
  });
  // Shown while they are 0, so that an alert can be written before the first.
  for (const [, count] of scoreFaults) faults.inc({ count }, 0);
  const attempts = new Counter({
    registers,
    name: 'feedhook_attempts_total',
    help: 'Delivery attempts by endpoint and outcome.',
    labelNames: ['endpoint', 'outcome'],
  });
  const attemptSeconds = new Histogram({
    registers,
    name: 'feedhook_attempt_duration_seconds',
    help: 'Length of delivery attempts.',
    labelNames: ['endpoint'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30],
  });
  const storeFaults = new Counter({
    registers,
    name: 'feedhook_store_faults_total',
    help: 'Store calls that failed, by code.',
    labelNames: ['code'],
  });
  const reloads = new Counter({
    registers,
    name: 'feedhook_reloads_total',
    help: 'Changes of feeds.yaml, applied or refused.',
    labelNames: ['result'],
  });
  new Gauge({
    registers,
    name: 'feedhook_feeds',
    help: 'Configured feeds.',
    collect() {
      this.set(sources.feeds());
    },
  });
  new Gauge({
    registers,
    name: 'feedhook_lanes_running',
    help: 'Lanes that are being polled now.',
    collect() {
      this.set(sources.lanes());
    },
  });
  new Gauge({
    registers,
    name: 'feedhook_deliveries',
    help: 'Deliveries kept, by endpoint and state.',
    labelNames: ['endpoint', 'state'],
    async collect() {
      this.reset();
      for (const { endpointId, pending, withheld, done, dead } of await endpointsNow()) {
        this.set({ endpoint: endpointId, state: 'pending' }, pending);
        this.set({ endpoint: endpointId, state: 'withheld' }, withheld);
        this.set({ endpoint: endpointId, state: 'done' }, done);
        this.set({ endpoint: endpointId, state: 'dead' }, dead);
      }
    },
  });
  new Gauge({
    registers,
    name: 'feedhook_endpoint_disabled',
    help: '1 while an endpoint is disabled.',
    labelNames: ['endpoint'],
    async collect() {
      this.reset();
      for (const { endpointId, disabled } of await endpointsNow())
        this.set({ endpoint: endpointId }, disabled ? 1 : 0);
    },
  });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
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
    countEvents(stored) {
      for (const { type } of stored) events.inc({ type });
    },
    countScore(before, after) {
      if (!after) return;
      for (const [fault, count] of scoreFaults) {
        const added = after[fault] - (before?.[fault] ?? 0);
        if (added > 0) faults.inc({ count }, added);
      }
    },
    countAttempt(endpoint, { outcome, durationMs }) {
      attempts.inc({ endpoint, outcome });
      attemptSeconds.observe({ endpoint }, durationMs / 1000);
    },
    countStoreFault: (code) => storeFaults.inc({ code }),
    countReload: (result) => reloads.inc({ result }),
  };
}

/** The gauges of a store that does not answer are left out; the counters beside them say what is wrong. */
function noneIfStoreFails(error: unknown): readonly EndpointHealth[] {
  if (error instanceof StoreError) return [];
  throw error;
}
