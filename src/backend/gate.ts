// When an endpoint may be sent to, as far as its condition decides: not at all, only to ask whether it is well again, or
// like any other. How a condition comes about is deliver/health.ts; the limits of the configuration are the queue's.

import type { EndpointCondition } from '../model/endpoint.ts';

export interface Gate {
  /** Epoch ms; `Infinity` before somebody changes the condition. */
  readonly opensAt: number;
  /** Then one request at a time, to tell whether the endpoint is well again. */
  readonly isProbe: boolean;
}

const shut: Gate = { opensAt: Number.POSITIVE_INFINITY, isProbe: true };

export function gateOf(condition: EndpointCondition, now: number): Gate {
  if (condition.paused) return shut;
  const restsUntil = Math.max(condition.restsUntil ?? now, now);
  // Both at once: what disabled it weighs more than the circuit that opened on the way there.
  const down = condition.disabled ?? condition.circuit;
  if (!down) return { opensAt: restsUntil, isProbe: false };
  if (down.probeAt === undefined) return shut;
  return { opensAt: Math.max(down.probeAt, restsUntil), isProbe: true };
}

/** Nothing but a probe gets there, if anything. */
export function isDown({ paused, disabled, circuit }: EndpointCondition): boolean {
  return paused !== undefined || disabled !== undefined || circuit !== undefined;
}

/** The longest that deliver/health.ts lets an endpoint wait: for a probe of one that is disabled, for a Retry-After. */
const longestProbeMs = 6 * 3_600_000;
const longestRestMs = 24 * 3_600_000;

/** After the clock was set back: no time lies further ahead than it could have been put. */
export function rebased(condition: EndpointCondition, now: number): EndpointCondition {
  const { circuit, disabled, paused, failing, recent, pace, restsUntil } = condition;
  const past = (at: number) => Math.min(at, now);
  return {
    ...condition,
    ...(circuit && {
      circuit: {
        ...circuit,
        since: past(circuit.since),
        probeAt: Math.min(circuit.probeAt, now + circuit.waitMs),
      },
    }),
    ...(disabled && {
      disabled: {
        ...disabled,
        since: past(disabled.since),
        ...(disabled.probeAt !== undefined && { probeAt: Math.min(disabled.probeAt, now + longestProbeMs) }),
      },
    }),
    ...(paused && { paused: { since: past(paused.since) } }),
    ...(failing && { failing: { ...failing, since: past(failing.since), lastAt: past(failing.lastAt) } }),
    ...(recent && { recent: recent.filter(([at]) => at <= now) }),
    ...(pace && { pace: { ...pace, since: past(pace.since) } }),
    ...(restsUntil !== undefined && { restsUntil: Math.min(restsUntil, now + longestRestMs) }),
  };
}
