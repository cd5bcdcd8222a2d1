// What an answer, or the lack of one, means for the deliveries that the request carried, and what it tells of their endpoint.
// Pure. What the answer is called, reading.ts decides; what becomes of the endpoint, health.ts.

import type { Code } from '../errors.ts';
import type { Attempt, AttemptOutcome, Delivery, Verdict } from '../model/delivery.ts';
import type { Rate } from '../ports.ts';
import type { EndpointAttempt, Finding } from './endpoint-attempt.ts';
import type { Reading } from './reading.ts';
import { nextAttempt } from './retry.ts';
import type { Sent } from './send.ts';

/** One request that was made, from its start to its end. */
export interface Made {
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  readonly retryMs: readonly number[];
  /** Its format has a plainer form for an event that it refuses. */
  readonly isChat: boolean;
  /** As configured. */
  readonly rate?: Rate;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly sent: Sent;
  readonly reading: Reading;
  readonly isProbe: boolean;
  /** The chat that it was sent to, where that is not the one in feeds.yaml. */
  readonly movedTo?: string;
}

export interface Judged {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
  readonly tells: EndpointAttempt;
}

/** A probe that is refused as poison lets others be the probe first, for at least an hour and at most a day. */
const leastPoisonRestMs = 3_600_000;
const mostPoisonRestMs = 24 * leastPoisonRestMs;

export function judgeAttempt(made: Made): Judged {
  const { verdict, ...next } = decide(made);
  return { attempt: { ...describe(made), ...next }, verdict, tells: tellingOf(made) };
}

interface Decided {
  readonly verdict: Verdict;
  readonly nextAt?: number;
  readonly nextReason?: string;
}

function decide(made: Made): Decided {
  const { deliveries, reading, isProbe, endedAt } = made;
  const { meaning, disables } = reading;
  const asBefore: Verdict = { kind: 'postpone', at: deliveries[0].dueAt };
  if (meaning === 'delivered') return { verdict: { kind: 'done' } };
  if (disables !== undefined) return { verdict: asBefore, nextReason: 'disabled' };
  if (hasMoved(made)) return again(made, { kind: 'postpone', at: endedAt }, 'moved');
  if (isProbe) {
    const verdict = meaning === 'poison' ? letPass(made) : asBefore;
    return { verdict, nextReason: 'probe' };
  }
  switch (meaning) {
    case 'gone':
      return { verdict: asBefore, nextReason: 'disabled' };
    // The endpoint is at fault, not the event: nothing is held against the delivery.
    case 'denied':
    case 'blocked':
      return { verdict: asBefore, nextReason: 'circuit' };
    case 'poison':
      return poisoned(made);
    case 'redirected':
    case 'refused':
    case 'busy':
    case 'slow':
    case 'unreachable':
      return bySchedule(made, {});
    default:
      return meaning satisfies never;
  }
}

/** Which of several events it was, only sending them one by one can tell. */
function poisoned(made: Made): Decided {
  const { deliveries, isChat, endedAt } = made;
  const [{ isFallback }, ...others] = deliveries;
  if (others.length > 0) return again(made, { kind: 'split' }, 'split');
  // Without a plainer form the event is set aside: perhaps the receiver learns to take it within days.
  if (!isChat) return bySchedule(made, { isAside: true });
  if (isFallback) return { verdict: { kind: 'dead', reason: 'poison' } };
  return again(made, { kind: 'retry', at: endedAt, isFallback: true }, 'fallback');
}

/** As long again as it has waited: of a few that are refused for ever, it is ever more seldom the turn of any. */
function letPass({ deliveries: [{ addedAt }], endedAt }: Made): Verdict {
  const restMs = Math.min(Math.max(endedAt - addedAt, leastPoisonRestMs), mostPoisonRestMs);
  return { kind: 'postpone', at: endedAt + restMs, isAside: true };
}

function again({ endedAt }: Made, verdict: Verdict, nextReason: string): Decided {
  return { verdict, nextAt: endedAt, nextReason };
}

function bySchedule(made: Made, how: { readonly isAside?: true }): Decided {
  const { deliveries, retryMs, endedAt, reading } = made;
  const [{ id, attempts }] = deliveries;
  const { waitMs } = reading;
  const next = nextAttempt({
    deliveryId: id,
    number: attempts + 1,
    endedAt,
    retryMs,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
  if (next === 'exhausted') return { verdict: { kind: 'dead', reason: 'exhausted' } };
  return { verdict: { kind: 'retry', at: next.at, ...how }, nextAt: next.at, nextReason: next.reason };
}

/** Followed at once a single time: one that moves at each message would be asked for ever. */
function hasMoved({ reading, movedTo }: Made): boolean {
  return reading.movedTo !== undefined && movedTo === undefined;
}

function tellingOf(made: Made): EndpointAttempt {
  const { deliveries, startedAt, endedAt, reading, rate } = made;
  const [first, ...others] = deliveries;
  const restMs = restOf(made);
  return {
    startedAt,
    endedAt,
    eventIds: [first.eventId, ...others.map(({ eventId }) => eventId)],
    finding: findingOf(made),
    ...(restMs !== undefined && { restMs }),
    ...(reading.movedTo !== undefined && { movedTo: reading.movedTo }),
    ...(rate && { rate }),
  };
}

/** A limit that is used up holds for all events, whatever became of this one; a wait, where it is asked of the endpoint. */
function restOf({ reading: { meaning, waitMs, limit }, isProbe }: Made): number | undefined {
  const isOfAll = isProbe || meaning === 'slow' || meaning === 'denied';
  const asked = isOfAll ? waitMs : undefined;
  if (limit === undefined || limit.remaining > 0) return asked;
  return Math.max(limit.resetMs, asked ?? 0);
}

function findingOf(made: Made): Finding {
  const { meaning, message, disables } = made.reading;
  const code = codeOf(made);
  if (meaning === 'delivered') return { kind: 'well' };
  if (disables !== undefined) return { kind: 'gone', reason: disables };
  if (hasMoved(made)) return { kind: 'nothing' };
  switch (meaning) {
    case 'gone':
      return { kind: 'gone', reason: code };
    case 'denied':
    case 'blocked':
      return { kind: meaning, code, ...(message !== undefined && { message }) };
    case 'poison':
      return made.deliveries.length > 1 && !made.isProbe ? { kind: 'nothing' } : { kind: 'poison', code };
    case 'redirected':
    case 'refused':
    case 'busy':
    case 'slow':
    case 'unreachable':
      return { kind: 'failed', code, isSlow: meaning === 'slow' };
    default:
      return meaning satisfies never;
  }
}

/** A failure always has one; `protocol` stands in. */
function codeOf({ reading: { code } }: Made): Code {
  return code ?? 'protocol';
}

function describe(made: Made): Attempt {
  const { deliveries, startedAt, endedAt, sent, reading, isProbe } = made;
  const { code, message } = reading;
  const excerpt = 'excerpt' in sent ? sent.excerpt : undefined;
  const phases = 'phases' in sent ? sent.phases : {};
  return {
    number: deliveries[0].attempts + 1,
    startedAt,
    durationMs: Math.max(0, endedAt - startedAt),
    ...(Object.keys(phases).length > 0 && { phases }),
    outcome: outcomeOf(sent, reading),
    ...(sent.kind === 'answered' && { status: sent.status }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    ...(excerpt !== undefined && { excerpt }),
    ...(isProbe && { isProbe }),
    ...(deliveries.length > 1 && { events: deliveries.length }),
  };
}

function outcomeOf(sent: Sent, { meaning }: Reading): AttemptOutcome {
  if (meaning === 'delivered') return 'delivered';
  return sent.kind === 'unanswered' ? 'unreachable' : 'rejected';
}
