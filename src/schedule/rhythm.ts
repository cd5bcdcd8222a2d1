// How often a document changes, and so when an origin that only ever answers 304 becomes suspect: some say "not
// modified" for ever because their cache broke. Pure. Nothing is asked because of it unless `staleProbe` allows it;
// what it means for a request is docs/http.md, "Failure, moves, gone".

import type { FeedState } from '../model/feed.ts';
import type { FetchedFeed, PollOutcome } from '../model/poll.ts';

const dayMs = 24 * 60 * 60_000;

/** A silence of this many usual ones is overdue, but never a shorter one than a day. */
const overdueTimes = 3;
const shortestOverdueMs = dayMs;

/** An unconditional request costs the origin a whole document. */
const probeEveryMs = dayMs;

type Rhythm = NonNullable<FeedState['rhythm']>;

/** What a poll says about change. */
export interface Beat {
  readonly fetched: FetchedFeed;
  readonly outcome: PollOutcome;
  /** The document was read: its body is not the known one. */
  readonly isChanged: boolean;
}

export function rhythmAfter(before: Rhythm | undefined, beat: Beat): Rhythm | undefined {
  const { fetched, isChanged } = beat;
  const at = fetched.terms.endedAt;
  const found = isChanged ? changed(before, at) : unchanged(before, beat);
  // Any request without validators is as good as a probe, and costs as much.
  return found && !fetched.figures.conditional ? { ...found, probedAt: at } : found;
}

function changed(before: Rhythm | undefined, at: number): Rhythm {
  if (before === undefined) return { changedAt: at };
  const usualMs = usualAfter(before.usualMs, Math.max(0, at - before.changedAt));
  return { ...before, changedAt: at, usualMs };
}

/** Rises at once and falls slowly: a burst of posts makes the silence after it no less usual. */
function usualAfter(usualMs: number | undefined, gapMs: number): number {
  if (usualMs === undefined) return gapMs;
  return Math.round(gapMs > usualMs ? (usualMs + gapMs) / 2 : (usualMs * 7 + gapMs) / 8);
}

/** A whole document that is the known one proves the silence: the next doubt comes later by half as much again. */
function unchanged(before: Rhythm | undefined, { fetched, outcome }: Beat): Rhythm | undefined {
  if (before?.usualMs === undefined || outcome !== 'unchanged') return before;
  const provenMs = Math.round((fetched.terms.endedAt - before.changedAt) / 2);
  return { ...before, usualMs: Math.max(before.usualMs, provenMs) };
}

/** The origin says 304 although the document should have changed long ago. */
export function isOverdue(state: Pick<FeedState, 'rhythm' | 'lastPoll'>, now: number): boolean {
  const { rhythm, lastPoll } = state;
  if (rhythm?.usualMs === undefined || lastPoll?.outcome !== 'notModified') return false;
  return now - rhythm.changedAt > Math.max(overdueTimes * rhythm.usualMs, shortestOverdueMs);
}

/** Whether a feed with `staleProbe` is asked without validators now. `freshUntil`: epoch ms until which the last answer is fresh. */
export function probeIsDue(state: FeedState, now: number, freshUntil = 0): boolean {
  const probedAt = state.rhythm?.probedAt;
  const isTime = probedAt === undefined || now - probedAt >= probeEveryMs;
  return isTime && now >= freshUntil && isOverdue(state, now);
}

/** Noted with the request: a crash must not cost a second probe. */
export function noteProbe(state: FeedState, at: number): FeedState {
  return state.rhythm ? { ...state, rhythm: { ...state.rhythm, probedAt: at } } : state;
}
