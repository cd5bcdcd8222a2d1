// What the scheduler is given, and what it does for others. How it does it is in scheduler.ts.

import type { Clock } from '../clock.ts';
import type { Code, FeedFault } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { LaneQueue, StateStore } from '../ports.ts';
import type { ScheduledFeed } from './agenda.ts';
import type { Forgiven, OutageWatch } from './outage-relief.ts';
import type { Replan } from './replan.ts';
import type { LaneAt, Source } from './source.ts';

export type States = ReadonlyMap<string, FeedState>;

/** How the poll of a source ended: for each of its feeds the state that is stored now, or a fault of its records. */
export interface SourceEnd {
  readonly ends: readonly { readonly state: FeedState }[];
  readonly faults: readonly FeedFault[];
}

export interface SchedulerOptions<F extends ScheduledFeed> {
  readonly lanes: LaneQueue;
  readonly states: Pick<StateStore, 'readStates' | 'writeState'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The lane of a URL, if `feed` is the first of those that are asked there. */
  readonly laneAt: LaneAt<F>;
  /** The signal aborts when the scheduler stops. */
  readonly poll: (source: Source<F>, states: States, signal: AbortSignal) => Promise<SourceEnd>;
  /** The next poll under a changed plan, without a request. Absent: the stored one stays. */
  readonly replan?: Replan<F>;
  readonly outage?: OutageWatch;
  /** New feeds, and feeds overdue at a start, are spread over this span, or over 5 s a feed if that is less. */
  readonly startSpreadMs: number;
  readonly maxConcurrentLanes: number;
  /** Where lanes are shared, before one is polled: what a process that died while it had them left of its feeds. */
  readonly relayLeft?: (feeds: readonly F[]) => Promise<void>;
  /** After a fault of the store. */
  readonly storeRetryMs?: number;
  readonly onStoreFault?: (code: Code) => void;
  /** Called with an error that nobody expected: a fault of this program. */
  readonly onCrash: (error: unknown) => void;
}

/** What /healthz and the metrics are told. */
export interface Signs {
  /** Lanes that run now. */
  readonly running: number;
  /** Epoch ms at which the earliest lane that rests was or is due; where lanes are shared only their queue knows. */
  readonly earliestLaneDueAt?: number;
  /** Epoch ms at which a lane run last ended, or the scheduler started. */
  readonly lastLaneEndedAt: number;
  readonly storeFault?: Code;
}

/** How a list of feeds is taken over where lanes are shared. */
export type TakeOver =
  /** Nobody else has told the queue. */
  | 'leads'
  /** Other processes are at work with the same list: what they have made of it stays. */
  | 'joins'
  /** The store was emptied: nothing of it is known any more. */
  | 'anew';

export interface Scheduler<F> {
  /** Also again, after a stop. */
  start(feeds: readonly F[], how?: TakeOver): Promise<void>;
  /** Takes over a changed list; calls must not overlap. A poll that runs ends under the plan it began with. */
  reconfigure(feeds: readonly F[], how?: TakeOver): Promise<void>;
  /** Has the lane of this feed run now, whether one of its feeds is due or not. */
  wake(feedId: string): Promise<void>;
  /** What was counted against these feeds was our own network's fault: they are to be what they were, and due. */
  forgive(feeds: readonly Forgiven[]): void;
  /** Starts no further poll and resolves when those that run have ended. */
  stop(): Promise<void>;
  signs(): Signs;
}
