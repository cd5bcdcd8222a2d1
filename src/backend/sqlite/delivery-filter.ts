// A filter of deliveries as the conditions of a query.

import type { DeliveryState } from '../../model/delivery.ts';
import type { DeliveryFilter } from '../../ports.ts';

export interface Conditions {
  /** Empty, or `WHERE …`. */
  readonly where: string;
  readonly values: readonly (string | number)[];
}

// Literals, since SQLite takes a partial index only where the query itself has its condition.
// https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
const isInState: Readonly<Record<DeliveryState, string>> = {
  pending: `state = 'pending'`,
  withheld: `state = 'withheld'`,
  done: `state = 'done'`,
  dead: `state = 'dead'`,
  skipped: `state = 'skipped'`,
};

const areHeads = `state = 'pending' AND place = 'head'`;

/** Few of all: their own index beats the one of the endpoint, which the `+` keeps SQLite from taking. */
const areRare: ReadonlySet<DeliveryState | undefined> = new Set(['withheld', 'dead', 'skipped']);

type Term = readonly [text: string, value: string | number | undefined];

/** All that the filter says, and all of `terms`, hold. */
export function conditionsOf(filter: DeliveryFilter, terms: readonly Term[] = []): Conditions {
  const { id, eventId, endpointId, feedId, state, isHead, since, until } = filter;
  const [eventOfId, endpointOfId] = id === undefined ? [] : partsOf(id);
  const wanted: readonly Term[] = [
    ['event_id = ?', eventOfId],
    ['endpoint_id = ?', endpointOfId],
    ['event_id = ?', eventId],
    [areRare.has(state) ? '+endpoint_id = ?' : 'endpoint_id = ?', endpointId],
    ['feed_id = ?', feedId],
    ['added_at >= ?', since],
    ['added_at < ?', until],
    ...terms,
  ];
  const given = wanted.flatMap(([text, value]) => (value === undefined ? [] : [{ text, value }]));
  const texts = [
    ...given.map(({ text }) => text),
    ...(state === undefined ? [] : [isInState[state]]),
    ...(isHead ? [areHeads] : []),
  ];
  return {
    where: texts.length === 0 ? '' : `WHERE ${texts.join(' AND ')}`,
    values: given.map(({ value }) => value),
  };
}

/** A delivery's id is `<eventId>.<endpointId>`, and an event id has no dot. */
export function partsOf(deliveryId: string): [eventId: string, endpointId: string] {
  const dot = deliveryId.indexOf('.');
  return dot === -1 ? [deliveryId, ''] : [deliveryId.slice(0, dot), deliveryId.slice(dot + 1)];
}
