// The stored states of feeds that the scheduler takes on, at a start or a reload: read a portion at a time, and set
// right where a clock that ran ahead wrote them. Which times are right is decided in clock-ahead.ts.

import type { Clock } from '../clock.ts';
import type { FeedState } from '../model/feed.ts';
import type { StateStore } from '../ports.ts';
import { withClockSetRight } from './clock-ahead.ts';

/** States read at a time. */
const statesTogether = 1_000;

export interface BelievedFrom {
  readonly clock: Clock;
  readonly states: Pick<StateStore, 'writeState'>;
  readStates(feedIds: readonly string[]): Promise<ReadonlyMap<string, FeedState>>;
}

export async function believedStates(
  feedIds: readonly string[],
  from: BelievedFrom,
): Promise<ReadonlyMap<string, FeedState>> {
  const believed = new Map<string, FeedState>();
  for (let index = 0; index < feedIds.length; index += statesTogether) {
    const stored = await from.readStates(feedIds.slice(index, index + statesTogether));
    for (const [id, state] of stored) believed.set(id, await setRight(state, from));
  }
  return believed;
}

/** Written anew if a clock that ran ahead wrote it: the stored state decides again before each poll. */
async function setRight(state: FeedState, { clock, states }: BelievedFrom): Promise<FeedState> {
  const right = withClockSetRight(state, clock.now());
  if (right !== state) await states.writeState(right);
  return right;
}
