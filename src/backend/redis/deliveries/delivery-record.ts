// The stored record of a delivery, and the delivery that it is in the words of the model.

import type { DeadReason, Delivery, DeliveryState, LanePlace, SkipReason } from '../../../model/delivery.ts';

/** Attempts kept of one delivery; replays by hand could otherwise grow its log for ever. */
export const keptAttempts = 50;

/** What `toDelivery` reads, in this order. */
export const deliveryFields = [
  'state',
  'feed',
  'reason',
  'attempts',
  'due',
  'added',
  'changed',
  'sequence',
  'replay',
  'place',
  'fallback',
] as const;

/** As HMGET answers, or a script, in which an empty text stands for an absent field. */
export type DeliveryValues = readonly (string | number | null)[];

export function toDelivery(eventId: string, endpointId: string, values: DeliveryValues): Delivery {
  const [state, feed, reason, attempts, due, added, changed, sequence, replay, place, fallback] = values;
  return {
    id: `${eventId}.${endpointId}`,
    eventId,
    endpointId,
    feedId: String(feed ?? ''),
    state: state as DeliveryState,
    ...(reason && { reason: reason as DeadReason | SkipReason }),
    attempts: Number(attempts),
    dueAt: Number(due),
    addedAt: Number(added),
    changedAt: Number(changed),
    sequence: Number(sequence),
    isReplay: Boolean(replay),
    place: place as LanePlace,
    isFallback: Boolean(fallback),
  };
}
