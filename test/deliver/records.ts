// An event, a delivery and an endpoint as the queue and the configuration hand them over; a test names what matters.

import type { EndpointConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import type { StoredEvent } from '../../src/model/event.ts';

/** Keys of WEBHOOKS §4. */
export const k1 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const k2 = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
export const k3 =
  'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
export const k3Public = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';

export function storedEvent(over: Partial<StoredEvent> = {}): StoredEvent {
  const id = over.id ?? 'evt_ddlojucljyocbycxwkbxztcgdz';
  return {
    id,
    type: 'entry.new',
    feedId: 'example-security',
    sequence: 42,
    detectedAt: Date.parse('2026-11-20T08:59:00Z'),
    body: JSON.stringify({ id, type: 'entry.new', data: { entry: { title: 'Żółć 日本語 🚀 </script>' } } }),
    ...over,
  };
}

/** The nth of a feed. */
export function eventOf(n: number, over: Partial<StoredEvent> = {}): StoredEvent {
  const id = `evt_${String(n).padStart(26, 'a')}`;
  const feed = {
    id: 'example-security',
    url: 'https://example.org/feed',
    feed_url: 'https://example.org/feed',
    labels: [],
  };
  const entry = { id: String(n), title: `Entry *${n}*`, _feedhook: { key: String(n) } };
  const body = JSON.stringify({
    id,
    type: 'entry.new',
    timestamp: '2026-11-20T09:00:00.000Z',
    data: { feed, entry },
  });
  return storedEvent({ id, sequence: n, body, ...over });
}

export function deliveryOf(event: StoredEvent, over: Partial<Delivery> = {}): Delivery {
  const endpointId = over.endpointId ?? 'my-app';
  return {
    id: `${event.id}.${endpointId}`,
    eventId: event.id,
    feedId: event.feedId,
    state: 'pending',
    attempts: 0,
    dueAt: 0,
    addedAt: 0,
    changedAt: 0,
    sequence: 7,
    isReplay: false,
    place: 'free',
    isFallback: false,
    ...over,
    endpointId,
  };
}

export function endpoint(url: string, over: Partial<EndpointConfig> = {}): EndpointConfig {
  return {
    id: 'my-app',
    url,
    format: 'standard',
    secrets: [new Secret(k1)],
    lookAlikes: [],
    events: ['entry.new'],
    content: 'both',
    maxBytes: 64 * 1024,
    sender: {},
    handshake: false,
    concurrency: 4,
    ordering: 'none',
    maxBlockMs: 3_600_000,
    timezone: 'UTC',
    maxKept: 100_000,
    retryMs: [0, 5_000, 300_000],
    timeoutMs: 15_000,
    connectTimeoutMs: 5_000,
    headers: {},
    tls: {},
    ...over,
  };
}
