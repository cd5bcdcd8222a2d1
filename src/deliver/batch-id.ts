// The `webhook-id` of a request: that of its event, or for several events one that is computed from theirs, so that a repeat of
// the same batch has the same id.

import { eventId } from '../outbox/event-id.ts';

export function requestIdOf(eventIds: readonly [string, ...string[]]): string {
  const [first, ...others] = eventIds;
  return others.length === 0 ? first : eventId(...eventIds).replace(/^evt_/, 'bat_');
}
