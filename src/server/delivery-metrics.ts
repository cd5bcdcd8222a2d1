// The metrics of deliveries. Each series belongs to an endpoint of the configuration or the store, and its other label is
// one of a fixed list: an endpoint has at most some dozens of them, whatever its receiver answers.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import {
  type Attempt,
  type DeadReason,
  deliveryStates,
  type EndpointHealth,
  type Verdict,
} from '../model/delivery.ts';
import type { GivenUp } from '../ports.ts';
import { answerClass } from './answer-class.ts';

export const endpointStates = [
  'well',
  'slowed',
  'resting',
  'half-open',
  'open',
  'paused',
  'disabled',
  'parked',
] as const;

export type EndpointState = (typeof endpointStates)[number];

/** What a scrape tells of an endpoint. */
export interface EndpointFigures extends EndpointHealth {
  readonly state: EndpointState;
  /** Since the oldest pending delivery was added. */
  readonly oldestPendingMs?: number;
}

/** How a request to an endpoint ended. */
export interface EndedAttempt {
  readonly endpointId: string;
  /** That shared it. */
  readonly deliveries: readonly unknown[];
  readonly verdict: Verdict;
  /** Absent when nothing was sent. */
  readonly attempt?: Attempt;
  /** Of the request. */
  readonly bodyBytes?: number;
}

export interface DeliveryMetrics {
  countAttempt(end: EndedAttempt): void;
  countGivenUp(given: readonly GivenUp[]): void;
  /** Before a scrape. */
  showEndpoints(endpoints: readonly EndpointFigures[]): void;
}

export function deliveryMetrics(registry: Registry): DeliveryMetrics {
  const registers = [registry];
  const attempts = new Counter({
    registers,
    name: 'feedhook_attempts_total',
    help: 'Delivery attempts by endpoint, outcome and kind of answer.',
    labelNames: ['endpoint', 'outcome', 'answer'],
  });
  const attemptSeconds = new Histogram({
    registers,
    name: 'feedhook_attempt_duration_seconds',
    help: 'Length of delivery attempts.',
    labelNames: ['endpoint'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30],
  });
  const retries = new Counter({
    registers,
    name: 'feedhook_retries_total',
    help: 'Delivery attempts after the first.',
    labelNames: ['endpoint'],
  });
  const probes = new Counter({
    registers,
    name: 'feedhook_probes_total',
    help: 'Attempts that asked whether an endpoint is well again.',
    labelNames: ['endpoint', 'outcome'],
  });
  const sentBytes = new Counter({
    registers,
    name: 'feedhook_sent_bytes_total',
    help: 'Bytes of the bodies sent to endpoints.',
    labelNames: ['endpoint'],
  });
  const deadLetters = new Counter({
    registers,
    name: 'feedhook_dead_letters_total',
    help: 'Deliveries that were given up, by reason.',
    labelNames: ['endpoint', 'reason'],
  });
  const gauges = endpointGauges(registers);
  const bury = (endpoint: string, reason: DeadReason, count: number) =>
    deadLetters.inc({ endpoint, reason }, count);
  return {
    countAttempt({ endpointId: endpoint, deliveries, verdict, attempt, bodyBytes = 0 }) {
      if (verdict.kind === 'dead') bury(endpoint, verdict.reason, deliveries.length);
      if (!attempt) return;
      const { outcome, durationMs, number, isProbe = false } = attempt;
      attempts.inc({ endpoint, outcome, answer: answerClass(attempt) });
      attemptSeconds.observe({ endpoint }, durationMs / 1000);
      sentBytes.inc({ endpoint }, bodyBytes);
      if (isProbe) probes.inc({ endpoint, outcome });
      else if (number > 1) retries.inc({ endpoint });
    },
    countGivenUp(given) {
      for (const { endpointId, reason, count } of given) bury(endpointId, reason, count);
    },
    showEndpoints(endpoints) {
      for (const { endpointId } of endpoints) for (const reason of buriedFor) bury(endpointId, reason, 0);
      gauges(endpoints);
    },
  };
}

/** There before the first of them: `increase()` of Prometheus does not see the step from no series to 1. */
const buriedFor = ['exhausted', 'poison', 'expired', 'overflow'] as const satisfies readonly DeadReason[];

function endpointGauges(registers: Registry[]): DeliveryMetrics['showEndpoints'] {
  const states = new Gauge({
    registers,
    name: 'feedhook_endpoint_state',
    help: '1 for the state that an endpoint is in, 0 for the others.',
    labelNames: ['endpoint', 'state'],
  });
  const deliveries = new Gauge({
    registers,
    name: 'feedhook_deliveries',
    help: 'Deliveries kept, by endpoint and state.',
    labelNames: ['endpoint', 'state'],
  });
  const oldest = new Gauge({
    registers,
    name: 'feedhook_oldest_pending_seconds',
    help: 'Age of the oldest pending delivery of an endpoint.',
    labelNames: ['endpoint'],
  });
  const gap = new Gauge({
    registers,
    name: 'feedhook_endpoint_gap_seconds',
    help: 'Least time between two requests to an endpoint that was slowed down; 0 for the others.',
    labelNames: ['endpoint'],
  });
  return (endpoints) => {
    // An endpoint that is gone from the store leaves no series behind.
    for (const gauge of [states, deliveries, oldest, gap]) gauge.reset();
    for (const {
      endpointId: endpoint,
      state: current,
      oldestPendingMs = 0,
      condition,
      ...counts
    } of endpoints) {
      for (const state of endpointStates) states.set({ endpoint, state }, state === current ? 1 : 0);
      for (const state of deliveryStates) deliveries.set({ endpoint, state }, counts[state]);
      oldest.set({ endpoint }, oldestPendingMs / 1000);
      gap.set({ endpoint }, (condition.pace?.gapMs ?? 0) / 1000);
    }
  };
}
