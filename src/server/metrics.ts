// The metrics of one daemon, for Prometheus. Every series is bounded: labels are outcomes, codes and
// configured endpoint ids, never text from a feed. docs/operations.md lists each name, and a test holds it to that.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { StoreError } from '../errors.ts';
import type { StoredEvent } from '../model/event.ts';
import { type DeliveryMetrics, deliveryMetrics, type EndpointFigures } from './delivery-metrics.ts';
import { type PollMetrics, pollMetrics } from './poll-metrics.ts';

export type { EndpointFigures } from './delivery-metrics.ts';

export interface Metrics extends PollMetrics, Omit<DeliveryMetrics, 'showEndpoints'> {
  readonly contentType: string;
  text(): Promise<string>;
  countEvents(events: readonly StoredEvent[]): void;
  countStoreFault(code: string): void;
  countReload(result: 'applied' | 'refused'): void;
}

/** What is read at the moment of a scrape. */
export interface MetricSources {
  endpoints(): Promise<readonly EndpointFigures[]>;
  feeds(): number;
  lanes(): number;
  /** Another process on the same store has a newer feeds.yaml. */
  isBehind?(): boolean;
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const polls = pollMetrics(registry);
  const { showEndpoints, ...deliveries } = deliveryMetrics(registry);
  const events = new Counter({
    registers,
    name: 'feedhook_events_total',
    help: 'Events stored by type.',
    labelNames: ['type'],
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
    name: 'feedhook_config_behind',
    help: '1 while another process on the same store has a newer feeds.yaml, and this one does nothing.',
    collect() {
      this.set(sources.isBehind?.() ? 1 : 0);
    },
  });

  return {
    ...polls,
    ...deliveries,
    contentType: registry.contentType,
    async text() {
      showEndpoints(await sources.endpoints().catch(noneIfStoreFails));
      return await registry.metrics();
    },
    countEvents(stored) {
      for (const { type } of stored) events.inc({ type });
    },
    countStoreFault: (code) => storeFaults.inc({ code }),
    countReload: (result) => reloads.inc({ result }),
  };
}

/** The gauges of a store that does not answer are left out; the counters beside them say what is wrong. */
function noneIfStoreFails(error: unknown): readonly EndpointFigures[] {
  if (error instanceof StoreError) return [];
  throw error;
}
