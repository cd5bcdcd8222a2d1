// An endpoint made ready to be delivered to: rendering, signing and sending behind one function, so that the
// loop treats a webhook and standard output alike.

import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { EndpointConfig } from '../config/load.ts';
import { parseSigningSecret } from '../config/secret.ts';
import type { EgressGuard } from '../fetch/egress.ts';
import type { Delivery } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';
import type { EndpointSlots } from '../ports.ts';
import type { Sent } from './answer.ts';
import { attemptHeaders } from './headers.ts';
import { printEvent } from './print.ts';
import { renderEvent } from './render/render.ts';
import { standardRetryMs } from './retry.ts';
import { createSender } from './send.ts';
import { sign } from './sign.ts';

export interface Target {
  readonly slots: EndpointSlots;
  readonly retryMs: readonly number[];
  /** Fit for the log; the path and query of a webhook may be a secret. */
  readonly host?: string;
  /** Renders and signs, and throws when that cannot be done; what it returns sends. */
  prepare(event: StoredEvent, delivery: Delivery): (signal: AbortSignal) => Promise<Sent>;
  /** Resolves when the attempts that are running have ended. */
  close(): Promise<void>;
}

export interface WebhookTools {
  readonly clock: Clock;
  readonly guard: EgressGuard;
  readonly userAgent: string;
}

export function webhookTarget(endpoint: EndpointConfig, { clock, guard, userAgent }: WebhookTools): Target {
  const sender = createSender({ ...endpoint, clock, guard });
  const keys = endpoint.secrets.map((secret) => parseSigningSecret(secret.reveal()));
  return {
    slots: { id: endpoint.id, concurrency: endpoint.concurrency, target: digest(endpoint.url) },
    retryMs: endpoint.retryMs,
    host: new URL(endpoint.url).host,
    prepare(event, delivery) {
      const { body, contentType } = renderEvent(event, endpoint.format);
      // Of this attempt: a receiver refuses a signature older than 5 minutes, however old the event is.
      const timestampSeconds = Math.floor(clock.now() / 1_000);
      const signature = sign(keys, event.id, timestampSeconds, body);
      const custom = endpoint.headers;
      const headers = attemptHeaders({
        event,
        delivery,
        timestampSeconds,
        signature,
        contentType,
        userAgent,
        custom,
      });
      return (signal) => sender.send(headers, body, signal);
    },
    close: () => sender.close(),
  };
}

export const stdoutId = 'stdout';

export function stdoutTarget(output: Writable): Target {
  return {
    slots: { id: stdoutId, concurrency: 1, target: digest(stdoutId) },
    retryMs: standardRetryMs,
    prepare: (event) => (signal) => printEvent(output, event, signal),
    close: async () => {},
  };
}

/** What tells the queue that an endpoint now leads elsewhere, without keeping a URL that may hold a token. */
function digest(url: string): string {
  return createHash('sha256').update(url).digest('hex');
}
