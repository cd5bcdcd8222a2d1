// What an answer, or the lack of one, means for a delivery. Pure. Only a 2xx is success: a receiver that
// redirects, or that accepts with anything else, has not said that it has the event.

import { parseRetryAfter } from '../fetch/retry-after.ts';
import type { Attempt, AttemptOutcome, AttemptResult, Delivery } from '../model/delivery.ts';
import type { Printed } from './print.ts';
import { nextAttempt } from './retry.ts';
import type { Answered, Unanswered } from './send.ts';

export type Sent = Answered | Unanswered | Printed;

/** The rows of the answers table of docs/delivery.md. */
export type Meaning = 'delivered' | 'redirected' | 'gone' | 'poison' | 'refused' | 'busy' | 'unreachable';

const poisonStatuses = new Set([400, 413, 415, 422]);
const passingStatuses = new Set([408, 425, 429]);

export function meaningOfStatus(status: number): Exclude<Meaning, 'unreachable'> {
  if (status >= 200 && status <= 299) return 'delivered';
  if (status >= 300 && status <= 399) return 'redirected';
  // RFC 9110 §15.5.11: gone, likely for good. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11
  if (status === 410) return 'gone';
  if (poisonStatuses.has(status)) return 'poison';
  if (status >= 400 && status <= 499 && !passingStatuses.has(status)) return 'refused';
  return 'busy';
}

export function meaningOf(sent: Sent): Meaning {
  switch (sent.kind) {
    case 'answered':
      return meaningOfStatus(sent.status);
    case 'printed':
      return 'delivered';
    case 'unanswered':
      return 'unreachable';
    default:
      return sent satisfies never;
  }
}

/** One attempt that was made, from its start to its end. */
export interface Made {
  readonly delivery: Delivery;
  readonly retryMs: readonly number[];
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly sent: Sent;
}

export interface JudgedAttempt extends AttemptResult {
  readonly attempt: Attempt;
}

/** The record of the attempt, and what the queue does next with the delivery. */
export function judgeAttempt(made: Made): JudgedAttempt {
  const meaning = meaningOf(made.sent);
  switch (meaning) {
    case 'delivered':
      return { attempt: describe(made, 'delivered'), verdict: { kind: 'done' } };
    case 'gone':
      return {
        attempt: describe(made, 'rejected'),
        verdict: { kind: 'disableEndpoint', reason: 'http-410' },
      };
    // These differ for people; for one delivery they all mean: again by schedule, as the fault may be mended.
    case 'redirected':
    case 'poison':
    case 'refused':
    case 'busy':
      return retryOrBury(made, describe(made, 'rejected'));
    case 'unreachable':
      return retryOrBury(made, describe(made, 'unreachable'));
    default:
      return meaning satisfies never;
  }
}

function retryOrBury({ delivery, retryMs, endedAt, sent }: Made, attempt: Attempt): JudgedAttempt {
  const retryAfterMs = askedWaitMs(sent, endedAt);
  const next = nextAttempt({
    deliveryId: delivery.id,
    number: attempt.number,
    endedAt,
    retryMs,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  if (next === 'exhausted') return { attempt, verdict: { kind: 'dead', reason: 'exhausted' } };
  return {
    attempt: { ...attempt, nextAt: next.at, nextReason: next.reason },
    verdict: { kind: 'retry', at: next.at },
  };
}

function askedWaitMs(sent: Sent, now: number): number | undefined {
  if (sent.kind !== 'answered' || sent.retryAfter === undefined) return undefined;
  return parseRetryAfter(sent.retryAfter, sent.date, now);
}

function describe({ delivery, startedAt, endedAt, sent }: Made, outcome: AttemptOutcome): Attempt {
  return {
    number: delivery.attempts + 1,
    startedAt,
    durationMs: Math.max(0, endedAt - startedAt),
    outcome,
    ...evidence(sent, outcome),
  };
}

function evidence(sent: Sent, outcome: AttemptOutcome): Partial<Attempt> {
  switch (sent.kind) {
    case 'answered': {
      const { status, excerpt } = sent;
      const kept = { status, ...(excerpt === undefined ? {} : { excerpt }) };
      return outcome === 'delivered' ? kept : { ...kept, code: `http-${status}`, message: complaint(sent) };
    }
    case 'unanswered':
      return { code: sent.code, message: sent.message };
    case 'printed':
      return {};
    default:
      return sent satisfies never;
  }
}

// A Location often repeats the path of the webhook, and the path of some webhooks is a secret: only its
// origin is named.
function complaint({ status, location }: Answered): string {
  const isRedirect = meaningOfStatus(status) === 'redirected';
  if (!isRedirect || location === undefined || !URL.canParse(location))
    return `the receiver answered ${status}`;
  return `the receiver answered ${status} and points to ${new URL(location).origin}; redirects are not followed`;
}
