// What is known of an endpoint beyond its configuration: whether it may be asked at all, and how fast. Times are epoch ms.
// deliver/health.ts decides how one condition follows from another; the queue keeps it and obeys its gate.

import type { Code } from '../errors.ts';

/** Empty: in good health. */
export interface EndpointCondition {
  readonly circuit?: OpenCircuit;
  readonly disabled?: DisabledEndpoint;
  /** By the operator. */
  readonly paused?: { readonly since: number };
  /** The unbroken row of failures up to now. */
  readonly failing?: FailureRow;
  /** Attempts of the last minutes, oldest first: start of the span, how many went well, how many failed. */
  readonly recent?: readonly (readonly [at: number, good: number, bad: number])[];
  /** Different events in a row that were refused with one and the same answer. */
  readonly refused?: { readonly code: Code; readonly eventIds: readonly string[] };
  /** Slower than configured, since the endpoint said that it was too much. */
  readonly pace?: Pace;
  /** Asked for by Retry-After, or by a rate limit that is used up. */
  readonly restsUntil?: number;
  /** The chat that the one in feeds.yaml has become (Telegram). */
  readonly movedTo?: string;
}

/** Nothing is sent but a probe now and then. */
export interface OpenCircuit {
  readonly since: number;
  readonly code: Code;
  /** The wait before the next probe; doubles. */
  readonly waitMs: number;
  readonly probeAt: number;
}

/** Nothing is sent before somebody enables it, or, where there is a probe, before that goes well. */
export interface DisabledEndpoint {
  readonly since: number;
  readonly reason: string;
  readonly probeAt?: number;
}

export interface FailureRow {
  readonly count: number;
  readonly since: number;
  readonly lastAt: number;
  /** Up to three different events among them. */
  readonly eventIds: readonly string[];
  /** The last warning that was given: percent of the time after which the endpoint is disabled. */
  readonly warned?: 50 | 75 | 90;
}

export interface Pace {
  /** Least time between the starts of two requests. */
  readonly gapMs: number;
  /** Since when it is that slow; an answer to an earlier request says nothing new. */
  readonly since: number;
  /** Requests that went well at this pace. */
  readonly good: number;
}
