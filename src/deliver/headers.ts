// The header block of one attempt: the three signed headers of Standard Webhooks, our unsigned hints, and the
// endpoint's own headers, which keep their case but may not replace what a receiver relies on.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import type { Delivery } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';

export interface AttemptHeaders {
  readonly event: StoredEvent;
  readonly delivery: Delivery;
  /** Unix time of this attempt; receivers refuse one that is 5 minutes off. */
  readonly timestampSeconds: number;
  /** Empty when the endpoint has no signing secret. */
  readonly signature: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly custom: Readonly<Record<string, string>>;
}

const protectedNames = new Set([
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
function isProtectedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return protectedNames.has(lower) || lower.startsWith('webhook-') || lower.startsWith('feedhook-');
}

/** Name, value, name, value …, the form in which undici leaves the case of names alone. */
export function attemptHeaders(of: AttemptHeaders): string[] {
  const custom = Object.entries(of.custom).filter(([name]) => !isProtectedHeader(name));
  const namesUserAgent = custom.some(([name]) => name.toLowerCase() === 'user-agent');
  return [
    ['webhook-id', of.event.id],
    ['webhook-timestamp', String(of.timestampSeconds)],
    ...(of.signature === '' ? [] : [['webhook-signature', of.signature]]),
    ['content-type', of.contentType],
    ...(namesUserAgent ? [] : [['user-agent', of.userAgent]]),
    ...hints(of.event, of.delivery),
    ...custom,
  ].flat();
}

/** Unsigned: good for routing and for counting, not for trust. */
function hints(event: StoredEvent, delivery: Delivery): string[][] {
  return [
    ['feedhook-event', event.type],
    ['feedhook-feed', event.feedId],
    ['feedhook-attempt', String(delivery.attempts + 1)],
    ['feedhook-sequence', String(delivery.sequence)],
    ...(delivery.isReplay ? [['feedhook-replay', 'true']] : []),
  ];
}
