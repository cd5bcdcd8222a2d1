// The loop of the upper half: wakes lanes, and lets each poll its due sources, the oldest first. A lane runs
// like this:
//
//   due      the lane queue hands it out; if it is held (gap, 429, store failing, own outage) it rests at once
//   polling  `concurrency` runners take due sources. With a gap each polls one; without, until none is due
//   resting  until the next of its sources is due, and not before the gap or a 429 is over
//
// A source is a URL and the feeds that share its request. A feed is never polled twice at a time, whatever source
// or lane a reload or a move puts it in. What a poll is, and when the next one is due, is decided elsewhere; what a
// stored state means for the agenda in bookings.ts.

import type { Clock } from '../clock.ts';
import { type Code, type FeedFault, StoreError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { LaneQueue, LaneRest, StateStore } from '../ports.ts';
import { Agenda, type LaneRun, type ScheduledFeed } from './agenda.ts';
import { believedStates } from './believed-states.ts';
import { Bookings } from './bookings.ts';
import { ChangedPlans, needsReplan } from './changed-plans.ts';
import { type Forgiven, OutageRelief, type OutageWatch } from './outage-relief.ts';
import { ReadableFeeds } from './readable-feeds.ts';
import type { Replan } from './replan.ts';
import type { LaneAt, Source } from './source.ts';
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

const never = Number.POSITIVE_INFINITY;

class LaneScheduler<F extends ScheduledFeed> implements Scheduler<F> {
  readonly #options: SchedulerOptions<F>;
  readonly #clock: Clock;
  readonly #agenda: Agenda<F>;
  readonly #readable: ReadableFeeds<F>;
  readonly #bookings: Bookings<F>;
  readonly #changedPlans: ChangedPlans<F>;
  readonly #pause: StorePause;
  readonly #relief: OutageRelief<F>;
  readonly #retryMs: number;
  #lastLaneEndedAt: number;
  /** The lane queue has not yet been told of the lanes as they are now. */
  #areLanesStale = false;

  constructor(options: SchedulerOptions<F>) {
    const { clock, log, replan, states, storeRetryMs = 10_000 } = options;
    const agenda = new Agenda(options.laneAt);
    const readable = new ReadableFeeds(agenda, options);
    const bookings = new Bookings(agenda, clock, options.startSpreadMs);
    this.#options = options;
    this.#clock = clock;
    this.#agenda = agenda;
    this.#readable = readable;
    this.#bookings = bookings;
    this.#changedPlans = new ChangedPlans({ agenda, bookings, readable, states, replan });
    this.#retryMs = storeRetryMs;
    this.#pause = new StorePause(clock, log, storeRetryMs);
    this.#lastLaneEndedAt = clock.now();
    this.#relief = new OutageRelief({
      clock,
      agenda,
      outage: options.outage,
      states,
      readStates: (feedIds) => readable.states(feedIds),
      takeState: (feed, state) => bookings.takeState(feed, state),
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
    const { clock, states } = this.#options;
    const readStates = (ids: readonly string[]) => this.#readable.states(ids);
    const ids = added.map(({ id }) => id);
    const stored = await believedStates(ids, { clock, states, readStates });
    this.#bookings.replace(feeds, added, stored);
    // Noted with the change: if the store fails from here on, they are replanned after the next poll.
    this.#changedPlans.note(changed);
    await this.#reconcileLanes();
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

  /** Whether a request may have left. */
  async #pollOne(source: Source<F>, lane: LaneRun<F>, signal: AbortSignal): Promise<boolean> {
    try {
      const states = await this.#readable.states(this.#readable.partOf(source).feeds.map(({ id }) => id));
      const asked = this.#readable.partOf(source);
      if (!this.#bookings.isStillDue(asked, states)) return false;
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

  #takeEnd(source: Source<F>, lane: LaneRun<F>, { ends, faults }: SourceEnd): void {
    this.#bookings.takeEnds(source, lane, ends);
    for (const fault of faults) this.#readable.setAside(fault);
  }

  async #afterPoll(polled: Source<F>): Promise<void> {
    for (const before of polled.feeds) {
      const feed = this.#agenda.feed(before.id);
      if (feed && this.#bookings.followMove(feed)) this.#areLanesStale = true;
    }
    await this.#replanNoted();
    if (await this.#relief.relieve(this.#bookings.spreadMs)) this.#areLanesStale = true;
  }

  async #replanNoted(): Promise<void> {
    for (const laneId of await this.#changedPlans.replanNoted()) {
      const lane = this.#agenda.lane(laneId);
      if (lane) await this.#options.lanes.wake(laneId, this.#laneDue(lane));
    }
  }
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
