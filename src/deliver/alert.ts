// Who is told of trouble with an endpoint: the others that subscribe to that, never the endpoint itself, which is the one that
// cannot be reached. That an alert could not be delivered is no alert again. Pure.

import type { EndpointConfig } from '../config/load.ts';
import type { Alert } from '../model/delivery.ts';
import type { AlertType, EventType } from '../model/event.ts';
import { type AlertNotice, alertEvent } from '../outbox/alert-event.ts';

/** The alert as it is stored and owed, none where nobody wants it. */
export type Alerting = (notice: AlertNotice, now: number) => readonly Alert[];

export function alertingTo(endpoints: readonly Pick<EndpointConfig, 'id' | 'events'>[]): Alerting {
  return (notice, now) => {
    if (notice.type === 'delivery.exhausted' && isAlert(notice.event.type)) return [];
    const told = endpoints.filter(
      ({ id, events }) => id !== notice.endpointId && events.includes(notice.type),
    );
    const endpointIds = told.map(({ id }) => id);
    return endpointIds.length === 0 ? [] : [{ event: alertEvent(notice, now), endpointIds }];
  };
}

export function isAlert(type: EventType): type is AlertType {
  return type.startsWith('endpoint.') || type.startsWith('delivery.');
}
