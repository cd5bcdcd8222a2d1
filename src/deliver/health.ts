// How an endpoint's condition follows from its attempts. Pure: the queue keeps the condition and obeys it.
//
// - Closed, and well: events are sent. Of the attempts so much is kept that the next state can be told.
// - Open: five failures in a row over three events, or most of the attempts of five minutes, or one answer that can only mean
//   the endpoint itself (denied, blocked, three events in a row refused alike). Nothing is sent but the probe: the oldest event,
//   30 s after the opening, then after twice as long each time, up to 30 min. A success closes; any other answer to a probe is
//   one more failure.
// - Disabled: it said that it is gone, or nothing but failures came for 120 h (warnings at 50, 75 and 90 %). In the second case
//   there is a probe every 6 h, and a success enables it; in the first only the operator does.
// - Paused: the operator said so, and the operator ends it. What still runs is learnt from as ever.
//
// An attempt that had begun before the circuit opened, or before its probe was due, failed for the same reason as the ones that
// opened it: it teaches nothing, unless it went well. Why an answer means what it means: reading.ts.

import type { Code } from '../errors.ts';
import type { DisabledEndpoint, EndpointCondition, FailureRow, OpenCircuit } from '../model/endpoint.ts';
import type { Change, EndpointAttempt, Finding, Learned } from './endpoint-attempt.ts';
import { isDue, longer, newLevel } from './failure-row.ts';
import { isKnownSlow, quickened, restsUntil, slowed } from './pace.ts';
import { counted, isMostlyFailing } from './recent.ts';

export type { Change, EndpointAttempt, Finding, Learned, WarningReason } from './endpoint-attempt.ts';
export { enabled, paused, probeNow, resumed, type Standing, standing } from './standing.ts';

const firstProbeMs = 30_000;
const longestProbeMs = 30 * 60_000;
const disabledProbeMs = 6 * 3_600_000;
/** Different events in a row that are refused alike: then it is not the events. */
const refusedAlike = 3;
/** Of an endpoint that is disabled after nothing but failures. */
const failingReason = 'failing';

export function learn(before: EndpointCondition, attempt: EndpointAttempt): Learned {
  const { condition, changes } = decide(before, attempt);
  const rest = restsUntil(before, attempt.restMs, attempt.endedAt);
  const { restsUntil: _, ...others } = condition;
  const after: EndpointCondition = {
    ...others,
    ...(rest !== undefined && { restsUntil: rest }),
    ...(attempt.movedTo !== undefined && { movedTo: attempt.movedTo }),
  };
  return { condition: isSame(before, after) ? before : after, changes };
}

function decide(before: EndpointCondition, attempt: EndpointAttempt): Learned {
  const { finding } = attempt;
  switch (finding.kind) {
    case 'well':
      return wentWell(before, attempt);
    case 'failed':
      return finding.isSlow ? tooMuch(before, attempt, finding.code) : failed(before, attempt, finding.code);
    case 'denied':
    case 'blocked':
      return refusedAll(before, attempt, finding);
    case 'poison':
      return refusedOne(before, attempt, finding.code);
    case 'gone':
      return gone(before, attempt, finding.reason);
    case 'nothing':
      return { condition: before, changes: [] };
    default:
      return finding satisfies never;
  }
}

function wentWell(before: EndpointCondition, attempt: EndpointAttempt): Learned {
  const { circuit, disabled, failing: _failing, refused: _refused, recent, pace, ...others } = before;
  const isEnabled = disabled?.probeAt !== undefined;
  const quicker = pace && quickened(pace, attempt, attempt.rate);
  const condition: EndpointCondition = {
    ...others,
    ...(disabled && !isEnabled && { disabled }),
    recent: counted(recent, attempt.endedAt, true),
    ...(quicker && { pace: quicker }),
  };
  const changes: Change[] = [];
  if (circuit) changes.push({ kind: 'closed', since: circuit.since });
  if (isEnabled) changes.push({ kind: 'enabled', since: disabled.since });
  return { condition, changes };
}

function failed(before: EndpointCondition, attempt: EndpointAttempt, code: Code): Learned {
  if (isLate(before, attempt)) return { condition: before, changes: [] };
  const { refused: _, ...others } = before;
  const failing = longer(before.failing, attempt);
  if (before.circuit || before.disabled)
    return lasting({ ...others, failing }, attempt, code, before.failing);
  const recent = counted(before.recent, attempt.endedAt, false);
  const condition = { ...others, failing, recent };
  return isDue(failing) || isMostlyFailing(recent)
    ? opened(condition, attempt, code)
    : lasting(condition, attempt, code, before.failing);
}

/** It is alive, so one failure an episode, and slower from now on; while the circuit is open that is slow enough. */
function tooMuch(before: EndpointCondition, attempt: EndpointAttempt, code: Code): Learned {
  if (before.circuit || before.disabled) return failed(before, attempt, code);
  if (isKnownSlow(before.pace, attempt)) return { condition: before, changes: [] };
  const pace = slowed(before.pace, attempt, attempt.rate);
  const until = restsUntil(before, attempt.restMs, attempt.endedAt);
  const { condition, changes } = failed({ ...before, pace }, attempt, code);
  const slower: Change = {
    kind: 'slowed',
    code,
    gapMs: pace.gapMs,
    ...(until !== undefined && { restsUntil: until }),
  };
  return { condition, changes: [slower, ...changes] };
}

const warningOf = { denied: 'refused', blocked: 'blocked' } as const;

function refusedAll(
  before: EndpointCondition,
  attempt: EndpointAttempt,
  { kind, code, message }: Extract<Finding, { kind: 'denied' | 'blocked' }>,
): Learned {
  if (isLate(before, attempt)) return { condition: before, changes: [] };
  const { refused: _, ...others } = before;
  const failing = longer(before.failing, attempt);
  const isNew = before.disabled === undefined && before.circuit?.code !== code;
  const after =
    before.circuit || before.disabled
      ? lasting({ ...others, failing }, attempt, code, before.failing)
      : opened({ ...others, failing }, attempt, code);
  const warning: Change = {
    kind: 'warned',
    reason: warningOf[kind],
    code,
    since: failing.since,
    ...(message !== undefined && { message }),
  };
  return { ...after, changes: isNew ? [...after.changes, warning] : after.changes };
}

/** Three different events in a row with the same answer make it the endpoint's. */
function refusedOne(before: EndpointCondition, attempt: EndpointAttempt, code: Code): Learned {
  if (before.circuit || before.disabled) return failed(before, attempt, code);
  const earlier = before.refused?.code === code ? before.refused.eventIds : [];
  const eventIds = [...new Set([...earlier, attempt.eventIds[0]])];
  if (eventIds.length === earlier.length) return { condition: before, changes: [] };
  if (eventIds.length < refusedAlike) {
    return { condition: { ...before, refused: { code, eventIds } }, changes: [] };
  }
  const { refused: _, ...others } = before;
  const failing = longer(before.failing, attempt);
  const after = opened({ ...others, failing }, attempt, code);
  const warning: Change = { kind: 'warned', reason: 'poison', code, since: failing.since };
  return { ...after, changes: [...after.changes, warning] };
}

function gone(before: EndpointCondition, { endedAt }: EndpointAttempt, reason: string): Learned {
  if (before.disabled && before.disabled.probeAt === undefined) return { condition: before, changes: [] };
  const disabled: DisabledEndpoint = { since: endedAt, reason };
  return { condition: shut(before, disabled), changes: [{ kind: 'disabled', ...disabled }] };
}

function opened(before: EndpointCondition, { endedAt }: EndpointAttempt, code: Code): Learned {
  const probeAt = endedAt + firstProbeMs;
  const circuit: OpenCircuit = { since: endedAt, code, waitMs: firstProbeMs, probeAt };
  // What failed before says nothing of how it is when the circuit closes.
  const { recent: _, ...others } = before;
  const failures = before.failing?.count ?? 0;
  return { condition: { ...others, circuit }, changes: [{ kind: 'opened', code, failures, probeAt }] };
}

/** After one more failure that opened nothing: the next probe is later, and what has lasted for days is told, then ended. */
function lasting(
  condition: EndpointCondition,
  { endedAt }: EndpointAttempt,
  code: Code,
  earlier: FailureRow | undefined,
): Learned {
  const { failing, circuit, disabled } = condition;
  if (disabled) {
    const probed = { ...disabled, probeAt: endedAt + disabledProbeMs };
    return { condition: { ...condition, disabled: probed }, changes: [] };
  }
  const after = circuit ? { ...condition, circuit: laterProbe(circuit, endedAt, code) } : condition;
  const level = failing && newLevel(failing, earlier);
  if (failing === undefined || level === undefined) return { condition: after, changes: [] };
  const { since } = failing;
  if (level === 100) {
    const ended = { since: endedAt, reason: failingReason, probeAt: endedAt + disabledProbeMs };
    return {
      condition: { ...shut(after, ended), failing },
      changes: [{ kind: 'disabled', ...ended, since }],
    };
  }
  return {
    condition: { ...after, failing: { ...failing, warned: level } },
    changes: [{ kind: 'warned', reason: 'failing', code, since, level }],
  };
}

function laterProbe(circuit: OpenCircuit, endedAt: number, code: Code): OpenCircuit {
  const waitMs = Math.min(2 * circuit.waitMs, longestProbeMs);
  return { ...circuit, code, waitMs, probeAt: endedAt + waitMs };
}

function shut(condition: EndpointCondition, disabled: DisabledEndpoint): EndpointCondition {
  const { circuit: _c, failing: _f, recent: _r, refused: _p, ...others } = condition;
  return { ...others, disabled };
}

function isLate({ circuit, disabled }: EndpointCondition, { startedAt }: EndpointAttempt): boolean {
  if (disabled) return disabled.probeAt === undefined || startedAt < disabled.probeAt;
  return circuit !== undefined && startedAt < circuit.probeAt;
}

/** Each part is replaced when it changes, never changed itself. */
function isSame(one: EndpointCondition, other: EndpointCondition): boolean {
  const keys = Object.keys({ ...one, ...other }) as (keyof EndpointCondition)[];
  return keys.every((key) => one[key] === other[key]);
}
