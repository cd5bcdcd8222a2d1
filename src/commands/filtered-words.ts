// Which condition of a filter stops a delivery, by feeds.yaml as it is now, and how it is sent all the same. Pure.

import type { Delivery } from '../model/delivery.ts';
import type { Route } from './routes.ts';
import type { StageWords } from './stage-words.ts';

/** What stopped it then is not kept; what would stop it today mostly is the same. */
export function filteredWords({ id, endpointId }: Delivery, route: Route): StageWords {
  const send = `"feedhook deliveries replay ${id}" sends it all the same`;
  switch (route.kind) {
    case 'filtered':
      return {
        because: `the filter of ${route.by === 'feed' ? 'the feed' : endpointId} does not let it through: ${route.because}`,
        advice: `if others like it should pass, change that "filter" in feeds.yaml; ${send}`,
      };
    case 'owed':
      return {
        because: `a filter kept it from ${endpointId} when it happened; that of today lets it through`,
        advice: send,
      };
    case 'not-subscribed':
    case 'not-routed':
      return {
        because: `a filter kept it from ${endpointId} when it happened; today it would not be sent there at all (${route.kind})`,
        advice: send,
      };
    default:
      return route satisfies never;
  }
}
