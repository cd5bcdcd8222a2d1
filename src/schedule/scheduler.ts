// The loop of the upper half: wakes lanes, and lets each poll its due sources, the oldest first. A lane runs
// like this:
//
//   due      the lane queue hands it out; if it is held (gap, 429, store failing, own outage) it rests at once
//   polling  `concurrency` runners take due sources. With a gap each polls one; without, until none is due
//   resting  until the next of its sources is due, and not before the gap or a 429 is over
//
// A source is a URL and the feeds that share its request. A feed is never polled twice at a time, whatever source
// or lane a reload or a move puts it in. What a poll is, and when the next one is due, is decided elsewhere.

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import { type Code, type FeedFault, isFeedFault, StoreError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { LaneQueue, LaneRest, StateStore } from '../ports.ts';
import { Agenda, type LaneRun, type ScheduledFeed } from './agenda.ts';
import { withClockSetRight } from './clock-ahead.ts';
import { laneHeldUntil } from './lane-hold.ts';
import { urlToAsk } from './move.ts';
import { type Forgiven, OutageRelief, type OutageWatch } from './outage-relief.ts';
import { isOfOtherUrl } from './poll-state.ts';
import { type Replan, replanFeeds, wasCutOff } from './replan.ts';
import { type LaneAt, type Source, sourceKey } from './source.ts';
import { spreadStart } from './start-spread.ts';
import { StorePause } from './store-pause.ts';

export type { ScheduledFeed } from './agenda.ts';
export type { Forgiven, OutageWatch } from './outage-relief.ts';

export type States = ReadonlyMap<string, FeedState>;

/** How the poll of a source ended: for each of its feeds the state that is stored now, or a fault of its records. */
export interface SourceEnd {
  readonly ends: readonly { readonly state: FeedState }[];
  readonly faults: readonly FeedFault[];
}

export interface SchedulerOptions<F extends ScheduledFeed> {
  readonly lanes: LaneQueue;
  readonly states: Pick<StateStore, 'readStates' | 'writeState'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The lane of a URL, if `feed` is the first of those that are asked there. */
  readonly laneAt: LaneAt<F>;
  /** The signal aborts when the scheduler stops. */
  readonly poll: (source: Source<F>, states: States, signal: AbortSignal) => Promise<SourceEnd>;
  /** The next poll under a changed plan, without a request. Absent: the stored one stays. */
  readonly replan?: Replan<F>;
  readonly outage?: OutageWatch;
  /** New feeds, and feeds overdue at a start, are spread over this span, or over 5 s a feed if that is less. */
  readonly startSpreadMs: number;
  readonly maxConcurrentLanes: number;
  /** After a fault of the store. */
  readonly storeRetryMs?: number;
  readonly onStoreFault?: (code: Code) => void;
  /** Called with an error that nobody expected: a fault of this program. */
  readonly onCrash: (error: unknown) => void;
}

/** What /healthz and the metrics are told. */
export interface Signs {
  /** Lanes that run now. */
  readonly running: number;
  /** Epoch ms at which the earliest lane that rests was or is due. */
  readonly earliestLaneDueAt?: number;
  /** Epoch ms at which a lane run last ended, or the scheduler started. */
  readonly lastLaneEndedAt: number;
  readonly storeFault?: Code;
}

export interface Scheduler<F> {
  start(feeds: readonly F[]): Promise<void>;
  /** Takes over a changed list; calls must not overlap. A poll that runs ends under the plan it began with. */
  reconfigure(feeds: readonly F[]): Promise<void>;
  /** What was counted against these feeds was our own network's fault: they are to be what they were, and due. */
  forgive(feeds: readonly Forgiven[]): void;
  /** Starts no further poll and resolves when those that run have ended. */
  stop(): Promise<void>;
  signs(): Signs;
}

export function createScheduler<F extends ScheduledFeed>(options: SchedulerOptions<F>): Scheduler<F> {
  return new LaneScheduler(options);
}

/** States read at a time at a start. */
const statesTogether = 1_000;
/** A handful of new feeds need not wait for what a herd would need. */
const spreadPerFeedMs = 5_000;
/** How long a feed with a damaged record is left alone. */
const feedFaultMs = 3_600_000;
const never = Number.POSITIVE_INFINITY;

class LaneScheduler<F extends ScheduledFeed> implements Scheduler<F> {
  readonly #options: SchedulerOptions<F>;
  readonly #clock: Clock;
  readonly #agenda: Agenda<F>;
  readonly #pause: StorePause;
  readonly #relief: OutageRelief<F>;
  readonly #retryMs: number;
  /** The states of feeds that have moved, from which it follows where they are asked. */
  readonly #moved = new Map<string, FeedState>();
  #lastLaneEndedAt: number;
  #spreadMs = 0;
  /** Feeds whose plan has changed, and whose next poll not yet: it waits while their source is polled. */
  readonly #toReplan = new Set<string>();
  /** The lane queue has not yet been told of the lanes as they are now. */
  #areLanesStale = false;

  constructor(options: SchedulerOptions<F>) {
    const { clock, log, storeRetryMs = 10_000 } = options;
    this.#options = options;
    this.#agenda = new Agenda(options.laneAt);
    this.#clock = clock;
    this.#retryMs = storeRetryMs;
    this.#pause = new StorePause(clock, log, storeRetryMs);
    this.#lastLaneEndedAt = clock.now();
    this.#relief = new OutageRelief({
      clock,
      agenda: this.#agenda,
      outage: options.outage,
      states: options.states,
      readStates: (feedIds) => this.#readStates(feedIds),
      takeState: (feed, state) => this.#takeState(feed, state),
    });
  }

  async start(feeds: readonly F[]): Promise<void> {
    const { lanes, maxConcurrentLanes } = this.#options;
    await this.#takeOver(feeds, feeds);
    this.#lastLaneEndedAt = this.#clock.now();
    lanes.start((laneId, signal) => this.#run(laneId, signal), maxConcurrentLanes);
  }

  async reconfigure(feeds: readonly F[]): Promise<void> {
    const before = new Map(feeds.map(({ id }) => [id, this.#agenda.feed(id)]));
    const isNew = ({ id }: F) => before.get(id) === undefined;
    const hasChanged = (feed: F) => needsReplan(before.get(feed.id) ?? feed, feed);
    await this.#takeOver(feeds, feeds.filter(isNew), feeds.filter(hasChanged));
    await this.#replanNoted();
  }

  forgive(feeds: readonly Forgiven[]): void {
    this.#relief.forgive(feeds);
  }

  stop(): Promise<void> {
    return this.#options.lanes.stop();
  }

  signs(): Signs {
    let running = 0;
    let earliest = never;
    for (const lane of this.#agenda.lanes()) {
      if (lane.isRunning) running += 1;
      else earliest = Math.min(earliest, this.#laneDue(lane));
    }
    return {
      running,
      ...(earliest !== never && { earliestLaneDueAt: earliest }),
      lastLaneEndedAt: this.#lastLaneEndedAt,
      ...(this.#pause.fault !== undefined && { storeFault: this.#pause.fault }),
    };
  }

  /** Reads first and changes afterwards, so that a store that fails leaves everything as it was. */
  async #takeOver(feeds: readonly F[], added: readonly F[], changed: readonly F[] = []): Promise<void> {
    const states = new Map<string, FeedState>();
    for (let index = 0; index < added.length; index += statesTogether) {
      const ids = added.slice(index, index + statesTogether).map(({ id }) => id);
      for (const [id, state] of await this.#readStates(ids)) states.set(id, await this.#believed(state));
    }
    for (const { id } of added) this.#noteMove(id, states.get(id));
    this.#agenda.replace(feeds, (feed) => urlToAsk(feed, this.#moved.get(feed.id)));
    // Noted with the change: if the store fails from here on, they are replanned after the next poll.
    for (const { id } of changed) this.#toReplan.add(id);
    this.#spreadMs = Math.min(this.#options.startSpreadMs, feeds.length * spreadPerFeedMs);
    for (const feed of added) this.#admit(feed, states.get(feed.id));
    await this.#reconcileLanes();
  }

  /** Written anew if a clock that ran ahead wrote it: the stored state decides again before each poll. */
  async #believed(state: FeedState): Promise<FeedState> {
    const right = withClockSetRight(state, this.#clock.now());
    if (right !== state) await this.#options.states.writeState(right);
    return right;
  }

  async #reconcileLanes(): Promise<void> {
    // What changes from here on, while the store writes, is for the next time.
    this.#areLanesStale = false;
    const due = [...this.#agenda.lanes()].map((lane) => [lane.id, this.#laneDue(lane)] as const);
    try {
      await this.#options.lanes.reconcile(new Map(due));
    } catch (error) {
      this.#areLanesStale = true;
      throw error;
    }
  }

  /** Those that can be read: one damaged record must not keep the others from being polled. */
  async #readStates(ids: readonly string[]): Promise<Map<string, FeedState>> {
    try {
      return await this.#options.states.readStates(ids);
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      this.#noteFeedFault(error);
      return await this.#readStates(ids.filter((id) => id !== error.feedId));
    }
  }

  /** The stored next poll rules, over any restart; so do the hold of a 429 and a gap that a crash cut short. */
  #admit(feed: F, state: FeedState | undefined): void {
    this.#agenda.setDue(feed.id, this.#dueAfterStart(feed.id, state && dueOf(feed, state)));
    const source = this.#agenda.sourceOf(feed.id);
    if (source && state) this.#hold(source, state);
  }

  /** What the stored state of a feed asks of its lane. */
  #hold({ lane: { id } }: Source<F>, state: FeedState): void {
    const lane = this.#agenda.lane(id);
    if (!lane) return;
    // A clock that was ahead must not make a gap longer than it is.
    const askedAt = Math.min(this.#clock.now(), Math.max(state.requestedAt ?? 0, state.terms?.endedAt ?? 0));
    const gapEnd = lane.gapMs > 0 ? askedAt + lane.gapMs : 0;
    lane.heldUntil = Math.max(lane.heldUntil, gapEnd, laneHeldUntil(state));
  }

  #noteMove(feedId: string, state: FeedState | undefined): void {
    if (state?.adopted) this.#moved.set(feedId, state);
    else if (this.#moved.size > 0) this.#moved.delete(feedId);
  }

  #dueAfterStart(feedId: string, at = 0): number {
    const now = this.#clock.now();
    return at > now ? at : spreadStart(feedId, now, this.#spreadMs);
  }

  async #run(laneId: string, signal: AbortSignal): Promise<LaneRest> {
    const lane = this.#agenda.lane(laneId);
    if (lane) lane.isRunning = true;
    const faults = lane ? await this.#pollDue(lane, signal) : [];
    if (this.#areLanesStale) await orFault(this.#reconcileLanes(), faults);
    if (lane) lane.isRunning = false;
    this.#lastLaneEndedAt = this.#clock.now();
    for (const fault of faults) this.#judge(fault);
    return this.#restOf(laneId, lane, faults.length > 0);
  }

  #restOf(laneId: string, ran: LaneRun<F> | undefined, hasFailed: boolean): LaneRest {
    const now = this.#clock.now();
    // A reload may have taken the lane away and brought it back while it ran.
    const lane = this.#agenda.lane(laneId) ?? ran;
    if (lane && ran) lane.heldUntil = Math.max(lane.heldUntil, ran.heldUntil);
    const { heldUntil } = lane ?? { heldUntil: 0 };
    const retryAt = hasFailed ? now + this.#retryMs : 0;
    const turnAt = now + this.#relief.restMs(laneId);
    // Another lane may depend on this one to come back and tell of it.
    const dueAt = this.#areLanesStale ? 0 : lane ? this.#laneDue(lane) : never;
    return {
      dueAt: Math.max(dueAt, this.#pause.until, retryAt, turnAt),
      ...(heldUntil > now && { heldUntil }),
    };
  }

  #laneDue(lane: LaneRun<F>): number {
    return this.#agenda.laneDue(lane, this.#clock.now() + this.#retryMs);
  }

  #judge(fault: unknown): void {
    if (!(fault instanceof StoreError)) {
      this.#options.onCrash(fault);
      return;
    }
    this.#pause.begin(fault);
    this.#options.onStoreFault?.(fault.code);
  }

  /** Returns the errors that ended it early; nothing that was begun is left running. */
  async #pollDue(lane: LaneRun<F>, signal: AbortSignal): Promise<unknown[]> {
    const faults: unknown[] = [];
    const runner = async () => {
      while (faults.length === 0 && this.#mayPoll(lane, signal)) {
        const source = this.#agenda.takeDue(lane, this.#clock.now());
        if (!source) return;
        if (this.#relief.holdsBack(source)) return this.#agenda.release(source);
        const wasPolled = await orFault(this.#pollOne(source, lane, signal), faults);
        await orFault(this.#afterPoll(source), faults);
        if (wasPolled && lane.gapMs > 0) return;
      }
    };
    await Promise.all(Array.from({ length: lane.concurrency }, runner));
    return faults;
  }

  #mayPoll(lane: LaneRun<F>, signal: AbortSignal): boolean {
    const now = this.#clock.now();
    return !signal.aborted && now >= lane.heldUntil && now >= this.#pause.until;
  }

  /** A feed whose record cannot be read is left alone for a while; nothing of it is taken for new. */
  #noteFeedFault({ feedId, code, message }: FeedFault): void {
    this.#options.log.error({ feed: feedId, code, reason: message, retryMs: feedFaultMs }, 'feed-unreadable');
    this.#options.onStoreFault?.(code);
    this.#agenda.setAside(feedId, this.#clock.now() + feedFaultMs);
  }

  /** Whether a request may have left. */
  async #pollOne(source: Source<F>, lane: LaneRun<F>, signal: AbortSignal): Promise<boolean> {
    try {
      const states = await this.#readStates(this.#readable(source).feeds.map(({ id }) => id));
      const asked = this.#readable(source);
      if (!this.#isStillDue(asked, states)) return false;
      try {
        this.#takeEnd(asked, lane, await this.#options.poll(asked, states, signal));
      } finally {
        // However it ended: a request may have left.
        if (lane.gapMs > 0) lane.heldUntil = Math.max(lane.heldUntil, this.#clock.now() + lane.gapMs);
      }
      this.#pause.end();
      return true;
    } finally {
      this.#agenda.release(source);
    }
  }

  /** The source without the feeds whose records could not be read. */
  #readable(source: Source<F>): Source<F> {
    const feeds = this.#agenda.feedsAt(source, this.#clock.now());
    return feeds === source.feeds ? source : { ...source, feeds };
  }

  /** The stored states decide: another process may have polled a feed, or found that it has moved. */
  #isStillDue(source: Source<F>, states: States): boolean {
    const now = this.#clock.now();
    for (const feed of source.feeds) {
      const state = states.get(feed.id);
      this.#agenda.setDue(feed.id, state ? dueOf(feed, state) : now);
      this.#noteMove(feed.id, state);
      if (!isAskedHere(source, feed, state)) return false;
    }
    return this.#agenda.due(source) <= now;
  }

  #takeEnd({ feeds, site }: Source<F>, lane: LaneRun<F>, { ends, faults }: SourceEnd): void {
    for (const { state } of ends) {
      const feed = feeds.find(({ id }) => id === state.feedId);
      if (!feed) continue;
      this.#takeState(feed, state);
      lane.heldUntil = Math.max(lane.heldUntil, laneHeldUntil(state));
      // A reload during the poll may have given its lane another name.
      const source = this.#agenda.sourceOf(feed.id);
      if (source?.site === site) this.#hold(source, state);
    }
    for (const fault of faults) this.#noteFeedFault(fault);
  }

  /** What our own outage left due waits for its turn like a feed that is overdue at a start. */
  #takeState(feed: F, state: FeedState): void {
    this.#agenda.setDue(feed.id, this.#dueAfterStart(feed.id, dueOf(feed, state)));
    this.#noteMove(feed.id, state);
  }

  async #afterPoll(polled: Source<F>): Promise<void> {
    for (const before of polled.feeds) {
      const feed = this.#agenda.feed(before.id);
      if (!feed) continue;
      this.#followMove(feed);
    }
    await this.#replanNoted();
    if (await this.#relief.relieve(this.#spreadMs)) this.#areLanesStale = true;
  }

  /** A feed that is asked elsewhere from now on gets the lane of that URL, and joins those that ask there already. */
  #followMove(feed: F): void {
    const source = this.#agenda.sourceOf(feed.id);
    const state = this.#moved.get(feed.id);
    if (!source || isAskedHere(source, feed, state)) return;
    const moved = this.#agenda.move(feed, urlToAsk(feed, state));
    // The poll that found the move ended at the new origin, whose gap has begun.
    if (state) this.#hold(moved, state);
    // Its new lane, and that of the feeds it has left.
    this.#areLanesStale = true;
  }

  /** One that is being polled, or whose source is, is replanned when that poll has ended. */
  async #replanNoted(): Promise<void> {
    const replanned = new Set<string>();
    for (const feedId of [...this.#toReplan]) {
      const source = this.#agenda.sourceOf(feedId);
      const laneId = source && (await this.#replan(feedId, source));
      if (laneId !== undefined) replanned.add(laneId);
    }
    for (const laneId of replanned) {
      const lane = this.#agenda.lane(laneId);
      if (lane) await this.#options.lanes.wake(laneId, this.#laneDue(lane));
    }
  }

  /** The next poll of a feed under its plan of now, and so of all feeds of its source; returns their lane. */
  async #replan(feedId: string, source: Source<F>): Promise<string | undefined> {
    const { replan } = this.#options;
    if (!this.#agenda.take(source)) return undefined;
    try {
      if (replan && this.#toReplan.has(feedId)) await this.#replanSource(source, replan);
      this.#toReplan.delete(feedId);
      return source.lane.id;
    } finally {
      this.#agenda.release(source);
    }
  }

  async #replanSource(source: Source<F>, replan: Replan<F>): Promise<void> {
    const states = await this.#readStates(source.feeds.map(({ id }) => id));
    const planned = await replanFeeds(source.feeds, states, replan, (work) => this.#orSetAside(work));
    for (const { feed, state, nextPoll } of planned) {
      const hasChanged = !wasCutOff(state) && !isDeepStrictEqual(nextPoll, state.nextPoll);
      if (hasChanged) await this.#options.states.writeState({ ...state, nextPoll });
      this.#agenda.setDue(feed.id, this.#dueAfterStart(feed.id, dueOf(feed, { ...state, nextPoll })));
    }
  }

  async #orSetAside<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      this.#noteFeedFault(error);
      return undefined;
    }
  }
}

/** Another URL may end what was decided of the old one. */
function needsReplan(before: ScheduledFeed, now: ScheduledFeed): boolean {
  return before !== now && (before.url !== now.url || !isDeepStrictEqual(before.plan, now.plan));
}

/** Epoch ms. What an answer of another URL asked for does not hold this one back. */
function dueOf(feed: ScheduledFeed, state: FeedState): number {
  return isOfOtherUrl(feed, state) ? 0 : state.nextPoll.at;
}

function isAskedHere(
  source: { readonly key: string; readonly url: string },
  feed: ScheduledFeed,
  state: FeedState | undefined,
): boolean {
  const url = urlToAsk(feed, state);
  return url === source.url || sourceKey(feed, url) === source.key;
}

/** The result, or nothing and one more fault. */
async function orFault<T>(work: Promise<T>, faults: unknown[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    faults.push(error);
    return undefined;
  }
}
