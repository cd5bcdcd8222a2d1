// What a filter of deliveries says, before anything is read: which of the indexes finds the least, and whether a record that
// was found is meant. Pure.

import { type Delivery, type DeliveryState, deliveryStates } from '../../../model/delivery.ts';
import type { DeliveryFilter } from '../../../ports.ts';

/** Where to look. Absent endpoints: all. */
export type Narrowed =
  /** No delivery can match. */
  | { readonly by: 'nothing' }
  /** By the key of each record. */
  | { readonly by: 'event'; readonly eventId: string; readonly endpointId?: string }
  /** By the heads of the delivery lanes. */
  | { readonly by: 'heads'; readonly endpointId?: string }
  /** By the states of the endpoints, in the order of adding. */
  | { readonly by: 'states'; readonly states: readonly DeliveryState[]; readonly endpointId?: string };

export function narrowed(filter: DeliveryFilter): Narrowed {
  const { id, state, isHead } = filter;
  const [eventOfId, endpointOfId] = id === undefined ? [] : partsOf(id);
  const eventId = oneOf(eventOfId, filter.eventId);
  const endpointId = oneOf(endpointOfId, filter.endpointId);
  const isPossible = !isHead || state === undefined || state === 'pending';
  if (eventId === contradiction || endpointId === contradiction || !isPossible) return { by: 'nothing' };
  const at = endpointId === undefined ? {} : { endpointId };
  if (eventId !== undefined) return { by: 'event', eventId, ...at };
  if (isHead) return { by: 'heads', ...at };
  return { by: 'states', states: state === undefined ? deliveryStates : [state], ...at };
}

export function matches(filter: DeliveryFilter, delivery: Delivery): boolean {
  const { id, eventId, endpointId, feedId, state, isHead, since, until } = filter;
  return (
    isAbsentOr(id, delivery.id) &&
    isAbsentOr(eventId, delivery.eventId) &&
    isAbsentOr(endpointId, delivery.endpointId) &&
    isAbsentOr(feedId, delivery.feedId) &&
    isAbsentOr(state, delivery.state) &&
    (!isHead || (delivery.state === 'pending' && delivery.place === 'head')) &&
    (since === undefined || delivery.addedAt >= since) &&
    (until === undefined || delivery.addedAt < until)
  );
}

/** Whether what the index says decides, so that no record need be read to count. */
export function isIndexed({ feedId, since, until }: DeliveryFilter): boolean {
  return feedId === undefined && since === undefined && until === undefined;
}

/** A delivery's id is `<eventId>.<endpointId>`, and an event id has no dot. */
export function partsOf(deliveryId: string): [eventId: string, endpointId: string] {
  const dot = deliveryId.indexOf('.');
  return dot === -1 ? [deliveryId, ''] : [deliveryId.slice(0, dot), deliveryId.slice(dot + 1)];
}

const contradiction = Symbol('two that differ');

function oneOf(a: string | undefined, b: string | undefined): string | undefined | typeof contradiction {
  return a === undefined || b === undefined || a === b ? (a ?? b) : contradiction;
}

const isAbsentOr = <T>(wanted: T | undefined, is: T) => wanted === undefined || wanted === is;
