// What a process that shares its lanes with others must find out before it runs one: others have polled feeds of it, moved
// them to other lanes, or been told more of them. What is remembered is set right by the stored states, and lanes that this
// process does not know are not its to end. Reads states; which feed is due then is in bookings.ts.

import type { Clock } from '../clock.ts';
import type { FeedState } from '../model/feed.ts';
import type { StateStore } from '../ports.ts';
import type { Agenda, LaneRun, ScheduledFeed } from './agenda.ts';
import { believedStates } from './believed-states.ts';
import type { Bookings } from './bookings.ts';
import type { ReadableFeeds } from './readable-feeds.ts';
import type { ToldLanes } from './told-lanes.ts';

/** A lane of more feeds is not read as a whole each time. */
const smallLane = 200;
/** How old what is remembered of a larger one may be, and so how late a feed of it may be polled. */
const largeLaneMs = 30_000;
/** A lane that is unknown here may be known to another process, which is then to get it soon. */
const unknownMs = 10_000;
/** One that stays unknown is nobody's any more. */
const longestUnknownMs = 10 * 60_000;
/** All states are read at most this often to find an unknown lane. */
const relearnMs = 10 * 60_000;

const never = Number.POSITIVE_INFINITY;

export interface SharedTools<F extends ScheduledFeed> {
  readonly agenda: Agenda<F>;
  readonly bookings: Pick<Bookings<F>, 'believe' | 'followMove'>;
  readonly readable: Pick<ReadableFeeds<F>, 'states'>;
  readonly told: Pick<ToldLanes<F>, 'noteChanged'>;
  readonly states: Pick<StateStore, 'writeState'>;
  readonly clock: Clock;
}

export class SharedLanes<F extends ScheduledFeed> {
  readonly #tools: SharedTools<F>;
  /** Large lanes, and when (epoch ms) their feeds were last read. */
  readonly #readAt = new Map<string, number>();
  /** Those that run on what was read then. */
  readonly #unread = new Set<string>();
  /** How often each lane came that is unknown here. */
  readonly #unknown = new Map<string, number>();
  #relearntAt = -never;
  #relearning: Promise<void> | undefined;

  constructor(tools: SharedTools<F>) {
    this.#tools = tools;
  }

  /** The lane as the stored states have it now; `undefined` when this process still knows none of that name. */
  async learn(laneId: string): Promise<LaneRun<F> | undefined> {
    const { agenda } = this.#tools;
    const known = agenda.lane(laneId);
    if (known) await this.#learnLane(known);
    else await this.#findUnknown();
    const lane = agenda.lane(laneId);
    if (lane) this.#unknown.delete(laneId);
    return lane;
  }

  /** Until when a lane that is unknown here rests. */
  unknownRest(laneId: string): number {
    const times = this.#unknown.get(laneId) ?? 0;
    this.#unknown.set(laneId, times + 1);
    return this.#tools.clock.now() + Math.min(unknownMs * 2 ** times, longestUnknownMs);
  }

  /** Until when a lane that has run may rest: for as long as it needs, unless it ran on what was read long ago. */
  trustedUntil(laneId: string): number {
    return this.#unread.has(laneId) ? (this.#readAt.get(laneId) ?? 0) + largeLaneMs : never;
  }

  /** All of these, as feeds.yaml is read anew. */
  async relearn(feeds: readonly F[]): Promise<void> {
    await this.#believe(feeds);
    this.#readAt.clear();
    this.#unread.clear();
    this.#unknown.clear();
  }

  /** Takes over what is stored of these feeds. */
  async #believe(feeds: readonly F[]): Promise<void> {
    const { agenda, bookings, clock, readable, states, told } = this.#tools;
    const now = clock.now();
    const readStates = (ids: readonly string[]) => readable.states(ids);
    const stored = await believedStates(
      feeds.map(({ id }) => id),
      { clock, states, readStates },
    );
    for (const feed of feeds) {
      const state: FeedState | undefined = stored.get(feed.id);
      const source = agenda.sourceOf(feed.id);
      // One that is set aside stays so: what cannot be read is another record of it.
      const isRead = source !== undefined && agenda.feedsAt(source, now).some(({ id }) => id === feed.id);
      if (!state || !isRead) continue;
      bookings.believe(feed, state);
      if (bookings.followMove(feed)) told.noteChanged(feed.id);
    }
  }

  async #learnLane(lane: LaneRun<F>): Promise<void> {
    const { agenda, clock } = this.#tools;
    const [only, another] = lane.sources.values();
    // Its states are read before it is polled anyway.
    if (only && !another && agenda.due(only) <= clock.now()) return;
    const feeds = [...lane.sources.values()].flatMap((source) => source.feeds);
    const now = clock.now();
    const readAt = this.#readAt.get(lane.id) ?? -never;
    if (feeds.length > smallLane && now < readAt + largeLaneMs) {
      this.#unread.add(lane.id);
      return;
    }
    await this.#believe(feeds);
    this.#unread.delete(lane.id);
    if (feeds.length > smallLane) this.#readAt.set(lane.id, now);
    else this.#readAt.delete(lane.id);
  }

  /** Another process has found that a feed moved there, or this one's feeds.yaml is older than it knows yet. */
  async #findUnknown(): Promise<void> {
    const { agenda, clock } = this.#tools;
    if (this.#relearning !== undefined) return this.#relearning;
    if (clock.now() < this.#relearntAt + relearnMs) return;
    this.#relearntAt = clock.now();
    const feeds = [...agenda.sources()].flatMap((source) => source.feeds);
    this.#relearning = this.#believe(feeds).finally(() => {
      this.#relearning = undefined;
    });
    return this.#relearning;
  }
}
