// Which endpoints want which event. Pure; the queue ignores a delivery that it already has. What the operator has yet to
// decide on is owed all the same, so that it is counted and listed, but not attempted.

import type { NewDelivery } from '../model/delivery.ts';
import type { EventType, StoredEvent } from '../model/event.ts';

export interface FanOutEndpoint {
  readonly id: string;
  /** What it subscribes to. */
  readonly events: readonly EventType[];
}

/** In the order of the events; `undefined` for a feed that names no endpoints and so reaches all. */
export function fanOut(
  events: readonly StoredEvent[],
  feedEndpointIds: readonly string[] | undefined,
  endpoints: readonly FanOutEndpoint[],
): NewDelivery[] {
  const reached = endpoints.filter(({ id }) => feedEndpointIds?.includes(id) ?? true);
  return events.flatMap(({ id: eventId, type, feedId, isWithheld }) =>
    reached
      .filter(({ events: wanted }) => wanted.includes(type))
      .map(({ id: endpointId }) => ({ eventId, endpointId, feedId, ...(isWithheld && { isWithheld }) })),
  );
}
