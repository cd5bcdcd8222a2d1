// The duty to bring one event to one endpoint, and each try to do so.

import type { Code } from '../errors.ts';

export type DeliveryState = 'pending' | 'withheld' | 'done' | 'dead';
export type DeadReason = 'exhausted' | 'poison' | 'expired' | 'dropped';

/** What a relay adds; the queue ignores one whose (event, endpoint) it already has. */
export interface NewDelivery {
  readonly eventId: string;
  readonly endpointId: string;
  readonly feedId: string;
  /** Not attempted before it is released. */
  readonly isWithheld?: true;
}

export interface Delivery extends Omit<NewDelivery, 'isWithheld'> {
  /** `<eventId>.<endpointId>` */
  readonly id: string;
  readonly state: DeliveryState;
  /** Why it is dead. */
  readonly reason?: DeadReason;
  /** Attempts made so far. A replay starts the count again. */
  readonly attempts: number;
  /** Epoch ms from which the next attempt may start. */
  readonly dueAt: number;
  readonly addedAt: number;
  readonly changedAt: number;
  /** Counts the deliveries of this endpoint from 1; a receiver sees a gap when one is missing or late. */
  readonly sequence: number;
  /** True after a replay by hand. */
  readonly isReplay: boolean;
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
  readonly outcome: AttemptOutcome;
  readonly status?: number;
  readonly code?: Code;
  readonly message?: string;
  /** At most 1 KiB of the answer. */
  readonly excerpt?: string;
  /** Epoch ms of the next attempt, and why then. */
  readonly nextAt?: number;
  readonly nextReason?: string;
}

/** What the queue does with a delivery after an attempt. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly at: number }
  | { readonly kind: 'dead'; readonly reason: DeadReason }
  /** The endpoint is disabled and the delivery stays pending, kept until it is enabled again. */
  | { readonly kind: 'disableEndpoint'; readonly reason: string }
  /** Our own fault before anything was sent: again at `at`, not counted as an attempt. */
  | { readonly kind: 'postpone'; readonly at: number };

export interface AttemptResult {
  /** Absent when nothing was sent. */
  readonly attempt?: Attempt;
  readonly verdict: Verdict;
}

/** What the queue knows of an endpoint beyond its configuration. */
export interface EndpointHealth {
  readonly endpointId: string;
  readonly disabled?: { readonly since: number; readonly reason: string };
  readonly pending: number;
  readonly withheld: number;
  readonly done: number;
  readonly dead: number;
  /** Epoch ms at which the oldest pending delivery was added. */
  readonly oldestPendingAt?: number;
}
