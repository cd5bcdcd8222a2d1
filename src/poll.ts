// One poll, top to bottom: the upper half of the flow in docs/architecture.md. One request for a source, which is a URL
// and the feeds that share its request; what the answer means is worked out for each of them. Only where no entry of the
// document is known do its archives follow, before anything is written.
//
// The order of the writes is the promise. For each feed events are stored, then the memory with validators, known
// entries and outbox in ONE write, then the deliveries, then the memory with an empty outbox, then the state. A crash
// between any two lines, or between two feeds, costs a repeat under the same ids, never an entry.

import type { Clock } from './clock.ts';
import { type FeedFault, isFeedFault } from './errors.ts';
import type { FeedClient } from './fetch/client.ts';
import type { NewDelivery } from './model/delivery.ts';
import type { StoredEvent } from './model/event.ts';
import type { FeedMemory, FeedState } from './model/feed.ts';
import type { FetchedFeed, NextPoll, PollSummary } from './model/poll.ts';
import { relay } from './outbox/relay.ts';
import type { ParseLimits } from './parse/parse.ts';
import type { SeenDocuments } from './parse/seen-documents.ts';
import { type Walk, walkArchives } from './poll/archive.ts';
import type { Learned, PolledFeed } from './poll/learn.ts';
import { concludeLesson, type Lesson, type Member, scoreOf, summarise, understand } from './poll/lesson.ts';
import { isOwnOutage, type OutageNotes } from './poll/own-outage.ts';
import { type PollOptions, requestFor, shareOf } from './poll/request.ts';
import { cutOffOf, withArchives } from './poll/walked.ts';
import type { DeliveryQueue, FeedStore } from './ports.ts';
import { nextPoll, provisionalPoll } from './schedule/next-poll.ts';
import { noteRequest, stateAtUrl } from './schedule/poll-state.ts';
import { noteProbe, probeIsDue } from './schedule/rhythm.ts';
import { longestOf, type Source } from './schedule/source.ts';

export type { PolledFeed } from './poll/learn.ts';
export type { OutageNotes } from './poll/own-outage.ts';
export type { PollOptions } from './poll/request.ts';

/** What a poll needs of the world; the daemon builds it once and again at a reload. */
export interface PollTools {
  readonly clock: Clock;
  readonly store: FeedStore;
  readonly queue: Pick<DeliveryQueue, 'add'>;
  readonly client: FeedClient;
  readonly limits: ParseLimits;
  /** Archive documents that are read in one poll, if no entry is known. */
  readonly maxArchives: number;
  /** Undated entries that a document whose ids changed in mass may announce. */
  readonly floodLimit: number;
  readonly nextTick: (expression: string, timezone: string, afterMs: number) => number;
  readonly fanOut: (feedId: string, events: readonly StoredEvent[]) => NewDelivery[];
  /** Absent: every failure is the feed's. */
  readonly outage?: OutageNotes;
  /** Absent: every document is read in full. */
  readonly documents?: Pick<SeenDocuments, 'read'>;
}

export type PolledSource = Pick<Source<PolledFeed>, 'url' | 'site' | 'feeds'> & {
  /** How far apart the requests for archives are. */
  readonly lane: Pick<Source<PolledFeed>['lane'], 'gapMs'>;
};

/** How the poll of a source ended. A fault is one of a feed's records: that feed has learned nothing. */
export interface SourceEnd {
  readonly ends: readonly PollEnd[];
  readonly faults: readonly FeedFault[];
}

/** How it ended for one feed: the state that was stored, and what was made of the answer. */
export interface PollEnd {
  readonly feed: PolledFeed;
  readonly before: FeedState | undefined;
  readonly state: FeedState;
  readonly summary: PollSummary;
  /** Requests and bytes are counted with the first feed of the source alone. */
  readonly fetched: FetchedFeed;
  readonly events: readonly StoredEvent[];
  /** With this poll the silence of an always-304 origin has become suspect. */
  readonly isNewlyOverdue: boolean;
}

/** Polls `source` once, whether it is due or not. Throws StoreError and nothing else that is expected. */
export async function poll(
  source: PolledSource,
  states: ReadonlyMap<string, FeedState>,
  tools: PollTools,
  options: PollOptions = {},
): Promise<SourceEnd> {
  const startedAt = tools.clock.now();
  const faults: FeedFault[] = [];

  const known = await orFaults(
    source.feeds,
    (feed) => recall(feed, states.get(feed.id), startedAt, tools),
    faults,
  );
  if (known.length === 0) return { ends: [], faults };
  const isProbe = known.some((member) => wantsProbe(member, startedAt));
  const members = isProbe ? known.map((member) => probing(member, startedAt)) : known;
  for (const member of members) await noteDown(member, tools);

  const fetched = await tools.client.fetch(requestFor(source.url, members, isProbe, options));
  const parts = members.map((member, place) => [member, place === 0 ? fetched : shareOf(fetched)] as const);
  if (fetched.kind === 'failed' && fetched.code === 'aborted') {
    const ends = await orFaults(parts, ([member, part]) => cutOff(member, part, startedAt, tools), faults);
    return { ends, faults };
  }
  // The known entries are read here at the latest, so that here their damage is found.
  const answered = await orFaults(
    parts,
    async ([member, part]) => understand(member, part, startedAt, tools),
    faults,
  );
  if (isOwnOutage(source.site, answered, tools.outage)) {
    const ends = await orFaults(answered, (lesson) => restore(lesson, tools), faults);
    return { ends, faults };
  }
  const walk = await walkArchives(answered, source, tools, options);
  if (walk?.cutOffAt !== undefined) {
    const ends = await orFaults(
      answered,
      (lesson) => cutOffInWalk(lesson, walk, parts[0]?.[1], tools),
      faults,
    );
    return { ends, faults };
  }
  const lessons = walk ? withArchives(answered, walk, tools) : answered;
  const longest = longestOf(lessons.map(({ own }) => own));
  const ends = await orFaults(lessons, (lesson) => conclude(lesson, longest, tools), faults);
  return { ends, faults };
}

async function recall(
  feed: PolledFeed,
  before: FeedState | undefined,
  startedAt: number,
  tools: PollTools,
): Promise<Member> {
  const { store, nextTick } = tools;
  const known = (await store.readMemory(feed.id)) ?? emptyMemory(feed.id);
  const memory = known.outbox.length > 0 ? await relayOf(feed, known, tools) : known;
  const state = before && stateAtUrl(feed, before);
  const provisional = provisionalPoll(feed.plan, startedAt, nextTick, state?.terms?.hasValidators);
  const noted = noteRequest(feed.id, state, startedAt, provisional);
  return { feed, before, noted, startedAt, isNoteEnough: before !== undefined && state === before, memory };
}

/** Before the request leaves; durable when it resolves. */
function noteDown({ feed, noted, startedAt, isNoteEnough }: Member, { store }: PollTools): Promise<void> {
  if (!isNoteEnough) return store.writeState(noted);
  return store.noteRequest(feed.id, { requestedAt: startedAt, nextPoll: noted.nextPoll });
}

function wantsProbe({ feed, noted }: Member, now: number): boolean {
  const { terms } = noted;
  return feed.staleProbe && probeIsDue(noted, now, terms && terms.endedAt + (terms.freshnessMs ?? 0));
}

/** Every feed of the source profits from a probe, so none asks for another soon. */
function probing(member: Member, now: number): Member {
  return { ...member, noted: noteProbe(member.noted, now), isNoteEnough: false };
}

/** Writes what became of one feed, in the order that loses nothing. */
async function conclude(lesson: Lesson, longest: NextPoll | undefined, tools: PollTools): Promise<PollEnd> {
  const { feed, before, memory } = lesson.member;
  const { learned, state, ...end } = concludeLesson(lesson, longest, tools.clock.now());
  await commit(feed, memory, learned, tools);
  await tools.store.writeState(state);
  return { feed, before, state, fetched: lesson.fetched, events: learned.events, ...end };
}

async function commit(
  feed: PolledFeed,
  before: FeedMemory,
  learned: Learned,
  tools: PollTools,
): Promise<void> {
  const { memory = before, events } = learned;
  if (memory === before) return;
  if (events.length > 0) await tools.store.addEvents(events);
  await tools.store.writeMemory(memory);
  await relayOf(feed, memory, tools);
}

/** Hands the outbox over to the delivery queue, then clears it. */
export function relayOf(
  feed: { readonly id: string },
  memory: FeedMemory,
  tools: Pick<PollTools, 'store' | 'queue' | 'fanOut'>,
): Promise<FeedMemory> {
  return relay(memory, {
    store: tools.store,
    queue: tools.queue,
    fanOut: (events) => tools.fanOut(feed.id, events),
  });
}

/** The request was cut off by our own stop: it stays noted, and is counted, since its origin has seen it. */
async function cutOff(
  member: Member,
  fetched: FetchedFeed,
  startedAt: number,
  { store }: PollTools,
): Promise<PollEnd> {
  const { feed, before, noted } = member;
  const { code, message } = fetched as Extract<FetchedFeed, { kind: 'failed' }>;
  const summary = summarise(startedAt, fetched, { outcome: 'failed', code, message, events: [] });
  const state = { ...noted, score: scoreOf(member, fetched, summary) };
  await store.writeState(state);
  return { feed, before, state, summary, fetched, events: [], isNewlyOverdue: false };
}

/** Nothing was written of the document either, so that the next poll finds the same gap. */
function cutOffInWalk(
  { member, fetched }: Lesson,
  walk: Walk,
  first: FetchedFeed | undefined,
  tools: PollTools,
): Promise<PollEnd> {
  const { startedAt } = member;
  const requestedAt = walk.cutOffAt ?? startedAt;
  const noted = { ...member, noted: { ...member.noted, requestedAt } };
  return cutOff(noted, cutOffOf(fetched, walk, fetched === first), startedAt, tools);
}

/** Our own network was at fault: the feed is what it was, and due again. Only the request is kept, and counted. */
async function restore({ member, fetched, summary }: Lesson, { store }: PollTools): Promise<PollEnd> {
  const { feed, before, noted } = member;
  const { startedAt } = summary;
  // Its origin may have seen the request all the same.
  const score = scoreOf(member, fetched, summary);
  const state: FeedState = before
    ? { ...before, requestedAt: startedAt, score }
    : { ...noted, nextPoll: { at: startedAt, reason: 'start' }, score };
  await store.writeState(state);
  const outcome = { ...summary, outcome: 'outage' as const, events: 0 };
  return { feed, before, state, summary: outcome, fetched, events: [], isNewlyOverdue: false };
}

/** The next poll as the stored terms and the plan of now decide it, without a request. */
export function replan(
  feed: PolledFeed,
  state: FeedState,
  memory: FeedMemory | undefined,
  nextTick: PollTools['nextTick'],
): NextPoll {
  if (!state.terms) return state.nextPoll;
  return nextPoll({
    plan: feed.plan,
    terms: state.terms,
    hints: memory?.hints ?? {},
    failures: state.failures,
    gone: state.lastPoll?.outcome === 'gone',
    parkedAt: state.parkedAt,
    nextTick,
  });
}

/** One after the other. What is wrong with the records of one feed stops that feed alone. */
async function orFaults<From, To>(
  all: readonly From[],
  work: (each: From) => Promise<To>,
  faults: FeedFault[],
): Promise<To[]> {
  const done: To[] = [];
  for (const each of all) {
    try {
      done.push(await work(each));
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      faults.push(error);
    }
  }
  return done;
}

function emptyMemory(feedId: string): FeedMemory {
  return { feedId, hints: {}, entries: new Map(), sequence: 0, outbox: [] };
}
