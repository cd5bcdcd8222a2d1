// What is written together with an attempt: the endpoint's next condition, the verdict when the endpoint turns out to be at
// fault and not the event, and the alerts. Pure, as the queue may ask for it more than once.

import type { Code } from '../errors.ts';
import type { Alert, Attempt, Delivery, Lesson, Verdict } from '../model/delivery.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { StoredEvent } from '../model/event.ts';
import type { Alerting } from './alert.ts';
import type { Judged } from './answer.ts';
import type { Change } from './endpoint-attempt.ts';
import { learn } from './health.ts';

/** What was tried. */
export interface Tried {
  readonly endpointId: string;
  readonly events: readonly StoredEvent[];
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  readonly alerting: Alerting;
}

export interface LessonLearnt extends Lesson {
  readonly verdict: Verdict;
  readonly attempt: Attempt;
  readonly alerts: readonly Alert[];
  readonly changes: readonly Change[];
}

/** `kept` counts what waits for the endpoint. */
export function lessonOf(
  judged: Judged,
  tried: Tried,
  before: EndpointCondition,
  kept?: () => number,
): LessonLearnt {
  const { tells } = judged;
  const { condition, changes } = learn(before, tells);
  const isEndpoint = tells.finding.kind === 'poison' && condition.circuit?.code === tells.finding.code;
  const isExcused = isEndpoint && !judged.attempt.isProbe;
  const { verdict, attempt } = isExcused ? waitingForCircuit(judged, tried.deliveries[0]) : judged;
  const { endedAt } = tells;
  const error = { code: attempt.code ?? 'protocol', ...(attempt.message && { message: attempt.message }) };
  const givenUp = verdict.kind === 'dead' ? alertsOfDead(tried, attempt.number, error, endedAt) : [];
  return {
    condition,
    verdict,
    attempt,
    alerts: [...changes.flatMap((change) => alertsOf(change, tried, endedAt, kept)), ...givenUp],
    changes,
  };
}

function waitingForCircuit({ attempt: { nextAt: _, ...attempt } }: Judged, { dueAt }: Delivery) {
  const verdict: Verdict = { kind: 'postpone', at: dueAt };
  return { verdict, attempt: { ...attempt, nextReason: 'circuit' } };
}

function alertsOf(
  change: Change,
  { endpointId, alerting }: Tried,
  now: number,
  kept: (() => number) | undefined,
): readonly Alert[] {
  const waiting = kept && { kept: kept() };
  switch (change.kind) {
    case 'warned': {
      const { kind: _, ...warning } = change;
      return alerting({ type: 'endpoint.warning', endpointId, ...warning, ...waiting }, now);
    }
    case 'disabled': {
      const { reason, since } = change;
      return alerting({ type: 'endpoint.disabled', endpointId, reason, since, ...waiting }, now);
    }
    // Daily life, or good news: the log has it.
    case 'opened':
    case 'closed':
    case 'slowed':
    case 'enabled':
      return [];
    default:
      return change satisfies never;
  }
}

/** One for each event that will not be sent again. */
export function alertsOfDead(
  { endpointId, events, alerting }: Tried,
  attempts: number,
  error: { readonly code: Code; readonly message?: string },
  now: number,
): readonly Alert[] {
  return events.flatMap((event) =>
    alerting({ type: 'delivery.exhausted', endpointId, event, attempts, error }, now),
  );
}
