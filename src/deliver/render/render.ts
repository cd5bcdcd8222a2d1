// Chooses the file that turns an event into the bytes of a request, by the format of the endpoint.

import type { EndpointConfig } from '../../config/load.ts';
import type { StoredEvent } from '../../model/event.ts';
import type { Rendered } from './rendered.ts';
import { renderStandard } from './standard.ts';

export function renderEvent(event: StoredEvent, format: EndpointConfig['format']): Rendered {
  switch (format) {
    case 'standard':
      return renderStandard(event);
    default:
      return format satisfies never;
  }
}
