// Records for the conformance suites, whole enough to be real.

import type { Attempt, NewDelivery } from '../../src/model/delivery.ts';
import type { KnownEntry } from '../../src/model/entry.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import type { FeedMemory, FeedState } from '../../src/model/feed.ts';
import type { EndpointPlan } from '../../src/ports.ts';

export function stateOf(feedId: string, change: Partial<FeedState> = {}): FeedState {
  return {
    feedId,
    nextPoll: { at: 1_800_000_000_000, reason: 'interval' },
    failures: 0,
    totals: {
      polls: 1,
      requests: 1,
      unconditional: 1,
      notModified: 0,
      failed: 0,
      wireBytes: 900,
      savedBytes: 0,
      documentBytes: 900,
    },
    ...change,
  };
}

export function memoryOf(feedId: string, change: Partial<FeedMemory> = {}): FeedMemory {
  return { feedId, hints: {}, entries: new Map(), sequence: 0, outbox: [], ...change };
}

export function knownEntry(change: Partial<KnownEntry> = {}): KnownEntry {
  return { fingerprint: 'f', revision: 1, firstSeen: 1_800_000_000, lastSeen: 1_800_000_000, ...change };
}

export function eventOf(id: string, change: Partial<StoredEvent> = {}): StoredEvent {
  return {
    id,
    type: 'entry.new',
    feedId: 'feed',
    detectedAt: 1_800_000_000_000,
    body: `{"id":"${id}"}`,
    ...change,
  };
}

export function deliveryOf(eventId: string, endpointId = 'app', feedId = 'feed'): NewDelivery {
  return { eventId, endpointId, feedId };
}

export function withheldOf(eventId: string, endpointId = 'app', feedId = 'feed'): NewDelivery {
  return { ...deliveryOf(eventId, endpointId, feedId), isWithheld: true };
}

export function skippedOf(eventId: string, endpointId = 'app', feedId = 'feed'): NewDelivery {
  return { ...deliveryOf(eventId, endpointId, feedId), skipped: 'filtered' };
}

/** One attempt at a time, in no lane. */
export function planOf(id: string, change: Partial<EndpointPlan> = {}): EndpointPlan {
  return {
    id,
    concurrency: 1,
    target: `https://${id}.example`,
    ordering: 'none',
    maxBlockMs: 3_600_000,
    ...change,
  };
}

export function attemptOf(number: number, change: Partial<Attempt> = {}): Attempt {
  return { number, startedAt: 1_800_000_000_000, durationMs: 5, outcome: 'rejected', status: 500, ...change };
}
