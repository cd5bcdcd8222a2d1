// What an endpoint would be sent of the entries of one document, and what keeps it from the others: judged and rendered by what
// judges and renders in the daemon. Pure but for the clock of the signature. Sends nothing.

import type { Clock } from '../clock.ts';
import type { EndpointConfig, FeedConfig } from '../config/config.ts';
import { requestIdOf } from '../deliver/batch-id.ts';
import { requestMaker } from '../deliver/request.ts';
import type { OutRequest } from '../deliver/send.ts';
import { DeliveryError } from '../errors.ts';
import type { Delivery } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';
import { type FanOutFeed, type FanOutVerdict, verdictFor } from '../outbox/fan-out.ts';

/** A feed of feeds.yaml, or one that is not there yet. */
export type PreviewedFeed = FanOutFeed &
  Pick<FeedConfig, 'url'> &
  Partial<Pick<FeedConfig, 'headers' | 'auth' | 'allowDowngrade' | 'identity' | 'rawContent'>> & {
    readonly isConfigured: boolean;
  };

export interface JudgedEntry {
  /** Place in the document, from 1. */
  readonly number: number;
  readonly id: string;
  readonly title?: string;
  readonly url?: string;
  readonly eventId: string;
  readonly verdict: FanOutVerdict;
}

export interface PreviewedRequest {
  /** The `webhook-id`. */
  readonly id: string;
  /** Numbers of the entries that it carries. */
  readonly entries: readonly number[];
  readonly made: MadeRequest | { readonly fault: string };
}

export interface MadeRequest {
  readonly method: string;
  /** Scheme, host and port: the rest of the URL may be a secret. */
  readonly target: string;
  /** Secret values are `set`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bytes: number;
  /** What is JSON as its value, else the text. */
  readonly body: unknown;
  /** Fields that were cut to make it fit, as far as the body names them. */
  readonly cut: readonly string[];
}

export interface EndpointPreview {
  /** In the order of the document. */
  readonly entries: readonly JudgedEntry[];
  /** In the order in which they would leave. */
  readonly requests: readonly PreviewedRequest[];
}

export interface PreviewTools {
  readonly clock: Pick<Clock, 'now'>;
  readonly userAgent: string;
}

/** `events` in the order of the document. */
export function endpointPreview(
  events: readonly StoredEvent[],
  feed: FanOutFeed,
  endpoint: EndpointConfig,
  tools: PreviewTools,
): EndpointPreview {
  const judged = events.map((event, index) => ({
    event,
    entry: judgedEntry(event, index + 1, feed, endpoint),
  }));
  const owed = judged.filter(({ entry }) => entry.verdict.kind === 'owed').toReversed();
  const make = requestMaker(endpoint, tools);
  const perRequest = endpoint.batch?.count ?? 1;
  const requests: PreviewedRequest[] = [];
  for (let at = 0; at < owed.length; at += perRequest) {
    const [first, ...others] = owed.slice(at, at + perRequest);
    if (first === undefined) break;
    const carried = [first, ...others];
    requests.push({
      id: requestIdOf([first.event.id, ...others.map(({ event }) => event.id)]),
      entries: carried.map(({ entry }) => entry.number),
      made: madeRequest([first.event, ...others.map(({ event }) => event)], endpoint, make, at + 1),
    });
  }
  return { entries: judged.map(({ entry }) => entry), requests };
}

function judgedEntry(
  event: StoredEvent,
  number: number,
  feed: FanOutFeed,
  endpoint: EndpointConfig,
): JudgedEntry {
  const { id, title, url } = JSON.parse(event.body).data.entry;
  return {
    number,
    id,
    ...(title !== undefined && { title }),
    ...(url !== undefined && { url }),
    eventId: event.id,
    verdict: verdictFor(event, feed, endpoint),
  };
}

function madeRequest(
  events: readonly [StoredEvent, ...StoredEvent[]],
  endpoint: EndpointConfig,
  make: ReturnType<typeof requestMaker>,
  sequence: number,
): PreviewedRequest['made'] {
  try {
    const request = make(events, [firstDelivery(events[0], endpoint, sequence)], {});
    const body = bodyOf(request.body.toString('utf8'));
    return {
      method: request.method,
      target: new URL(endpoint.url).origin,
      headers: shownHeaders(request, endpoint),
      bytes: request.body.length,
      body,
      cut: [...new Set(cutFields(body))],
    };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { fault: `${error.code}: ${error.message}` };
  }
}

function firstDelivery(event: StoredEvent, { id: endpointId }: EndpointConfig, sequence: number): Delivery {
  const { id: eventId, feedId, detectedAt } = event;
  return {
    id: `${eventId}.${endpointId}`,
    ...{ eventId, endpointId, feedId, sequence },
    ...{ dueAt: detectedAt, addedAt: detectedAt, changedAt: detectedAt },
    ...{ state: 'pending', attempts: 0, isReplay: false, place: 'free', isFallback: false },
  };
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A signature is as good as its request for five minutes, and credentials and the operator's own headers for ever. */
function shownHeaders({ headers }: OutRequest, endpoint: EndpointConfig): (readonly [string, string])[] {
  const own = new Set(Object.keys(endpoint.headers).map((name) => name.toLowerCase()));
  const isSecret = (name: string) => own.has(name) || /^authorization$|signature/.test(name);
  return headers.flatMap((name, index) =>
    index % 2 === 1
      ? []
      : [[name, isSecret(name.toLowerCase()) ? 'set' : (headers[index + 1] ?? '')] as const],
  );
}

/** `truncated` is what an event names them by, wherever a format puts its entries. */
function cutFields(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([key, value]: [string, unknown]) =>
    key === 'truncated' && Array.isArray(value) ? value.map(String) : cutFields(value),
  );
}
