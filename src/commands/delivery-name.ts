// What is said when a command line names no delivery: often the id is that of its event, or the endpoint is misspelt.

import { FeedhookError } from '../errors.ts';
import type { DeliveryLog } from '../ports.ts';
import { firstOf } from './feed-name.ts';
import { printable } from './table.ts';

/** More endpoints than this get no event. */
const mostEndpoints = 10_000;

export async function noDelivery(id: string, log: Pick<DeliveryLog, 'list'>): Promise<FeedhookError> {
  const dot = id.indexOf('.');
  const eventId = dot < 0 ? id : id.slice(0, dot);
  const found = await log.list({ eventId }, mostEndpoints);
  return new FeedhookError(
    'event-missing',
    `no delivery ${printable(id)}; ${await hint(id, eventId, found)}`,
  );
}

async function hint(
  id: string,
  eventId: string,
  found: readonly { readonly endpointId: string }[],
): Promise<string> {
  if (found.length === 0) return '"feedhook deliveries list" shows those that exist';
  if (id === eventId) return `it is an event: "feedhook deliveries list --event ${id}" shows its deliveries`;
  const ids = found.map(({ endpointId }) => endpointId);
  const { nearMiss } = await import('../config/near-miss.ts');
  const near = nearMiss(id.slice(eventId.length + 1), ids);
  return near === undefined ? `its event went to ${firstOf(ids)}` : `did you mean "${eventId}.${near}"?`;
}
