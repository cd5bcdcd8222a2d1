// Why a feed is polled next when it is: every term with the header, element or key behind it, which of them
// decides, and what moved the result. Pure; the decision itself is next-poll.ts, which this follows step by step.

import { formatDuration } from '../config/duration.ts';
import type { DocumentHints, FeedState } from '../model/feed.ts';
import type { NextPoll, NextPollReason, PollTerms } from '../model/poll.ts';
import { laneHeldUntil } from './lane-hold.ts';
import { capMs, type PollPlan, type Term } from './longest-wait.ts';
import { type NextTick, nextPollSteps } from './next-poll.ts';
import { skipAt } from './skip.ts';

export type TermName = Exclude<NextPollReason, `${string}-capped`>;

export interface ExplainedTerm {
  readonly term: TermName;
  /** From the end of the answer; 0: it asks for nothing. */
  readonly waitMs: number;
  /** What was asked for, where the cap cut it. */
  readonly askedMs?: number;
  /** Epoch ms at which it is satisfied. */
  readonly until?: number;
  /** The header line, element or key that says so. */
  readonly saidBy?: string;
  readonly decides: boolean;
}

/** Where the stored next poll comes from, if not from the terms as they are now. */
export type Origin = 'terms' | 'cut-off' | 'same-url' | 'changed-plan';

export interface Explained {
  /** In force: what is stored, or the end of the lane's hold if that is later. */
  readonly nextPoll: NextPoll;
  readonly origin: Origin;
  readonly terms: readonly ExplainedTerm[];
  /** Milliseconds added to the longest wait. */
  readonly jitterMs: number;
  /** Of the lane, because of one of its feeds. Epoch ms. */
  readonly laneHold?: { readonly until: number; readonly feedId: string };
}

export interface ToExplain {
  readonly plan: PollPlan;
  readonly state: FeedState;
  readonly hints: DocumentHints;
  /** The states of all feeds of the lane. */
  readonly lane?: readonly FeedState[];
  /** Whether other feeds have the same URL and share its requests. */
  readonly isShared?: boolean;
  readonly nextTick?: NextTick;
}

/** A feed without terms (its first request was cut off) is explained by its stored next poll alone. */
export function explain(input: ToExplain): Explained {
  const { plan, state, hints, lane = [state], nextTick } = input;
  const laneHold = laneHoldOf(lane);
  const nextPoll = heldBack(state.nextPoll, laneHold?.until);
  const base = { nextPoll, ...(laneHold && { laneHold }) };
  const { terms } = state;
  if (!terms) return { ...base, origin: 'cut-off', terms: [], jitterMs: 0 };
  const gone = state.lastPoll?.outcome === 'gone';
  const { failures, parkedAt } = state;
  const steps = nextPollSteps({
    plan,
    terms,
    hints,
    failures,
    gone,
    parkedAt,
    ...(nextTick && { nextTick }),
  });
  const decides = (term: TermName) => nameOf(nextPoll.reason) === term;
  const waits = steps.terms.map((term) => explainTerm(term, input, terms));
  const moves = [
    ...(steps.tickAt === undefined ? [] : [tickTerm(plan, steps.tickAt, terms.endedAt)]),
    ...skipTerms(input, state.nextPoll),
    ...(laneHold && nextPoll.reason === 'lane' ? [laneTerm(laneHold, terms.endedAt)] : []),
    ...(parkedAt === undefined ? [] : [parkedTerm(state, parkedAt)]),
  ];
  return {
    ...base,
    origin: originOf(input, steps.poll),
    terms: [...waits, ...moves]
      .filter(({ term, waitMs }) => term !== 'schedule' || waitMs > 0)
      .map((term) => ({ ...term, decides: decides(term.term) })),
    jitterMs: steps.jitterMs,
  };
}

/** The term that decides, if the stored time still follows from the terms. */
export function deciding({ terms }: Explained): ExplainedTerm | undefined {
  return terms.find(({ decides }) => decides);
}

/** `max-age-capped` -> `max-age`. */
export function nameOf(reason: NextPollReason): TermName {
  return reason.replace(/-capped$/, '') as TermName;
}

type Undecided = Omit<ExplainedTerm, 'decides'>;

function explainTerm(term: Term, { plan, state, hints }: ToExplain, terms: PollTerms): Undecided {
  const saidBy = saying(nameOf(term.reason), plan, state, hints);
  return {
    term: nameOf(term.reason),
    waitMs: term.waitMs,
    ...(term.askedMs > term.waitMs && { askedMs: term.askedMs }),
    ...(term.waitMs > 0 && { until: terms.endedAt + term.waitMs }),
    ...(saidBy !== undefined && { saidBy }),
  };
}

function saying(term: TermName, plan: PollPlan, state: FeedState, hints: DocumentHints): string | undefined {
  const { terms, failures, lastPoll, gone } = state;
  const said = terms?.said;
  switch (term) {
    case 'interval':
      return plan.intervalMs === undefined
        ? `defaults.interval: ${formatDuration(plan.defaultIntervalMs)}`
        : `interval: ${formatDuration(plan.intervalMs)}`;
    case 'no-validators':
      return 'neither ETag nor Last-Modified in the last 200';
    case 'max-age':
    case 'expires':
      return terms?.freshnessMs === undefined ? undefined : (said?.freshness ?? fieldNames[term]);
    case 'retry-after':
      return terms?.retryAfterMs === undefined ? undefined : (said?.retryAfter ?? 'Retry-After');
    case 'rate-limit':
      return terms?.rateLimitMs === undefined ? undefined : (said?.rateLimit ?? 'X-RateLimit-Remaining: 0');
    case 'ttl':
      return hinted(hints.ttlMinutes, (minutes) => `<ttl>${minutes}</ttl>`, plan);
    case 'sy':
      return hinted(hints.syMinutes, (minutes) => `sy:updatePeriod, every ${minutes} min`, plan);
    case 'failure-backoff':
      return failures > 0
        ? `${failures} in a row${lastPoll?.code ? `, last ${lastPoll.code}` : ''}`
        : undefined;
    case 'gone-check':
      return `410${gone ? `, ${gone.count} in a row` : ''}`;
    default:
      return undefined;
  }
}

const fieldNames = { 'max-age': 'Cache-Control: max-age', expires: 'Expires' } as const;

function hinted(
  value: number | undefined,
  wording: (value: number) => string,
  { documentHints }: PollPlan,
): string | undefined {
  if (value === undefined) return undefined;
  return documentHints ? wording(value) : `${wording(value)}, not followed: documentHints: false`;
}

function tickTerm({ schedule }: PollPlan, tickAt: number, endedAt: number): Undecided {
  return {
    term: 'schedule',
    waitMs: tickAt - endedAt,
    until: tickAt,
    saidBy: `schedule: ${schedule?.expression}, ${schedule?.timezone}`,
  };
}

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A row for each list that the document has; one that moved the poll says until when. */
function skipTerms({ plan, state, hints }: ToExplain, stored: NextPoll): Undecided[] {
  const { skipHours = [], skipDays = [] } = hints;
  const row = (term: 'skip-hours' | 'skip-days', list: string): Undecided => {
    const moved = stored.reason === term && plan.documentHints;
    const saidBy = hinted(0, () => `<${term === 'skip-hours' ? 'skipHours' : 'skipDays'}> ${list} GMT`, plan);
    return {
      term,
      waitMs: moved ? stored.at - (state.terms?.endedAt ?? stored.at) : 0,
      ...(moved && { until: stored.at }),
      ...(saidBy !== undefined && { saidBy }),
    };
  };
  return [
    ...(skipHours.length > 0 ? [row('skip-hours', skipHours.join(', '))] : []),
    ...(skipDays.length > 0 ? [row('skip-days', skipDays.map((day) => dayNames[day]).join(', '))] : []),
  ];
}

/** Until when a poll by hand at `now` breaks the hours or days that the document asks to be left out. */
export function skippedNow(
  { documentHints }: PollPlan,
  hints: DocumentHints,
  now: number,
): ReturnType<typeof skipAt> {
  return documentHints ? skipAt(now, hints) : undefined;
}

function laneTerm({ until, feedId }: NonNullable<Explained['laneHold']>, endedAt: number): Undecided {
  return {
    term: 'lane',
    waitMs: Math.max(0, until - endedAt),
    until,
    saidBy: `the origin refused feed ${feedId} of this lane (429, or its quota is spent)`,
  };
}

function parkedTerm({ gone }: FeedState, parkedAt: number): Undecided {
  return {
    term: 'parked',
    waitMs: Number.POSITIVE_INFINITY,
    saidBy: `410, ${gone?.count ?? 3} in a row, parked since ${new Date(parkedAt).toISOString()}`,
  };
}

/** The latest hold that an answer to one of the lane's feeds brought about. */
export function laneHoldOf(lane: readonly FeedState[]): Explained['laneHold'] {
  return lane
    .map((state) => ({ until: laneHeldUntil(state), feedId: state.feedId }))
    .reduce<Explained['laneHold']>(
      (latest, hold) => (hold.until > (latest?.until ?? 0) ? hold : latest),
      undefined,
    );
}

function heldBack(stored: NextPoll, heldUntil = 0): NextPoll {
  return heldUntil > stored.at ? { at: heldUntil, reason: 'lane' } : stored;
}

function originOf({ state, isShared = false }: ToExplain, computed: NextPoll): Origin {
  const { nextPoll: stored, requestedAt = 0, terms } = state;
  if (stored.at === computed.at && stored.reason === computed.reason) return 'terms';
  // The provisional next poll of a request whose answer was never noted.
  if (requestedAt > (terms?.endedAt ?? 0)) return 'cut-off';
  return isShared ? 'same-url' : 'changed-plan';
}

/** The end of what the origin itself asks for: no flag and no hand breaks it. Epoch ms, 0 for nothing. */
export function originWaitEnd({ terms }: FeedState): number {
  if (!terms) return 0;
  const waitMs = Math.max(terms.retryAfterMs ?? 0, terms.rateLimitMs ?? 0);
  return waitMs > 0 ? terms.endedAt + Math.min(waitMs, capMs) : 0;
}
