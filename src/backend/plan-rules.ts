// What every backend takes from an endpoint's plan alike: by which rule its deliveries stand in lanes, and from when one that
// is added may go out. Pure.

import type { EndpointPlan } from '../ports.ts';

/** By which rule the deliveries of an endpoint stand in lanes. Stored, so that a process that only replays knows it. */
export interface LaneRule {
  /** `feed`: a lane for each feed; `*`: one for all. */
  readonly lanes: 'none' | 'feed' | '*';
  /** So many in a lane go before their time; 0: they wait for it, however many; `null`: none share a request. */
  readonly batchCount: number | null;
}

export function ruleOfPlan({ ordering, batch }: EndpointPlan): LaneRule {
  if (batch) {
    return { lanes: batch.lane === 'endpoint' ? '*' : 'feed', batchCount: batch.isTimed ? 0 : batch.count };
  }
  return { lanes: ordering === 'feed' ? 'feed' : 'none', batchCount: null };
}

/** A time that is none never comes: then it is now. */
export function dueTimes(plan: EndpointPlan | undefined): (addedAt: number) => number {
  return (addedAt) => {
    const at = Math.ceil(plan?.dueAt?.(addedAt) ?? addedAt);
    return Number.isSafeInteger(at) ? at : addedAt;
  };
}
