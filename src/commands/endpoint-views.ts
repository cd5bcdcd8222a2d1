// Everything that is known of each endpoint, gathered for the commands: from feeds.yaml, from the store, and what follows
// from both. An endpoint that the daemon has not taken over yet has no place in the store, and one that left feeds.yaml has
// no plan.

import type { Config, EndpointConfig } from '../config/config.ts';
import { type EndpointState, endpointIds, endpointState } from '../daemon/endpoint-figures.ts';
import { planOf } from '../deliver/plan.ts';
import type { EndpointHealth } from '../model/delivery.ts';
import type { DeliveryLog, EndpointPlan } from '../ports.ts';
import { nextTick } from '../schedule/calendar.ts';

export interface EndpointView {
  readonly id: string;
  readonly state: EndpointState;
  readonly health: EndpointHealth;
  /** Absent where it is not in feeds.yaml, and of `stdout`. */
  readonly config?: EndpointConfig;
  readonly plan?: EndpointPlan;
}

export type EndpointViews = ReadonlyMap<string, EndpointView>;

export async function readViews(
  config: Pick<Config, 'endpoints'>,
  log: Pick<DeliveryLog, 'endpoints'>,
  now: number,
): Promise<EndpointViews> {
  return endpointViews(config, await log.endpoints(), now);
}

/** In the order of feeds.yaml; those that are not in it follow. */
export function endpointViews(
  config: Pick<Config, 'endpoints'>,
  found: readonly EndpointHealth[],
  now: number,
): EndpointViews {
  const inUse = endpointIds(config);
  const known = new Map(found.map((health) => [health.endpointId, health]));
  const ids = [...inUse].concat([...known.keys()].filter((id) => !inUse.has(id)));
  const configs = new Map(config.endpoints.map((each) => [each.id, each]));
  return new Map(
    ids.map((id) => {
      const health = known.get(id) ?? untouched(id);
      const own = configs.get(id);
      const view: EndpointView = {
        id,
        state: endpointState(health, inUse, now),
        health,
        ...(own && { config: own, plan: planOf(own, '', nextTick) }),
      };
      return [id, view];
    }),
  );
}

function untouched(endpointId: string): EndpointHealth {
  return { endpointId, condition: {}, pending: 0, withheld: 0, done: 0, dead: 0, skipped: 0 };
}
