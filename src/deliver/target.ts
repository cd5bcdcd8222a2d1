// An endpoint made ready to be delivered to: rendering, signing and sending behind one function, so that the
// loop treats a webhook and standard output alike.

import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { EndpointConfig } from '../config/config.ts';
import { type Format, traitsOf } from '../config/formats.ts';
import type { EgressGuard } from '../fetch/egress.ts';
import type { Delivery } from '../model/delivery.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { StoredEvent } from '../model/event.ts';
import type { EndpointPlan } from '../ports.ts';
import { Handshake, requestOrigin } from './handshake.ts';
import { authorizationOf } from './headers.ts';
import { type NextTick, planOf } from './plan.ts';
import { printEvent } from './print.ts';
import { pathOf, requestMaker } from './request.ts';
import { standardRetryMs } from './retry.ts';
import { createSender, type OutRequest, type Sender, type Sent } from './send.ts';
import { needsBody } from './services.ts';
import { targetSecrets } from './target-secrets.ts';

export interface Target {
  readonly plan: EndpointPlan;
  readonly format: Format | 'stdout';
  readonly retryMs: readonly number[];
  readonly isChat: boolean;
  /** Fit for the log; the path and query of a webhook may be a secret. */
  readonly host?: string;
  /** Renders and signs, and throws when that cannot be done. */
  prepare(
    events: readonly [StoredEvent, ...StoredEvent[]],
    deliveries: readonly [Delivery, ...Delivery[]],
    condition: EndpointCondition,
  ): Prepared;
  /** Resolves when the attempts that are running have ended. */
  close(): Promise<void>;
}

/** A request that has only to be sent. */
export interface Prepared {
  readonly bodyBytes: number;
  send(signal: AbortSignal): Promise<Sent>;
}

export interface WebhookTools {
  readonly clock: Clock;
  readonly guard: EgressGuard;
  readonly userAgent: string;
  readonly nextTick: NextTick;
}

export function webhookTarget(endpoint: EndpointConfig, tools: WebhookTools): Target {
  const sender = endpointSender(endpoint, tools);
  const make = requestMaker(endpoint, tools);
  return {
    plan: planOf(endpoint, targetDigest(endpoint), tools.nextTick),
    format: endpoint.format,
    retryMs: endpoint.retryMs,
    isChat: traitsOf[endpoint.format].isChat,
    host: new URL(endpoint.url).host,
    prepare(events, deliveries, condition) {
      const request = make(events, deliveries, condition);
      return { bodyBytes: request.body.length, send: (signal) => sender.send(request, signal) };
    },
    close: () => sender.close(),
  };
}

/** Connections as the endpoint wants them, after its consent where it is to be asked for that. */
export function endpointSender(
  endpoint: EndpointConfig,
  tools: Pick<WebhookTools, 'clock' | 'guard' | 'userAgent'>,
): Sender {
  const { clock, guard } = tools;
  const { url, concurrency, connectTimeoutMs, timeoutMs, format } = endpoint;
  const { key, ...tls } = endpoint.tls;
  const sender = createSender({
    url,
    concurrency,
    connectTimeoutMs,
    timeoutMs,
    clock,
    guard,
    tls: { ...tls, ...(key && { key: key.reveal() }) },
    needsBody: needsBody(format),
    secrets: targetSecrets(endpoint),
  });
  if (!endpoint.handshake) return sender;
  const handshake = handshakeWith(endpoint, sender, tools);
  return { send: (request, signal) => handshake.send(request, signal), close: () => sender.close() };
}

/** Before the first request of a process, or of a new configuration. */
function handshakeWith(
  endpoint: EndpointConfig,
  sender: Sender,
  { clock, userAgent }: Pick<WebhookTools, 'clock' | 'userAgent'>,
): Handshake {
  const { url, auth } = endpoint;
  const headers = [
    ['webhook-request-origin', requestOrigin],
    ['user-agent', userAgent],
    ...(auth ? [['authorization', authorizationOf(auth)]] : []),
    ...Object.entries(endpoint.headers).filter(([name]) => name.toLowerCase() !== 'user-agent'),
  ].flat();
  const request: OutRequest = { method: 'OPTIONS', path: pathOf(url), headers, body: Buffer.alloc(0) };
  return new Handshake({ sender, clock, request });
}

const stdoutId = 'stdout';

export function stdoutTarget(output: Writable): Target {
  return {
    plan: { id: stdoutId, target: digest(stdoutId), concurrency: 1, ordering: 'none', maxBlockMs: 0 },
    format: stdoutId,
    retryMs: standardRetryMs,
    isChat: false,
    prepare: ([event]) => ({
      bodyBytes: Buffer.byteLength(event.body),
      send: (signal) => printEvent(output, event, signal),
    }),
    close: async () => {},
  };
}

/**
 * What tells the queue that what is known of an endpoint holds no longer, as it now leads elsewhere or is sent to in another way: one
 * that let nobody in with the old password has a new chance. It keeps no URL that may hold a token; and of the way so
 * little that nobody can find a password by it.
 */
function targetDigest(endpoint: EndpointConfig): string {
  const { url, to } = endpoint;
  const place = digest(to === undefined ? url : `${url} ${to}`);
  return `${place} ${digest(wayTo(endpoint)).slice(0, 4)}`;
}

/** All that decides whether a receiver takes what it is sent. */
function wayTo({ secrets, lookAlikes, auth, tls, ...others }: EndpointConfig): string {
  const { format, template, content, maxBytes, headers, handshake } = others;
  return JSON.stringify([
    { format, template, content, maxBytes, headers, handshake },
    secrets.map((secret) => secret.reveal()),
    lookAlikes.map(({ scheme, secret }) => [scheme, secret.reveal()]),
    auth ? authorizationOf(auth) : null,
    [tls.ca, tls.cert, tls.key?.reveal()],
  ]);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
