// A row of the deliveries table, and the delivery that it is in the words of the model.

import type { DeadReason, Delivery, DeliveryState, LanePlace, SkipReason } from '../../model/delivery.ts';

export interface DeliveryRow {
  readonly number: number;
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly feed_id: string;
  readonly state: DeliveryState;
  readonly reason: DeadReason | SkipReason | null;
  readonly attempts: number;
  readonly due_at: number;
  readonly added_at: number;
  readonly changed_at: number;
  readonly sequence: number;
  readonly is_replay: number;
  readonly lane: string | null;
  readonly place: LanePlace;
  /** Of the first failed attempt. */
  readonly failed_at: number | null;
  readonly is_fallback: number;
  /** Number of the delivery at the head of the request that it shares. */
  readonly batch: number | null;
  /** Shares no request any more. */
  readonly is_alone: number;
}

export function deliveryId({ event_id, endpoint_id }: DeliveryRow): string {
  return `${event_id}.${endpoint_id}`;
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: deliveryId(row),
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    feedId: row.feed_id,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    attempts: row.attempts,
    dueAt: row.due_at,
    addedAt: row.added_at,
    changedAt: row.changed_at,
    sequence: row.sequence,
    isReplay: row.is_replay !== 0,
    place: row.place,
    isFallback: row.is_fallback !== 0,
  };
}
