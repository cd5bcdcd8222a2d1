// The duty to bring one event to one endpoint, and each try to do so.

import type { Code } from '../errors.ts';
import type { EndpointCondition } from './endpoint.ts';
import type { StoredEvent } from './event.ts';

export const deliveryStates = ['pending', 'withheld', 'done', 'dead', 'skipped'] as const;
export type DeliveryState = (typeof deliveryStates)[number];
export type DeadReason = 'exhausted' | 'poison' | 'expired' | 'dropped' | 'overflow';
/** Why an endpoint is not told of an event that it subscribes to. */
export type SkipReason = 'filtered';

/** What a relay adds; the queue ignores one whose (event, endpoint) it already has. */
export interface NewDelivery {
  readonly eventId: string;
  readonly endpointId: string;
  readonly feedId: string;
  /** Not attempted before it is released. */
  readonly isWithheld?: true;
  /** The event by which its entry was new: as long as that is withheld from the endpoint, so is this one when it is added. */
  readonly follows?: string;
  /** Never attempted, and kept so that somebody can see why. */
  readonly skipped?: SkipReason;
}

/**
 * Where a delivery stands in its delivery lane: `free` without one, `head` is sent next, `behind` waits for the head, `aside`
 * no longer holds up the others.
 */
export type LanePlace = 'free' | 'head' | 'behind' | 'aside';

export interface Delivery extends Omit<NewDelivery, 'isWithheld' | 'follows' | 'skipped'> {
  /** `<eventId>.<endpointId>` */
  readonly id: string;
  readonly state: DeliveryState;
  /** Why it is dead or skipped. */
  readonly reason?: DeadReason | SkipReason;
  /** Attempts made so far. A replay starts the count again. */
  readonly attempts: number;
  /** Epoch ms from which the next attempt may start. */
  readonly dueAt: number;
  readonly addedAt: number;
  readonly changedAt: number;
  /** Counts the deliveries of this endpoint from 1; a receiver sees a gap when one is missing or late. 0: skipped, never numbered. */
  readonly sequence: number;
  /** True after a replay by hand. */
  readonly isReplay: boolean;
  readonly place: LanePlace;
  /** Its usual form was refused; it is sent in its plainest form from now on. */
  readonly isFallback: boolean;
}

/** How one POST ended: a 2xx, another answer, or no answer. */
export type AttemptOutcome = 'delivered' | 'rejected' | 'unreachable';

/** One POST of a delivery. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly phases?: AttemptPhases;
  readonly outcome: AttemptOutcome;
  readonly status?: number;
  readonly code?: Code;
  readonly message?: string;
  /** At most 1 KiB of the answer. */
  readonly excerpt?: string;
  /** Epoch ms of the next attempt, and why then. */
  readonly nextAt?: number;
  readonly nextReason?: string;
  /** It asked whether an endpoint that failed is well again, and is not counted. */
  readonly isProbe?: true;
  /** How many events it carried, where that is more than one. */
  readonly events?: number;
}

/** Milliseconds; absent where a kept-alive connection had no such phase, or the attempt did not come so far. */
export interface AttemptPhases {
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** From the request to the headers of the answer. */
  readonly firstByteMs?: number;
}

/** What the queue does with the deliveries of an attempt. */
export type Verdict =
  | { readonly kind: 'done' }
  /** Again at `at`. */
  | {
      readonly kind: 'retry';
      readonly at: number;
      /** Others of its delivery lane need not wait for it. */
      readonly isAside?: true;
      readonly isFallback?: true;
    }
  | { readonly kind: 'dead'; readonly reason: DeadReason }
  /** Pending as before, due at `at`; the attempt, if one was made, is logged and not counted. */
  | {
      readonly kind: 'postpone';
      readonly at: number;
      /** As of a retry. */
      readonly isAside?: true;
    }
  /** One of several in a request was refused: each is sent alone, now. The attempt is not counted. */
  | { readonly kind: 'split' };

/** What is told to endpoints about another endpoint, or about a delivery that was given up. */
export interface Alert {
  readonly event: StoredEvent;
  readonly endpointIds: readonly string[];
}

/** What an attempt teaches about its endpoint. */
export interface Lesson {
  readonly condition: EndpointCondition;
  /** Replaces that of the attempt, as does what is logged of it. */
  readonly verdict?: Verdict;
  readonly attempt?: Attempt;
  readonly alerts?: readonly Alert[];
}

export interface AttemptResult {
  /** Absent when nothing was sent. */
  readonly attempt?: Attempt;
  readonly verdict: Verdict;
  /**
   * Pure: called in the transaction that records the attempt, with the condition as it is then; perhaps more than once. Not
   * called when the endpoint has another target by then. `kept` counts what is pending for the endpoint, for alerts alone.
   */
  readonly learn?: (before: EndpointCondition, kept?: () => number) => Lesson;
  /** Told once what was recorded, which a lesson may have changed; or, as above, what a stop has kept from being recorded. */
  readonly recorded?: (as: Pick<AttemptResult, 'attempt' | 'verdict'>) => void;
}

/** What the queue knows of an endpoint beyond its configuration. */
export interface EndpointHealth {
  readonly endpointId: string;
  readonly condition: EndpointCondition;
  readonly pending: number;
  readonly withheld: number;
  readonly done: number;
  readonly dead: number;
  readonly skipped: number;
  /** Epoch ms at which the oldest pending delivery was added. */
  readonly oldestPendingAt?: number;
}
