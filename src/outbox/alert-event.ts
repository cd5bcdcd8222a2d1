// From trouble with an endpoint, or with a delivery that was given up, to the event that other endpoints see: docs/delivery.md,
// "What happens to an endpoint". Pure. When there is trouble, deliver/health.ts decides; who is told, deliver/alert.ts.

import type { Code } from '../errors.ts';
import type { StoredEvent } from '../model/event.ts';
import { rfc3339 } from './event.ts';
import { eventId } from './event-id.ts';
import { text } from './item.ts';
import { wireJson } from './json-size.ts';

/** Times are epoch ms; `kept` counts the deliveries that wait for the endpoint. */
export type AlertNotice =
  | {
      readonly type: 'endpoint.warning';
      readonly endpointId: string;
      readonly reason: string;
      readonly since: number;
      readonly code?: Code;
      readonly message?: string;
      /** Percent of the time after which it is disabled. */
      readonly level?: number;
      readonly kept?: number;
      /** How many deliveries will not be sent. */
      readonly givenUp?: number;
    }
  | {
      readonly type: 'endpoint.disabled';
      readonly endpointId: string;
      readonly reason: string;
      readonly since: number;
      readonly kept?: number;
    }
  | {
      readonly type: 'delivery.exhausted';
      readonly endpointId: string;
      /** What was not delivered. */
      readonly event: StoredEvent;
      readonly attempts: number;
      readonly error: { readonly code: Code; readonly message?: string };
    };

const maxMessageBytes = 1024;
const hourMs = 3_600_000;
/** Trouble that one answer begins and another ends, and that may come with every other: it is the same for an hour. */
const fitful: ReadonlySet<string> = new Set(['refused', 'blocked', 'poison']);

export function alertEvent(notice: AlertNotice, detectedAt: number): StoredEvent {
  const { type } = notice;
  const id = eventId(type, notice.endpointId, ...partsOf(notice));
  const timestamp = new Date(detectedAt).toISOString();
  return {
    id,
    type,
    feedId: notice.type === 'delivery.exhausted' ? notice.event.feedId : '',
    detectedAt,
    body: wireJson({ id, type, timestamp, data: fieldsOf(notice) }),
  };
}

/** The same trouble has the same id, however often it is noticed. */
function partsOf(notice: AlertNotice): string[] {
  switch (notice.type) {
    case 'endpoint.warning': {
      const { since, reason } = notice;
      const start = fitful.has(reason) ? since - (since % hourMs) : since;
      const level = notice.level === undefined ? [] : [String(notice.level)];
      return [rfc3339(start), reason, ...level];
    }
    case 'endpoint.disabled':
      return [rfc3339(notice.since)];
    case 'delivery.exhausted':
      return [notice.event.id];
    default:
      return notice satisfies never;
  }
}

function fieldsOf(notice: AlertNotice): object {
  const endpoint = notice.endpointId;
  switch (notice.type) {
    case 'endpoint.warning': {
      const { reason, code, message, since, level, kept, givenUp } = notice;
      return {
        endpoint,
        reason,
        ...(code !== undefined && { code }),
        ...text('message', message, maxMessageBytes),
        since: rfc3339(since),
        ...(level !== undefined && { level }),
        ...(kept !== undefined && { kept }),
        ...(givenUp !== undefined && { given_up: givenUp }),
      };
    }
    case 'endpoint.disabled': {
      const { reason, since, kept } = notice;
      return { endpoint, reason, since: rfc3339(since), ...(kept !== undefined && { kept }) };
    }
    case 'delivery.exhausted': {
      const { event, attempts, error } = notice;
      const { code, message } = error;
      const last_error = { code, ...text('message', message, maxMessageBytes) };
      return { ...feedOf(event), endpoint, event_id: event.id, attempts, last_error };
    }
    default:
      return notice satisfies never;
  }
}

/** As that event shows it. A body that cannot be read is perhaps why it was given up. */
function feedOf({ body, feedId }: StoredEvent): object {
  if (feedId === '') return {};
  try {
    const feed: unknown = JSON.parse(body)?.data?.feed;
    if (typeof feed === 'object' && feed !== null) return { feed };
  } catch {
    // Said by the fields that are left.
  }
  return { feed: { id: feedId, labels: [] } };
}
