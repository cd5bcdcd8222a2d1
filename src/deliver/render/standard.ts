// The `standard` format: the event's own JSON. The stored text is sent as it is, so that the bytes of an
// event are the same at every endpoint, in every attempt and in every replay.

import { DeliveryError } from '../../errors.ts';
import type { StoredEvent } from '../../model/event.ts';
import type { Rendered } from './rendered.ts';

export function renderStandard(event: StoredEvent): Rendered {
  if (event.body === '') throw new DeliveryError('event-unrenderable', `event ${event.id} has no body`);
  return { body: Buffer.from(event.body, 'utf8'), contentType: 'application/json; charset=utf-8' };
}
