// The header block of one attempt: the three signed headers of Standard Webhooks, our unsigned hints, what the format wants,
// and the endpoint's own headers, which keep their case but may not replace what a receiver relies on. Chats get none of the
// first two: they verify nothing, and need not know which feeds somebody reads.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import type { EndpointAuth } from '../config/config.ts';
import type { Delivery } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';

export interface AttemptHeaders {
  /** One, or several that share the request, in order; the first one speaks for all. */
  readonly events: readonly [StoredEvent, ...StoredEvent[]];
  readonly delivery: Delivery;
  readonly requestId: string;
  readonly isChat: boolean;
  /** Unix time of this attempt; receivers refuse one that is 5 minutes off. */
  readonly timestampSeconds: number;
  /** Empty when the endpoint has no signing secret. */
  readonly signature: string;
  readonly lookAlikes: readonly (readonly [name: string, value: string])[];
  readonly contentType: string;
  /** What the format wants. */
  readonly ofFormat: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** Value of `authorization`. */
  readonly authorization?: string;
  /** Who asked for consent before. */
  readonly requestOrigin?: string;
  readonly custom: Readonly<Record<string, string>>;
}

const protectedNames: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** True for a header that only feedhook may set: the framing, the signature and our hints. */
function isProtectedHeader(lowerCaseName: string): boolean {
  return protectedNames.has(lowerCaseName) || /^(?:webhook|feedhook)-/.test(lowerCaseName);
}

type Header = readonly [name: string, value: string];

/** Name, value, name, value …, the form in which undici leaves the case of names alone. */
export function attemptHeaders(of: AttemptHeaders): string[] {
  const own: Header[] = [
    ...(of.isChat ? [] : signed(of)),
    ['content-type', of.contentType],
    ...(of.isChat ? [] : hints(of)),
    ...Object.entries(of.ofFormat),
    ...(of.authorization === undefined ? [] : ([['authorization', of.authorization]] as const)),
  ];
  const taken = new Set(own.map(([name]) => name.toLowerCase()));
  const custom = Object.entries(of.custom).filter(([name]) => {
    const lower = name.toLowerCase();
    return !taken.has(lower) && !isProtectedHeader(lower);
  });
  const namesUserAgent = custom.some(([name]) => name.toLowerCase() === 'user-agent');
  const userAgent: Header[] = namesUserAgent ? [] : [['user-agent', of.userAgent]];
  return [...own, ...userAgent, ...custom].flat();
}

function signed({
  requestId,
  timestampSeconds,
  signature,
  lookAlikes,
  requestOrigin,
}: AttemptHeaders): Header[] {
  return [
    ['webhook-id', requestId],
    ['webhook-timestamp', String(timestampSeconds)],
    ...(signature === '' ? [] : ([['webhook-signature', signature]] as const)),
    ...(requestOrigin === undefined ? [] : ([['webhook-request-origin', requestOrigin]] as const)),
    ...lookAlikes,
  ];
}

/** Unsigned: good for routing and for counting, not for trust. */
function hints({ events, delivery }: AttemptHeaders): Header[] {
  const [{ type, feedId }] = events;
  return [
    ['feedhook-event', type],
    // What happened to an endpoint is of no feed.
    ...(feedId === '' ? [] : ([['feedhook-feed', feedId]] as const)),
    ['feedhook-attempt', String(delivery.attempts + 1)],
    ['feedhook-sequence', String(delivery.sequence)],
    ...(events.length === 1 ? [] : ([['feedhook-batch', String(events.length)]] as const)),
    ...(delivery.isReplay ? ([['feedhook-replay', 'true']] as const) : []),
  ];
}

/** RFC 7617 §2.1 (in UTF-8, as everybody reads it today) and RFC 6750 §2.1. https://www.rfc-editor.org/rfc/rfc7617#section-2.1 */
export function authorizationOf(auth: EndpointAuth): string {
  switch (auth.kind) {
    case 'basic':
      return `Basic ${Buffer.from(`${auth.user}:${auth.password.reveal()}`, 'utf8').toString('base64')}`;
    case 'bearer':
      return `Bearer ${auth.token.reveal()}`;
    default:
      return auth satisfies never;
  }
}
