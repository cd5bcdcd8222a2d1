// What a request tells its receiver: one event in an envelope, or the entries of one feed as a list, each with its event.

import type { Arrival } from '../../src/commands/demo/receiver.ts';
import { arrivalName, entryName } from '../../src/commands/demo/tally.ts';

export interface Told {
  /** Names the entry. */
  readonly name: string;
  readonly type: unknown;
  /** By which the receiver knows the event again. */
  readonly id: string;
  /** As the body says it. */
  readonly ownId: unknown;
}

export function toldBy(arrival: Arrival): Told[] {
  const { event, webhookId } = arrival;
  if (!event?.items)
    return [{ name: arrivalName(arrival), type: event?.type, id: webhookId, ownId: event?.id }];
  const { items, _feedhook: feed } = event;
  return items.map(({ id, _feedhook }) => {
    const { type, id: ownId } = _feedhook?.event ?? {};
    // The id of a request with several names them all, and none of them.
    return {
      name: entryName(String(feed?.id), String(id)),
      type,
      id: items.length > 1 ? String(ownId) : webhookId,
      ownId,
    };
  });
}
