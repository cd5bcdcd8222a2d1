// What an answer means for one feed of the source: its summary, when it would be polled next, what is to be told of the
// feed itself, and the records to store. Pure but for the clock; what is written, and in which order, is poll.ts.

import type { FeedMemory, FeedState } from '../model/feed.ts';
import type { FetchedFeed, NextPoll, PollSummary, PollTerms } from '../model/poll.ts';
import { feedEvent } from '../outbox/feed-event.ts';
import { nextPoll } from '../schedule/next-poll.ts';
import { endState, termsOf } from '../schedule/poll-state.ts';
import { wasCutOff } from '../schedule/replan.ts';
import { scoreAfter } from '../schedule/score.ts';
import { inSource } from '../schedule/source.ts';
import { mayHaveMissed, type Standing, standingAfter } from '../schedule/standing.ts';
import { type Trouble, troubleAfter } from '../schedule/trouble.ts';
import { type Learned, type LearnTools, learn, type PolledFeed } from './learn.ts';

/** One feed of the source: what is stored of it, and its state with the request noted. */
export interface Member {
  readonly feed: PolledFeed;
  readonly before: FeedState | undefined;
  readonly noted: FeedState;
  readonly startedAt: number;
  /** The request and its next poll are all that `noted` has and the stored state has not: nearly always. */
  readonly isNoteEnough: boolean;
  readonly memory: FeedMemory;
}

/** What the answer means for one feed; nothing of it is written yet. */
export interface Lesson {
  readonly member: Member;
  readonly fetched: FetchedFeed;
  readonly learned: Learned;
  readonly summary: PollSummary;
  readonly terms: PollTerms;
  readonly trouble: Trouble;
  /** The next poll if the feed were alone. */
  readonly own: NextPoll;
}

export interface LessonTools extends LearnTools {
  readonly nextTick: (expression: string, timezone: string, afterMs: number) => number;
}

export function understand(
  member: Member,
  fetched: FetchedFeed,
  startedAt: number,
  tools: LessonTools,
): Lesson {
  const learned = learn(member.feed, member.memory, fetched, tools);
  return lessonOf(member, fetched, learned, startedAt, tools);
}

/** The same of what was learned already. */
export function lessonOf(
  member: Member,
  fetched: FetchedFeed,
  taught: Learned,
  startedAt: number,
  tools: Pick<LessonTools, 'nextTick'>,
): Lesson {
  const { feed, memory, noted } = member;
  const isGap = mayHaveMissed({ fetched, ...knownIn(taught, memory) });
  const learned = isGap ? { ...taught, notes: { ...taught.notes, possibleGap: 1 } } : taught;
  const summary = summarise(startedAt, fetched, learned);
  const terms = termsOf(fetched, noted.terms, summary.outcome !== 'failed');
  const trouble = troubleAfter(noted, summary);
  const own = nextPoll({
    plan: feed.plan,
    terms,
    hints: (learned.memory ?? memory).hints,
    failures: trouble.failures,
    gone: summary.outcome === 'gone',
    parkedAt: trouble.parkedAt,
    nextTick: tools.nextTick,
  });
  return { member, fetched, learned, summary, terms, trouble, own };
}

/** Whether archives can tell what was missed. An empty document waits for its next entry: it may stay empty for long. */
export function hasGap({ learned, member: { memory } }: Lesson): boolean {
  const { notes, parsed } = learned;
  return (
    notes?.possibleGap !== undefined && memory.baseline !== undefined && (parsed?.entries.length ?? 0) > 0
  );
}

function knownIn({ parsed, knownEntries = 0 }: Learned, { entries }: FeedMemory) {
  return { parsed, knownEntries, hadKnown: entries.size > 0 };
}

/** What is to be stored of one feed, and in the end said of it. */
export interface Conclusion {
  readonly learned: Learned;
  readonly state: FeedState;
  readonly summary: PollSummary;
  /** With this poll the silence of an always-304 origin has become suspect. */
  readonly isNewlyOverdue: boolean;
}

/** `longest`: how long the source waits. */
export function concludeLesson(lesson: Lesson, longest: NextPoll | undefined, now: number): Conclusion {
  const { member, fetched, terms } = lesson;
  const nextPoll = inSource(lesson.own, longest);
  const standing = standingOf(lesson, nextPoll);
  const learned = withNotices(lesson, standing, now);
  const summary = { ...lesson.summary, events: learned.events.length };
  const score = scoreOf(member, fetched, summary);
  const state = endState(member.noted, fetched, {
    summary,
    terms,
    nextPoll,
    standing: standing.state,
    score,
  });
  return { learned, state, summary, isNewlyOverdue: standing.isNewlyOverdue };
}

function standingOf({ member, fetched, learned, summary, trouble }: Lesson, nextPoll: NextPoll): Standing {
  const { feed, memory, noted } = member;
  return standingAfter({
    feed,
    before: noted,
    fetched,
    summary,
    ...knownIn(learned, memory),
    baselineAt: (learned.memory ?? memory).baseline?.at,
    claimedUrl: memory.claimedUrl,
    trouble,
    nextPoll,
  });
}

/** What happened to the feed itself goes into the same write as what was learned, or the memory is written for it. */
function withNotices({ member, fetched, learned }: Lesson, standing: Standing, now: number): Learned {
  if (standing.notices.length === 0) return learned;
  const { feed, memory } = member;
  const facts = learned.parsed ?? memory.facts;
  const about = {
    id: feed.id,
    url: feed.url,
    feedUrl: fetched.url,
    labels: feed.labels,
    ...(facts && { facts }),
  };
  const events = [...standing.notices.map((notice) => feedEvent(notice, about, now)), ...learned.events];
  return {
    ...learned,
    events,
    memory: {
      ...(learned.memory ?? memory),
      outbox: events.map(({ id }) => id),
      ...(standing.claimedUrl !== undefined && { claimedUrl: standing.claimedUrl }),
    },
  };
}

export function scoreOf(
  { feed, before, memory, noted }: Member,
  fetched: FetchedFeed,
  { outcome }: PollSummary,
) {
  return scoreAfter(noted, memory, fetched, {
    configuredUrl: feed.url,
    outcome,
    wasCutOff: before !== undefined && wasCutOff(before),
  });
}

export function summarise(startedAt: number, fetched: FetchedFeed, learned: Learned): PollSummary {
  const { outcome, code, message, decoded, parsed, notes, events } = learned;
  const { wireBytes, archives } = fetched.figures;
  return {
    startedAt,
    endedAt: fetched.terms.endedAt,
    outcome,
    ...(fetched.status !== undefined && { status: fetched.status }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
    url: fetched.url,
    hops: fetched.hops,
    ...(decoded && { charset: decoded.charset }),
    ...(parsed && { entries: parsed.entries.length }),
    ...(notes && { notes }),
    events: events.length,
    wireBytes: wireBytes + (archives?.wireBytes ?? 0),
  };
}
