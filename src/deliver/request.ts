// The request of one attempt, ready to be sent: rendered, signed, with its headers and path. Sends nothing; keys are read and
// credentials encoded once an endpoint.

import type { Clock } from '../clock.ts';
import type { EndpointConfig } from '../config/config.ts';
import { traitsOf } from '../config/formats.ts';
import { parseSigningSecret } from '../config/secret.ts';
import { DeliveryError } from '../errors.ts';
import type { Delivery } from '../model/delivery.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { StoredEvent } from '../model/event.ts';
import { requestIdOf } from './batch-id.ts';
import { requestOrigin } from './handshake.ts';
import { attemptHeaders, authorizationOf } from './headers.ts';
import { lookAlikeHeaders, lookAlikeKey } from './look-alike.ts';
import { renderRequest } from './render/render.ts';
import type { OutRequest } from './send.ts';
import { sign } from './sign.ts';

export interface RequestTools {
  readonly clock: Pick<Clock, 'now'>;
  readonly userAgent: string;
}

/** Throws when the events cannot be rendered or signed. */
export type MakeRequest = (
  events: readonly [StoredEvent, ...StoredEvent[]],
  deliveries: readonly [Delivery, ...Delivery[]],
  condition: EndpointCondition,
) => OutRequest;

export function requestMaker(endpoint: EndpointConfig, { clock, userAgent }: RequestTools): MakeRequest {
  const keys = endpoint.secrets.map((secret) => parseSigningSecret(secret.reveal()));
  const lookAlikeKeys = endpoint.lookAlikes.map(lookAlikeKey);
  const common = {
    isChat: traitsOf[endpoint.format].isChat,
    userAgent,
    custom: endpoint.headers,
    ...(endpoint.auth && { authorization: authorizationOf(endpoint.auth) }),
    ...(endpoint.handshake && { requestOrigin }),
  };
  return (events, [delivery], condition) => {
    const [first, ...others] = events;
    const requestId = requestIdOf([first.id, ...others.map(({ id }) => id)]);
    const rendered = renderRequest(events, {
      ...endpoint,
      // The chat that the configured one has become.
      ...(condition.movedTo !== undefined && { to: condition.movedTo }),
      requestId,
      isFallback: delivery.isFallback,
    });
    const { body, contentType, method = 'POST', path, query, headers: ofFormat = {} } = rendered;
    // Of this attempt: a receiver refuses a signature older than 5 minutes, however old the event is.
    const timestampSeconds = Math.floor(clock.now() / 1_000);
    const headers = attemptHeaders({
      ...common,
      events,
      delivery,
      requestId,
      timestampSeconds,
      signature: sign(keys, requestId, timestampSeconds, body),
      lookAlikes: lookAlikeHeaders(lookAlikeKeys, body),
      contentType,
      ofFormat,
    });
    return {
      method,
      path: pathOf(endpoint.url, path, query),
      headers: sendable(headers, events[0].id),
      body,
    };
  };
}

/** What a format appends to the path comes before the query, in which tokens may stand; the operator's own parameters win. */
export function pathOf(url: string, appended = '', query: Readonly<Record<string, string>> = {}): string {
  const { pathname, search, searchParams } = new URL(url);
  const path = appended === '' ? pathname : pathname.replace(/\/$/, '') + appended;
  const more = Object.entries(query)
    .filter(([name]) => !searchParams.has(name))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const whole = [search.slice(1), ...more].filter((part) => part !== '').join('&');
  return whole === '' ? path : `${path}?${whole}`;
}

// RFC 9110 §5.5: neither a line end, which would begin another header, nor what no byte can say. An event that would need it is
// our fault, and none of the connection.
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

function sendable(headers: string[], eventId: string): string[] {
  const bad = headers.findIndex((text) => !fieldValue.test(text));
  if (bad < 0) return headers;
  const name = headers[bad - (bad % 2)];
  throw new DeliveryError('event-unrenderable', `header ${name} of event ${eventId} cannot be sent`);
}
