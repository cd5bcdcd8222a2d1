// What an attempt tells of its endpoint, and what becomes of the endpoint by it, as people are told of it: the words that
// answer.ts, health.ts and report.ts share.

import type { Code } from '../errors.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { Rate } from '../ports.ts';

/** How the endpoint did. */
export type Finding =
  | { readonly kind: 'well' }
  /** `isSlow`: it is too much for the endpoint. */
  | { readonly kind: 'failed'; readonly code: Code; readonly isSlow: boolean }
  /** Of itself: no credentials, or a forbidden address. */
  | { readonly kind: 'denied' | 'blocked'; readonly code: Code; readonly message?: string }
  /** This one event is not accepted. */
  | { readonly kind: 'poison'; readonly code: Code }
  | { readonly kind: 'gone'; readonly reason: string }
  /** Neither good nor bad. */
  | { readonly kind: 'nothing' };

export interface EndpointAttempt {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly eventIds: readonly [string, ...string[]];
  readonly finding: Finding;
  /** How long the whole endpoint asks to be left alone. */
  readonly restMs?: number;
  readonly movedTo?: string;
  /** As configured. */
  readonly rate?: Rate;
}

export type WarningReason = 'failing' | 'refused' | 'blocked' | 'poison';

/** What people are told of. Times are epoch ms. */
export type Change =
  | { readonly kind: 'opened'; readonly code: Code; readonly failures: number; readonly probeAt: number }
  | { readonly kind: 'closed'; readonly since: number }
  | { readonly kind: 'slowed'; readonly code: Code; readonly gapMs: number; readonly restsUntil?: number }
  | { readonly kind: 'disabled'; readonly reason: string; readonly since: number; readonly probeAt?: number }
  | { readonly kind: 'enabled'; readonly since: number }
  | {
      readonly kind: 'warned';
      readonly reason: WarningReason;
      readonly code: Code;
      readonly since: number;
      readonly level?: number;
      readonly message?: string;
    };

export interface Learned {
  /** The very same object when nothing is to be written. */
  readonly condition: EndpointCondition;
  readonly changes: readonly Change[];
}
