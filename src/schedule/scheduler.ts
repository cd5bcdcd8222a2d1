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
import { StoreError } from '../errors.ts';
import type { LaneRest } from '../ports.ts';
import { Agenda, type LaneRun, type ScheduledFeed } from './agenda.ts';
import { believedStates } from './believed-states.ts';
import { Bookings } from './bookings.ts';
import { ChangedPlans, needsReplan } from './changed-plans.ts';
import { type Forgiven, OutageRelief } from './outage-relief.ts';
import { ReadableFeeds } from './readable-feeds.ts';
import type { Scheduler, SchedulerOptions, Signs, SourceEnd, TakeOver } from './scheduler-terms.ts';
import { SharedLanes } from './shared-lanes.ts';
import type { Source } from './source.ts';
import { StorePause } from './store-pause.ts';
import { ToldLanes } from './told-lanes.ts';

export type { ScheduledFeed } from './agenda.ts';
export type { Forgiven, OutageWatch } from './outage-relief.ts';

export type {
  Scheduler,
  SchedulerOptions,
  Signs,
  SourceEnd,
  States,
  TakeOver,
} from './scheduler-terms.ts';

export function createScheduler<F extends ScheduledFeed>(options: SchedulerOptions<F>): Scheduler<F> {
  return new LaneScheduler(options);
}

interface TakingOver<F> {
  readonly feeds: readonly F[];
  /** Those that were not known before. */
  readonly added: readonly F[];
  /** Those whose plan is another one now. */
  readonly changed?: readonly F[];
  readonly how: TakeOver;
  /** Those that are overdue were given moments of their own by other processes already. */
  readonly areSpread?: boolean;
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
  readonly #told: ToldLanes<F>;
  /** Only where other processes take lanes too. */
  readonly #shared: SharedLanes<F> | undefined;
  readonly #retryMs: number;
  #lastLaneEndedAt: number;

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
    const { lanes } = options;
    const told = new ToldLanes({ lanes, agenda, dueOf: (lane: LaneRun<F>) => this.#laneDue(lane) });
    this.#told = told;
    this.#shared = lanes.isShared
      ? new SharedLanes({ agenda, bookings, readable, told, states, clock })
      : undefined;
    this.#relief = new OutageRelief({
      clock,
      agenda,
      outage: options.outage,
      states,
      isShared: lanes.isShared,
      readStates: (feedIds) => readable.states(feedIds),
      takeState: (feed, state) => {
        bookings.takeState(feed, state);
        told.noteChanged(feed.id);
      },
    });
  }

  async start(feeds: readonly F[], how: TakeOver = 'leads'): Promise<void> {
    const { lanes, maxConcurrentLanes } = this.#options;
    await this.#takeOver({ feeds, added: feeds, how, areSpread: how === 'joins' });
    this.#lastLaneEndedAt = this.#clock.now();
    lanes.start((laneId, signal) => this.#run(laneId, signal), maxConcurrentLanes);
  }

  async reconfigure(feeds: readonly F[], how: TakeOver = 'leads'): Promise<void> {
    const before = new Map(feeds.map(({ id }) => [id, this.#agenda.feed(id)]));
    const isNew = ({ id }: F) => how === 'anew' || before.get(id) === undefined;
    const hasChanged = (feed: F) => needsReplan(before.get(feed.id) ?? feed, feed);
    const added = feeds.filter(isNew);
    const lanes = new Set([...this.#agenda.lanes()].map(({ id }) => id));
    await this.#takeOver({ feeds, added, changed: feeds.filter(hasChanged), how });
    if (how === 'joins') await this.#tellAdded(added, lanes);
    await this.#replanNoted();
  }

  forgive(feeds: readonly Forgiven[]): void {
    this.#relief.forgive(feeds);
  }

  async wake(feedId: string): Promise<void> {
    const source = this.#agenda.sourceOf(feedId);
    if (source) await this.#options.lanes.wake(source.lane.id, this.#clock.now());
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
      ...(earliest !== never && !this.#shared && { earliestLaneDueAt: earliest }),
      lastLaneEndedAt: this.#lastLaneEndedAt,
      ...(this.#pause.fault !== undefined && { storeFault: this.#pause.fault }),
    };
  }

  /** Reads first and changes afterwards, so that a store that fails leaves everything as it was. */
  async #takeOver({ feeds, added, changed = [], how, areSpread = false }: TakingOver<F>): Promise<void> {
    const { clock, states } = this.#options;
    const readStates = (ids: readonly string[]) => this.#readable.states(ids);
    const ids = added.map(({ id }) => id);
    const stored = await believedStates(ids, { clock, states, readStates });
    this.#bookings.replace(feeds, added, stored, areSpread);
    // Noted with the change: if the store fails from here on, they are replanned after the next poll.
    this.#changedPlans.note(changed);
    const isAdded = new Set(ids);
    await this.#shared?.relearn(feeds.filter(({ id }) => !isAdded.has(id)));
    await this.#told.tellAll(how === 'joins');
  }

  /** Whoever was told of them later than the queue may have had their lane meanwhile, and put it off. */
  async #tellAdded(added: readonly F[], lanesBefore: ReadonlySet<string>): Promise<void> {
    for (const { id } of added) {
      if (lanesBefore.has(this.#agenda.sourceOf(id)?.lane.id ?? '')) this.#told.noteChanged(id);
    }
    await this.#told.tell();
  }

  async #run(laneId: string, signal: AbortSignal): Promise<LaneRest> {
    const faults: unknown[] = [];
    const lane = await this.#laneToRun(laneId, faults);
    if (lane) lane.isRunning = true;
    if (lane && faults.length === 0) faults.push(...(await this.#pollDue(lane, signal)));
    if (this.#told.areStale) await orFault(this.#told.tell(), faults);
    if (lane) lane.isRunning = false;
    this.#lastLaneEndedAt = this.#clock.now();
    for (const fault of faults) this.#judge(fault);
    return this.#restOf(laneId, lane, faults.length > 0);
  }

  async #laneToRun(laneId: string, faults: unknown[]): Promise<LaneRun<F> | undefined> {
    const { relayLeft } = this.#options;
    if (!this.#shared) return this.#agenda.lane(laneId);
    await orFault(this.#shared.learn(laneId), faults);
    const lane = this.#agenda.lane(laneId);
    if (lane && relayLeft && faults.length === 0) await orFault(relayLeft(feedsOf(lane)), faults);
    return lane;
  }

  #restOf(laneId: string, ran: LaneRun<F> | undefined, hasFailed: boolean): LaneRest {
    const now = this.#clock.now();
    // A reload may have taken the lane away and brought it back while it ran.
    const lane = this.#agenda.lane(laneId) ?? ran;
    if (lane && ran) lane.heldUntil = Math.max(lane.heldUntil, ran.heldUntil);
    const { heldUntil } = lane ?? { heldUntil: 0 };
    const retryAt = hasFailed ? now + this.#retryMs : 0;
    const turnAt = now + this.#relief.restMs(laneId);
    return {
      dueAt: Math.max(this.#dueAfter(laneId, lane), this.#pause.until, retryAt, turnAt),
      ...(heldUntil > now && { heldUntil }),
    };
  }

  #dueAfter(laneId: string, lane: LaneRun<F> | undefined): number {
    // Another lane may depend on this one to come back and tell of it.
    if (this.#told.areStale) return 0;
    if (lane) return Math.min(this.#laneDue(lane), this.#shared?.trustedUntil(laneId) ?? never);
    return this.#shared?.unknownRest(laneId) ?? never;
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
      if (feed && this.#bookings.followMove(feed)) this.#told.noteChanged(feed.id);
    }
    await this.#replanNoted();
    if (await this.#relief.relieve(this.#bookings.spreadMs)) this.#told.noteLater();
  }

  async #replanNoted(): Promise<void> {
    for (const laneId of await this.#changedPlans.replanNoted()) {
      const lane = this.#agenda.lane(laneId);
      if (lane) await this.#options.lanes.wake(laneId, this.#laneDue(lane));
    }
  }
}

function feedsOf<F>({ sources }: LaneRun<F>): F[] {
  return [...sources.values()].flatMap(({ feeds }) => feeds);
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
