// What an endpoint's condition is called, for people and metrics, and what the operator can do to it. Pure.

import type { Code } from '../errors.ts';
import type { EndpointCondition } from '../model/endpoint.ts';

/** Times are epoch ms. */
export type Standing =
  | { readonly kind: 'well' }
  | { readonly kind: 'slowed'; readonly gapMs: number; readonly since: number }
  | { readonly kind: 'resting'; readonly until: number }
  /** `half-open`: its probe is due. */
  | {
      readonly kind: 'open' | 'half-open';
      readonly since: number;
      readonly code: Code;
      readonly probeAt: number;
    }
  | { readonly kind: 'paused'; readonly since: number }
  | { readonly kind: 'disabled'; readonly since: number; readonly reason: string; readonly probeAt?: number };

/** What keeps it from being sent to for longest. */
export function standing(condition: EndpointCondition, now: number): Standing {
  const { disabled, paused, circuit, restsUntil = 0, pace } = condition;
  if (disabled) return { kind: 'disabled', ...disabled };
  if (paused) return { kind: 'paused', since: paused.since };
  if (circuit) {
    const { since, code, probeAt } = circuit;
    return { kind: probeAt > now ? 'open' : 'half-open', since, code, probeAt };
  }
  if (restsUntil > now) return { kind: 'resting', until: restsUntil };
  return pace ? { kind: 'slowed', gapMs: pace.gapMs, since: pace.since } : { kind: 'well' };
}

/** As if it had never failed: sent to at once. Its pace, which it has asked for, stays, and so does a pause. */
export function enabled({ pace, paused, movedTo }: EndpointCondition): EndpointCondition {
  return { ...(pace && { pace }), ...(paused && { paused }), ...(movedTo !== undefined && { movedTo }) };
}

/** An open circuit is probed now instead of later; what is known of it stays. */
export function probeNow(condition: EndpointCondition, now: number): EndpointCondition {
  const { circuit } = condition;
  if (circuit === undefined || circuit.probeAt <= now) return condition;
  return { ...condition, circuit: { ...circuit, probeAt: now } };
}

export function paused(condition: EndpointCondition, now: number): EndpointCondition {
  return condition.paused ? condition : { ...condition, paused: { since: now } };
}

export function resumed({ paused: _, ...others }: EndpointCondition): EndpointCondition {
  return others;
}
