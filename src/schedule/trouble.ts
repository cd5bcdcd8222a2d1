// How a feed's failures add up, and when somebody is told: docs/http.md, "Failure, moves, gone". Pure. Polls never end
// silently: an event at the third failure, after a day and after a week; one when 410 parks the feed, or 404 has
// lasted; and one when it is well again.
//
// The id of an event is made from when its row of failures began and from a step that counts on from the stored record,
// so a poll that is repeated after a crash makes the same id (docs/delivery.md).

import type { FeedNotice } from '../model/event.ts';
import type { FeedState } from '../model/feed.ts';
import type { PollOutcome, PollSummary } from '../model/poll.ts';
import { hasTriedConfigured } from './move.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** Fewer failures in a row are a blip. */
const tellingFailures = 3;

/** How long the row of failures has lasted when its first, second and third `feed.error` are due. */
const errorAfterMs: readonly number[] = [0, dayMs, 7 * dayMs];

/** RFC 9110 §15.5.11: 410 is "likely to be permanent", so it is asked for again before it is believed. */
const parkingCount = 3;
const parkingMs = dayMs;

const slowlyGoneMs = 30 * dayMs;

export type Trouble = Pick<
  FeedState,
  'failures' | 'failingSince' | 'lastSuccessAt' | 'gone' | 'errorSteps' | 'isReportedGone' | 'parkedAt'
>;

/** Failures in a row after this outcome; an outage of our own counts against no feed. */
function failuresAfter(state: Pick<FeedState, 'failures'>, outcome: PollOutcome): number {
  if (outcome === 'outage') return state.failures;
  return isFailure(outcome) ? state.failures + 1 : 0;
}

/** A feed answered, with a document or with "not modified". */
export function isGood(outcome: PollOutcome): boolean {
  return !isFailure(outcome) && outcome !== 'outage';
}

function isFailure(outcome: PollOutcome): boolean {
  return outcome === 'failed' || outcome === 'gone';
}

/** Whether receivers believe that something is wrong with the feed. */
export function isTold({ errorSteps = 0, isReportedGone, parkedAt }: Trouble): boolean {
  return errorSteps > 0 || isReportedGone === true || parkedAt !== undefined;
}

/** The record of failures after a poll; `before` is what is stored. */
export function troubleAfter(before: FeedState, summary: PollSummary): Trouble {
  if (summary.outcome === 'outage') return troubleOf(before);
  if (!isFailure(summary.outcome)) return { failures: 0, lastSuccessAt: summary.endedAt };
  const { errorSteps, isReportedGone, lastSuccessAt } = before;
  const failing: Failing = {
    failures: failuresAfter(before, summary.outcome),
    failingSince: before.failingSince ?? summary.startedAt,
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(errorSteps !== undefined && { errorSteps }),
    ...(isReportedGone !== undefined && { isReportedGone }),
    ...(summary.outcome === 'gone' && { gone: goneRow(before, summary) }),
  };
  // One event a poll: parked and gone say more than another error.
  if (isParking(before, failing, summary)) {
    return { ...failing, isReportedGone: true, parkedAt: before.parkedAt ?? summary.endedAt };
  }
  if (isSlowlyGone(before, failing, summary)) return { ...failing, isReportedGone: true };
  return isErrorDue(failing, summary) ? { ...failing, errorSteps: (errorSteps ?? 0) + 1 } : failing;
}

type Failing = Trouble & { readonly failingSince: number };

/** The part of a state that this file keeps. */
function troubleOf(state: FeedState): Trouble {
  const { failures, failingSince, lastSuccessAt, gone, errorSteps, isReportedGone, parkedAt } = state;
  return {
    failures,
    ...(failingSince !== undefined && { failingSince }),
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(gone && { gone }),
    ...(errorSteps !== undefined && { errorSteps }),
    ...(isReportedGone !== undefined && { isReportedGone }),
    ...(parkedAt !== undefined && { parkedAt }),
  };
}

function goneRow({ gone }: FeedState, { endedAt }: PollSummary): NonNullable<FeedState['gone']> {
  return { since: gone?.since ?? endedAt, count: (gone?.count ?? 0) + 1 };
}

/** Also of a parked feed that was asked by hand: its row goes on. */
function isParking(before: FeedState, { gone, failures }: Failing, { endedAt }: PollSummary): boolean {
  if (gone === undefined) return false;
  const isConfirmed = gone.count >= parkingCount && endedAt - gone.since >= parkingMs;
  // What is gone at an adopted URL may live on at the configured one.
  return isConfirmed && hasTriedConfigured(before, failures);
}

/** A month without a good answer, and 404 is what the origin says now and said before. */
function isSlowlyGone(before: FeedState, failing: Failing, summary: PollSummary): boolean {
  const isNotFound = summary.status === 404 && before.lastPoll?.status === 404;
  return isNotFound && !failing.isReportedGone && summary.endedAt - failing.failingSince >= slowlyGoneMs;
}

function isErrorDue({ failures, failingSince, errorSteps = 0 }: Failing, { endedAt }: PollSummary): boolean {
  const afterMs = errorAfterMs[errorSteps];
  return failures >= tellingFailures && afterMs !== undefined && endedAt - failingSince >= afterMs;
}

export interface Told {
  readonly before: FeedState;
  readonly after: Trouble;
  readonly summary: PollSummary;
  /** Epoch ms. */
  readonly nextPollAt: number;
  readonly mayHaveMissed: boolean;
}

/** The event that leads from one record to the next, if one does. */
export function troubleNotice(told: Told): FeedNotice | undefined {
  const { before, after } = told;
  if (isGood(told.summary.outcome)) return isTold(before) ? recovered(told) : undefined;
  if (after.parkedAt !== undefined) return before.parkedAt === undefined ? gone(told, 'parked') : undefined;
  if (after.isReportedGone && !before.isReportedGone) return gone(told, 'slow');
  return (after.errorSteps ?? 0) > (before.errorSteps ?? 0) ? failing(told) : undefined;
}

function recovered({ before, summary, mayHaveMissed }: Told): FeedNotice {
  const since = before.failingSince ?? summary.endedAt;
  return {
    type: 'feed.recovered',
    since,
    failures: before.failures,
    mayHaveMissed,
    episodeAt: since,
    step: 'recovered',
  };
}

function gone({ before, after, summary }: Told, polling: 'parked' | 'slow'): FeedNotice {
  const row = polling === 'parked' ? (before.gone?.since ?? after.gone?.since) : after.failingSince;
  const since = row ?? summary.endedAt;
  const status = summary.status ?? (polling === 'parked' ? 410 : 404);
  return { type: 'feed.gone', status, since, polling, episodeAt: since, step: polling };
}

function failing({ after, summary, nextPollAt }: Told): FeedNotice {
  const since = after.failingSince ?? summary.startedAt;
  return {
    type: 'feed.error',
    // Every failed poll names its code; the type allows none because good polls have none.
    code: summary.code ?? 'not-a-feed',
    message: summary.message ?? '',
    ...(summary.status !== undefined && { status: summary.status }),
    since,
    failures: after.failures,
    ...(after.lastSuccessAt !== undefined && { lastSuccessAt: after.lastSuccessAt }),
    nextPollAt,
    episodeAt: since,
    step: String(after.errorSteps),
  };
}
