// The loop of the upper half: wakes lanes, and lets each poll its due feeds, the oldest first. A lane runs
// like this:
//
//   due      the lane queue hands it out; if it is held (gap, 429, store failing) it rests at once
//   polling  `concurrency` runners take due feeds. With a gap each polls one; without, until none is due
//   resting  until the next of its feeds is due, and not before the gap or a 429 is over
//
// A feed is never polled twice at a time, whatever lane a reload puts it in. What a poll is, and when the next
// one is due, is decided elsewhere.

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import { type Code, StoreError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { NextPoll } from '../model/poll.ts';
import type { LaneQueue, LaneRest, StateStore } from '../ports.ts';
import { Agenda, type LaneRun, type ScheduledFeed } from './agenda.ts';
import { laneHeldUntil } from './lane-hold.ts';
import { spreadStart } from './start-spread.ts';
import { StorePause } from './store-pause.ts';

export type { ScheduledFeed } from './agenda.ts';

export interface PollEnd {
  readonly state: FeedState;
}

export interface SchedulerOptions<F extends ScheduledFeed> {
  readonly lanes: LaneQueue;
  readonly states: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The signal aborts when the scheduler stops. */
  readonly poll: (feed: F, state: FeedState | undefined, signal: AbortSignal) => Promise<PollEnd>;
  /** The next poll under a changed plan, without a request. Absent: the stored one stays. */
  readonly replan?: (feed: F, state: FeedState) => NextPoll | Promise<NextPoll>;
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
  readonly #agenda = new Agenda<F>();
  readonly #pause: StorePause;
  readonly #retryMs: number;
  #lastLaneEndedAt: number;
  #spreadMs = 0;

  constructor(options: SchedulerOptions<F>) {
    const { clock, log, storeRetryMs = 10_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#retryMs = storeRetryMs;
    this.#pause = new StorePause(clock, log, storeRetryMs);
    this.#lastLaneEndedAt = clock.now();
  }

  async start(feeds: readonly F[]): Promise<void> {
    const { lanes, maxConcurrentLanes } = this.#options;
    await this.#takeOver(feeds, feeds);
    this.#lastLaneEndedAt = this.#clock.now();
    lanes.start((laneId, signal) => this.#run(laneId, signal), maxConcurrentLanes);
  }

  async reconfigure(feeds: readonly F[]): Promise<void> {
    const before = new Map(feeds.map(({ id }) => [id, this.#agenda.feed(id)]));
    await this.#takeOver(
      feeds,
      feeds.filter(({ id }) => !before.get(id)),
    );
    for (const feed of feeds) {
      const known = before.get(feed.id);
      if (known && !isDeepStrictEqual(known.plan, feed.plan)) await this.#replan(feed);
    }
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
  async #takeOver(feeds: readonly F[], added: readonly F[]): Promise<void> {
    const states = new Map<string, FeedState>();
    for (let index = 0; index < added.length; index += statesTogether) {
      const ids = added.slice(index, index + statesTogether).map(({ id }) => id);
      for (const [id, state] of await this.#readStates(ids)) states.set(id, state);
    }
    this.#agenda.replace(feeds);
    this.#spreadMs = Math.min(this.#options.startSpreadMs, feeds.length * spreadPerFeedMs);
    for (const feed of added) this.#admit(feed, states.get(feed.id));
    const due = [...this.#agenda.lanes()].map((lane) => [lane.id, this.#laneDue(lane)] as const);
    await this.#options.lanes.reconcile(new Map(due));
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
    this.#agenda.setDue(feed.id, this.#dueAfterStart(feed.id, state?.nextPoll.at));
    const lane = this.#agenda.lane(feed.lane.id);
    if (!lane || !state) return;
    const askedAt = Math.max(state.requestedAt ?? 0, state.terms?.endedAt ?? 0);
    const gapEnd = lane.gapMs > 0 ? askedAt + lane.gapMs : 0;
    lane.heldUntil = Math.max(lane.heldUntil, gapEnd, laneHeldUntil(state));
  }

  #dueAfterStart(feedId: string, at = 0): number {
    const now = this.#clock.now();
    return at > now ? at : spreadStart(feedId, now, this.#spreadMs);
  }

  async #run(laneId: string, signal: AbortSignal): Promise<LaneRest> {
    const lane = this.#agenda.lane(laneId);
    if (!lane) return { dueAt: never };
    lane.isRunning = true;
    const faults = await this.#pollDue(lane, signal);
    lane.isRunning = false;
    this.#lastLaneEndedAt = this.#clock.now();
    for (const fault of faults) this.#judge(fault);
    return this.#restOf(lane, faults.length > 0);
  }

  #restOf(lane: LaneRun<F>, hasFailed: boolean): LaneRest {
    const now = this.#clock.now();
    // A reload may have taken the lane away and brought it back while it ran.
    const current = this.#agenda.lane(lane.id) ?? lane;
    current.heldUntil = Math.max(current.heldUntil, lane.heldUntil);
    const dueAt = Math.max(this.#laneDue(current), this.#pause.until, hasFailed ? now + this.#retryMs : 0);
    return { dueAt, ...(current.heldUntil > now && { heldUntil: current.heldUntil }) };
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
        const feed = this.#agenda.takeDue(lane, this.#clock.now());
        if (!feed) return;
        const wasPolled = await orFault(this.#pollReadable(feed, lane, signal), faults);
        await orFault(this.#followReload(feed), faults);
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
    this.#agenda.setDue(feedId, this.#clock.now() + feedFaultMs);
  }

  /** Whether a request may have left. */
  async #pollReadable(feed: F, lane: LaneRun<F>, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#pollOne(feed, lane, signal);
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      this.#noteFeedFault(error);
      return true;
    }
  }

  /** False when the stored state says that it is not due, because another process polled it. */
  async #pollOne(feed: F, lane: LaneRun<F>, signal: AbortSignal): Promise<boolean> {
    const { states, poll } = this.#options;
    try {
      const state = (await states.readStates([feed.id])).get(feed.id);
      if (state && state.nextPoll.at > this.#clock.now()) {
        this.#agenda.setDue(feed.id, state.nextPoll.at);
        return false;
      }
      try {
        const end = await poll(feed, state, signal);
        this.#agenda.setDue(feed.id, end.state.nextPoll.at);
        lane.heldUntil = Math.max(lane.heldUntil, laneHeldUntil(end.state));
      } finally {
        // However it ended: a request may have left.
        if (lane.gapMs > 0) lane.heldUntil = Math.max(lane.heldUntil, this.#clock.now() + lane.gapMs);
      }
      this.#pause.end();
      return true;
    } finally {
      this.#agenda.release(feed.id);
    }
  }

  /** A reload during the poll may have given the feed another plan. */
  async #followReload(polled: F): Promise<void> {
    const feed = this.#agenda.feed(polled.id);
    if (feed && !isDeepStrictEqual(feed.plan, polled.plan)) await this.#replan(feed);
  }

  async #replan(feed: F): Promise<void> {
    const { states, replan } = this.#options;
    // A feed that is being polled is replanned when its poll has ended.
    if (!replan || !this.#agenda.take(feed.id)) return;
    try {
      const state = (await states.readStates([feed.id])).get(feed.id);
      if (!state || wasCutOff(state)) return;
      const nextPoll = await replan(feed, state);
      if (!isDeepStrictEqual(nextPoll, state.nextPoll)) await states.writeState({ ...state, nextPoll });
      this.#agenda.setDue(feed.id, this.#dueAfterStart(feed.id, nextPoll.at));
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      this.#noteFeedFault(error);
    } finally {
      this.#agenda.release(feed.id);
    }
    const lane = this.#agenda.lane(feed.lane.id);
    if (lane) await this.#options.lanes.wake(lane.id, this.#laneDue(lane));
  }
}

type FeedFault = StoreError & { readonly feedId: string };

function isFeedFault(error: unknown): error is FeedFault {
  return error instanceof StoreError && error.feedId !== undefined;
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

/** A request left and no answer was noted. Its provisional next poll stands: a crash must not cost a second request. */
function wasCutOff({ requestedAt = 0, terms }: FeedState): boolean {
  return requestedAt > (terms?.endedAt ?? 0);
}
