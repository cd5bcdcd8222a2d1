// The one log line of an attempt. It names the endpoint and its host, never the rest of its URL, no header and
// nothing of the answer's body: tokens live in all of them.

import type { FeedhookError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Attempt, Delivery, Verdict } from '../model/delivery.ts';

/** How one turn of a delivery ended. */
export interface AttemptEnd {
  readonly endpointId: string;
  readonly delivery: Delivery;
  readonly verdict: Verdict;
  /** Absent when nothing was sent, or when our own stop cut it short. */
  readonly attempt?: Attempt;
  readonly host?: string;
  /** Our own fault, because of which nothing was sent, or its end was not waited for. */
  readonly fault?: FeedhookError;
}

export function reportAttempt(log: Log, end: AttemptEnd): void {
  const { delivery, verdict, attempt, fault } = end;
  const fields = {
    endpoint: end.endpointId,
    host: end.host,
    eventId: delivery.eventId,
    feed: delivery.feedId,
    attempt: delivery.attempts + 1,
    outcome: attempt?.outcome,
    status: attempt?.status,
    code: attempt?.code ?? fault?.code,
    reason: attempt?.message ?? fault?.message,
    durationMs: attempt?.durationMs,
    verdict: verdict.kind,
    deadReason: verdict.kind === 'dead' ? verdict.reason : undefined,
    nextAt: 'at' in verdict ? new Date(verdict.at).toISOString() : undefined,
    nextReason: attempt?.nextReason,
  };
  log[asksForPeople(end) ? 'warn' : 'info'](fields, 'delivery');
}

/** A failed attempt is daily life and is tried again; these ends are not mended by waiting alone. */
function asksForPeople({ verdict, fault }: AttemptEnd): boolean {
  return verdict.kind === 'dead' || verdict.kind === 'disableEndpoint' || fault !== undefined;
}
