// What the queue has to know of an endpoint, from its configuration. Pure, but for node-cron's calendar, which is handed in: the
// same time gives the same answer.

import { traitsOf } from '../config/formats.ts';
import type { EndpointConfig } from '../config/load.ts';
import type { EndpointPlan } from '../ports.ts';

/** The first time of a cron expression after `afterMs`, epoch ms: schedule/calendar.ts. */
export type NextTick = (expression: string, timezone: string, afterMs: number) => number;

/** `target`: digest of what reaches the endpoint. */
export function planOf(endpoint: EndpointConfig, target: string, nextTick: NextTick): EndpointPlan {
  const { id, concurrency, ordering, maxBlockMs, rate } = endpoint;
  const batch = batchOf(endpoint);
  const dueAt = dueTimes(endpoint, nextTick);
  const opensAt = openTimes(endpoint, nextTick);
  return {
    id,
    target,
    concurrency,
    ordering,
    maxBlockMs,
    ...(rate && { rate }),
    ...(batch && { batch }),
    ...(dueAt && { dueAt }),
    ...(opensAt && { opensAt }),
  };
}

function batchOf({ format, batch, digest }: EndpointConfig): EndpointPlan['batch'] {
  const { mostEvents, of } = traitsOf[format];
  const count = Math.min(batch?.count ?? 1, mostEvents);
  if (count < 2) return undefined;
  return { count, lane: of === 'feed' ? 'feed' : 'endpoint', ...(digest !== undefined && { isTimed: true }) };
}

function dueTimes({ digest, batch, timezone }: EndpointConfig, nextTick: NextTick): EndpointPlan['dueAt'] {
  if (digest !== undefined) return remembered((addedAt) => nextTick(digest, timezone, addedAt));
  const { withinMs = 0 } = batch ?? {};
  return withinMs > 0 ? (addedAt) => addedAt + withinMs : undefined;
}

/** It is quiet when the end comes before the next beginning. */
function openTimes({ quiet, timezone }: EndpointConfig, nextTick: NextTick): EndpointPlan['opensAt'] {
  if (quiet === undefined) return undefined;
  const nextEnd = remembered((now) => nextTick(quiet.until, timezone, now));
  const nextBeginning = remembered((now) => nextTick(quiet.from, timezone, now));
  return (now) => {
    const end = nextEnd(now);
    return end < nextBeginning(now) ? end : now;
  };
}

/** Asking the calendar costs more than sending; up to the time that it gave, it gives the same one. */
function remembered(next: (after: number) => number): (after: number) => number {
  let asked = Number.POSITIVE_INFINITY;
  let given = Number.NEGATIVE_INFINITY;
  return (after) => {
    if (after < asked || after >= given) {
      given = next(after);
      asked = after;
    }
    return given;
  };
}
