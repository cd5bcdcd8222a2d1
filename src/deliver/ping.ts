// `test.ping`: one request by hand that shows whether an endpoint can be reached, takes our signature and understands the format.
// It is made like any other and sent once; nothing is stored, and no delivery comes of it.

import type { EndpointConfig } from '../config/config.ts';
import { type Format, traitsOf } from '../config/formats.ts';
import type { AttemptPhases, Delivery } from '../model/delivery.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { StoredEvent } from '../model/event.ts';
import { rfc3339 } from '../outbox/event.ts';
import { eventId } from '../outbox/event-id.ts';
import { type Reading, readAnswer } from './reading.ts';
import { requestMaker } from './request.ts';
import type { OutRequest } from './send.ts';
import { endpointSender, type WebhookTools } from './target.ts';

export interface PingResult {
  readonly request: {
    readonly id: string;
    readonly method: OutRequest['method'];
    /** With the port, if it is not the usual one. */
    readonly host: string;
    readonly format: Format;
    /** Of the body. */
    readonly bytes: number;
    readonly isSigned: boolean;
  };
  /** Absent when there was no answer. */
  readonly answer?: { readonly status: number; readonly excerpt?: string };
  readonly reading: Reading;
  readonly phases: AttemptPhases;
  readonly durationMs: number;
}

const message = 'This is a test by hand: feedhook can reach this endpoint.';

/** Throws DeliveryError when the event cannot be rendered for this endpoint. */
export async function ping(
  endpoint: EndpointConfig,
  tools: Pick<WebhookTools, 'clock' | 'guard' | 'userAgent'>,
  signal: AbortSignal,
  condition: EndpointCondition = {},
): Promise<PingResult> {
  const { clock } = tools;
  const { format, url } = endpoint;
  const startedAt = clock.now();
  const event = pingEvent(endpoint.id, startedAt);
  const request = requestMaker(endpoint, tools)([event], [deliveryOf(event, endpoint.id)], condition);
  const sender = endpointSender(endpoint, tools);
  try {
    const sent = await sender.send(request, signal);
    const endedAt = clock.now();
    return {
      request: {
        id: event.id,
        method: request.method,
        host: new URL(url).host,
        format,
        bytes: request.body.length,
        isSigned: endpoint.secrets.length > 0 && !traitsOf[format].isChat,
      },
      ...(sent.kind === 'answered' && {
        answer: { status: sent.status, ...(sent.excerpt !== undefined && { excerpt: sent.excerpt }) },
      }),
      reading: readAnswer(format, sent, endedAt),
      phases: sent.phases,
      durationMs: Math.max(0, endedAt - startedAt),
    };
  } finally {
    await sender.close();
  }
}

function pingEvent(endpointId: string, now: number): StoredEvent {
  const type = 'test.ping';
  const id = eventId(type, endpointId, String(now));
  const body = JSON.stringify({ id, type, timestamp: rfc3339(now), data: { message } });
  return { id, type, feedId: '', detectedAt: now, body };
}

/** One that no queue knows. */
function deliveryOf({ id: eventId, feedId }: StoredEvent, endpointId: string): Delivery {
  return {
    id: `${eventId}.${endpointId}`,
    eventId,
    endpointId,
    feedId,
    state: 'pending',
    attempts: 0,
    dueAt: 0,
    addedAt: 0,
    changedAt: 0,
    sequence: 0,
    isReplay: false,
    place: 'free',
    isFallback: false,
  };
}
