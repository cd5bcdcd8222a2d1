// Which lanes have more to ask than their gap leaves room for. Their feeds are polled later, never closer
// together, and a person should know. Pure.

import type { FeedState } from '../model/feed.ts';
import { ownWait, type PollPlan } from '../schedule/longest-wait.ts';
import type { Source } from '../schedule/source.ts';

export interface Crowded {
  readonly laneId: string;
  /** In one round: one for each source. */
  readonly requests: number;
  readonly gapMs: number;
  readonly roundMs: number;
}

type States = ReadonlyMap<string, FeedState>;
type Planned = Source<{ readonly id: string; readonly plan: PollPlan }>;

/** By the intervals of our own: what origins ask for only makes room. A schedule is not counted. */
export function crowdedLanes(sources: readonly Planned[], states: States): Crowded[] {
  return [...Map.groupBy(sources, ({ lane }) => lane.id)].flatMap(([laneId, mates]) => {
    const { gapMs = 0, concurrency = 1 } = mates[0]?.lane ?? {};
    const spacingMs = gapMs / concurrency;
    const share = mates.reduce((sum, source) => sum + shareOf(source, spacingMs, states), 0);
    // Sums of fractions miss 1 by a hair.
    return share > 1 + 1e-9
      ? [{ laneId, requests: mates.length, gapMs, roundMs: mates.length * spacingMs }]
      : [];
  });
}

/** The part of the lane's time that a source needs, polled as often as its laziest feed. */
function shareOf({ feeds }: Planned, spacingMs: number, states: States): number {
  const waits = feeds.map(
    ({ id, plan }) => ownWait(plan, states.get(id)?.terms?.hasValidators ?? true).waitMs,
  );
  const waitMs = Math.max(...waits);
  return waitMs > 0 ? spacingMs / waitMs : 0;
}
