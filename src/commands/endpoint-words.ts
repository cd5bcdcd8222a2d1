// How an endpoint stands, in words: since when, why, what comes next, and the command that helps. Pure.

import type { Code } from '../errors.ts';
import type { EndpointView } from './endpoint-views.ts';
import { counted, shortSpan, when } from './table.ts';

export interface StandingWords {
  /** Epoch ms. */
  readonly since?: number;
  readonly because?: string;
  /** Epoch ms at which it is tried, or goes on, by itself. */
  readonly nextAt?: number;
}

export function standingWords(
  { state, health: { condition }, plan }: EndpointView,
  now: number,
): StandingWords {
  const { circuit, disabled, paused, pace, restsUntil } = condition;
  switch (state) {
    case 'disabled':
      return {
        ...(disabled && { since: disabled.since, because: disabled.reason }),
        ...(disabled?.probeAt !== undefined && { nextAt: disabled.probeAt }),
      };
    case 'open':
    case 'half-open':
      return circuit ? { since: circuit.since, because: circuit.code, nextAt: circuit.probeAt } : {};
    case 'paused':
      return { ...(paused && { since: paused.since }), because: 'by hand' };
    case 'resting':
      return { because: 'it asked for it', ...(restsUntil !== undefined && { nextAt: restsUntil }) };
    case 'slowed':
      return pace ? { since: pace.since, because: `one request each ${shortSpan(pace.gapMs)}` } : {};
    case 'parked':
      return { because: 'not in feeds.yaml' };
    case 'well':
      return { ...quietHours(plan, now), ...failing(condition) };
    default:
      return state satisfies never;
  }
}

/** Nothing is wrong, and yet nothing is sent. */
function quietHours(plan: EndpointView['plan'], now: number): StandingWords {
  const nextAt = plan?.opensAt?.(now) ?? now;
  return nextAt > now ? { because: 'quiet hours', nextAt } : {};
}

/** Well enough to be sent to, and yet not well. */
function failing({ failing: row }: EndpointView['health']['condition']): StandingWords {
  return row ? { since: row.since, because: `${counted(row.count, 'failure')} in a row` } : {};
}

/** Of one that takes nothing; it follows the name. */
export function shutWords({ id, state }: EndpointView): string | undefined {
  switch (state) {
    case 'disabled':
      return `is disabled, and what it is owed waits: "feedhook endpoints enable ${id}" sends it`;
    case 'paused':
      return `is paused, and what it is owed waits: "feedhook endpoints resume ${id}" sends it`;
    case 'open':
    case 'half-open':
      return `is left alone since it failed, and is asked again by itself; "feedhook endpoints enable ${id}" goes on at once`;
    case 'parked':
      return 'is not in feeds.yaml: what it is owed waits until it is';
    case 'well':
    case 'slowed':
    case 'resting':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** Some of what opens a circuit does not pass by itself. */
export function circuitAdvice(id: string, code: Code | undefined): string {
  const test = `"feedhook endpoints test ${id}"`;
  const enable = `"feedhook endpoints enable ${id}" goes on at once`;
  switch (code) {
    case 'http-401':
    case 'http-403':
    case 'http-407':
      return `it does not let us in: mend "secret", "auth" or "headers" of it in feeds.yaml; ${test} tells whether that helped, and ${enable}`;
    case 'blocked-address':
      return `if its address is meant, name that in "network.webhooks.allow" in feeds.yaml and restart; ${enable}`;
    default:
      return `nothing, if it comes back by itself; ${test} tells how it is, and ${enable}`;
  }
}

/** What a person can do about it. */
export function standingAdvice(view: EndpointView): string {
  const { id, state, health } = view;
  const test = `"feedhook endpoints test ${id}"`;
  switch (state) {
    case 'disabled':
      return `${test} tells how it is; when it is well again: "feedhook endpoints enable ${id}"`;
    case 'open':
    case 'half-open':
      return circuitAdvice(id, health.condition.circuit?.code);
    case 'paused':
      return `"feedhook endpoints resume ${id}" sends what it is owed`;
    case 'parked':
      return `put it back into feeds.yaml, and what it is owed is sent`;
    case 'resting':
      return `nothing: it goes on ${when(health.condition.restsUntil)}`;
    case 'slowed':
      return 'nothing: it gets faster by itself while all goes well';
    case 'well':
      return health.condition.failing
        ? `${test} tells how it is, and "feedhook deliveries list --endpoint ${id}" what failed`
        : 'nothing';
    default:
      return state satisfies never;
  }
}
