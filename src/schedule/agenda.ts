// What the scheduler knows of time: which feeds each lane has, when each of them is due, which is being
// polled. Only a memory aid, so that a lane of thousands of feeds need not be read to find the one that is
// due; the stored state is asked again before each poll.

import type { Lane } from './lane.ts';
import type { PollPlan } from './longest-wait.ts';

export interface ScheduledFeed {
  readonly id: string;
  readonly lane: Lane;
  readonly plan: PollPlan;
}

/** One lane in this process. It keeps its place while feeds come and go. */
export interface LaneRun<F> {
  readonly id: string;
  gapMs: number;
  concurrency: number;
  readonly feeds: Map<string, F>;
  /** Feeds that were due when the lane was last looked through, the latest first. */
  due: F[];
  /** Epoch ms before which no request of this lane may leave: the gap, or a 429. */
  heldUntil: number;
  isRunning: boolean;
}

const never = Number.POSITIVE_INFINITY;

export class Agenda<F extends ScheduledFeed> {
  #feeds = new Map<string, F>();
  #lanes = new Map<string, LaneRun<F>>();
  readonly #dueAt = new Map<string, number>();
  /** Being polled or replanned: nobody else may take them. */
  readonly #busy = new Set<string>();

  /** Makes exactly these feeds exist. A new one is not due before `setDue`. */
  replace(feeds: readonly F[]): void {
    this.#feeds = new Map(feeds.map((feed) => [feed.id, feed]));
    for (const id of this.#dueAt.keys()) if (!this.#feeds.has(id)) this.#dueAt.delete(id);
    for (const lane of this.#lanes.values()) lane.feeds.clear();
    for (const feed of feeds) this.#laneFor(feed).feeds.set(feed.id, feed);
    for (const [id, lane] of this.#lanes) if (lane.feeds.size === 0) this.#lanes.delete(id);
  }

  feed(feedId: string): F | undefined {
    return this.#feeds.get(feedId);
  }

  lane(laneId: string): LaneRun<F> | undefined {
    return this.#lanes.get(laneId);
  }

  lanes(): IterableIterator<LaneRun<F>> {
    return this.#lanes.values();
  }

  setDue(feedId: string, at: number): void {
    if (this.#feeds.has(feedId)) this.#dueAt.set(feedId, at);
  }

  /**
   * Epoch ms at which the lane has something to do. A feed in other hands (its poll began in the lane that it
   * was in before a reload) is looked at again at `recheckAt`.
   */
  laneDue(lane: LaneRun<F>, recheckAt: number): number {
    let due = never;
    for (const id of lane.feeds.keys()) {
      due = Math.min(due, this.#busy.has(id) ? recheckAt : this.#due(id));
    }
    return Math.max(due, lane.heldUntil);
  }

  /** The feed of the lane that has been due for longest, for the caller to poll and then `release`. */
  takeDue(lane: LaneRun<F>, now: number): F | undefined {
    const feed =
      this.#nextDue(lane, now) ?? (this.#lookThrough(lane, now) ? this.#nextDue(lane, now) : undefined);
    if (feed) this.#busy.add(feed.id);
    return feed;
  }

  #nextDue(lane: LaneRun<F>, now: number): F | undefined {
    for (let feed = lane.due.pop(); feed; feed = lane.due.pop()) {
      // A reload, or another lane, may have changed it since.
      if (lane.feeds.get(feed.id) === feed && this.#isDue(feed.id, now)) return feed;
    }
    return undefined;
  }

  /** A lane of thousands of feeds is looked through once for all that are due, not once for each. */
  #lookThrough(lane: LaneRun<F>, now: number): boolean {
    lane.due = [...lane.feeds.values()].filter(({ id }) => this.#isDue(id, now));
    lane.due.sort((a, b) => this.#due(a.id) - this.#due(b.id)).reverse();
    return lane.due.length > 0;
  }

  #isDue(feedId: string, now: number): boolean {
    return !this.#busy.has(feedId) && this.#due(feedId) <= now;
  }

  /** Takes one feed out of the hands of others; false when somebody has it. */
  take(feedId: string): boolean {
    if (this.#busy.has(feedId)) return false;
    this.#busy.add(feedId);
    return true;
  }

  release(feedId: string): void {
    this.#busy.delete(feedId);
  }

  #due(feedId: string): number {
    return this.#dueAt.get(feedId) ?? never;
  }

  #laneFor({ lane: { id, gapMs, concurrency } }: F): LaneRun<F> {
    const known = this.#lanes.get(id);
    if (known) return Object.assign(known, { gapMs, concurrency });
    const lane = {
      id,
      gapMs,
      concurrency,
      feeds: new Map<string, F>(),
      due: [],
      heldUntil: 0,
      isRunning: false,
    };
    this.#lanes.set(id, lane);
    return lane;
  }
}
