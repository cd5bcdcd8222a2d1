// How the endpoints stand: what the store knows of them beside what feeds.yaml says now. For the metrics and the commands.

import type { Config } from '../config/config.ts';
import { standing } from '../deliver/health.ts';
import type { EndpointHealth } from '../model/delivery.ts';
import type { EndpointFigures, EndpointState } from '../server/delivery-metrics.ts';

export type { EndpointState } from '../server/delivery-metrics.ts';

/** With none in feeds.yaml there is the built-in `stdout`. */
export function endpointIds({ endpoints }: Pick<Config, 'endpoints'>): ReadonlySet<string> {
  return new Set(endpoints.length > 0 ? endpoints.map(({ id }) => id) : ['stdout']);
}

/** `parked` is one that is owed something and is not in feeds.yaml. */
export function endpointState(
  { endpointId, condition }: Pick<EndpointHealth, 'endpointId' | 'condition'>,
  inUse: ReadonlySet<string>,
  now: number,
): EndpointState {
  return inUse.has(endpointId) ? standing(condition, now).kind : 'parked';
}

export function endpointFigures(
  found: readonly EndpointHealth[],
  inUse: ReadonlySet<string>,
  now: number,
): EndpointFigures[] {
  return found.map((each) => ({
    ...each,
    state: endpointState(each, inUse, now),
    ...(each.oldestPendingAt !== undefined && { oldestPendingMs: Math.max(0, now - each.oldestPendingAt) }),
  }));
}
