// The log lines of attempts and of what becomes of endpoints. They name the endpoint and its host, never the rest of its URL, no
// header and nothing of the answer's body: tokens live in all of them.

import type { FeedhookError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Attempt, Delivery, Verdict } from '../model/delivery.ts';
import type { GivenUp } from '../ports.ts';
import type { Change } from './endpoint-attempt.ts';

/** How one turn ended, of a delivery or of several that shared a request. */
export interface AttemptEnd {
  readonly endpointId: string;
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  readonly verdict: Verdict;
  /** Absent when nothing was sent, or when our own stop cut it short. */
  readonly attempt?: Attempt;
  readonly host?: string;
  readonly bodyBytes?: number;
  /** Our own fault, because of which nothing was sent, or its end was not waited for. */
  readonly fault?: FeedhookError;
}

export function reportAttempt(log: Log, end: AttemptEnd): void {
  const { deliveries, verdict, attempt, fault } = end;
  const [first, ...others] = deliveries;
  // What waits for its endpoint, and not for a time, has none.
  const nextAt = attempt || !('at' in verdict) ? attempt?.nextAt : verdict.at;
  const fields = {
    endpoint: end.endpointId,
    host: end.host,
    eventId: first.eventId,
    // Of several, the first stands for the others.
    ...(others.length > 0 && { events: deliveries.length }),
    ...(first.feedId !== '' && { feed: first.feedId }),
    attempt: first.attempts + 1,
    ...(attempt?.isProbe && { isProbe: true }),
    outcome: attempt?.outcome,
    status: attempt?.status,
    code: attempt?.code ?? fault?.code,
    reason: attempt?.message ?? fault?.message,
    durationMs: attempt?.durationMs,
    ...attempt?.phases,
    verdict: verdict.kind,
    deadReason: verdict.kind === 'dead' ? verdict.reason : undefined,
    nextAt: nextAt === undefined ? undefined : time(nextAt),
    nextReason: attempt?.nextReason,
  };
  log[asksForPeople(end) ? 'warn' : 'info'](fields, 'delivery');
}

/** A failed attempt is daily life and is tried again; these ends are not mended by waiting alone. */
function asksForPeople({ verdict, fault }: AttemptEnd): boolean {
  return verdict.kind === 'dead' || fault !== undefined;
}

export function reportChange(log: Log, endpoint: string, change: Change): void {
  switch (change.kind) {
    case 'opened': {
      const { code, failures, probeAt } = change;
      log.warn({ endpoint, code, failures, probeAt: time(probeAt) }, 'endpoint-circuit-opened');
      break;
    }
    case 'closed':
      log.info({ endpoint, since: time(change.since) }, 'endpoint-circuit-closed');
      break;
    case 'slowed': {
      const { code, gapMs, restsUntil } = change;
      const rest = restsUntil === undefined ? {} : { restsUntil: time(restsUntil) };
      log.info({ endpoint, code, gapMs, ...rest }, 'endpoint-slowed');
      break;
    }
    case 'disabled': {
      const { reason, since, probeAt } = change;
      const probe = probeAt === undefined ? {} : { probeAt: time(probeAt) };
      log.warn({ endpoint, reason, since: time(since), ...probe }, 'endpoint-disabled');
      break;
    }
    case 'enabled':
      log.info({ endpoint, since: time(change.since) }, 'endpoint-enabled');
      break;
    case 'warned': {
      const { reason, code, since, level, message } = change;
      const more = { ...(level !== undefined && { level }), ...(message !== undefined && { message }) };
      log.warn({ endpoint, reason, code, since: time(since), ...more }, 'endpoint-warning');
      break;
    }
    default:
      change satisfies never;
  }
}

export function reportGivenUp(log: Log, { endpointId, reason, count }: GivenUp): void {
  log.warn({ endpoint: endpointId, reason, count }, 'deliveries-given-up');
}

function time(at: number): string {
  return new Date(at).toISOString();
}
