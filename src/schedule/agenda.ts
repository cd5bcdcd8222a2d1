// What the scheduler knows of time: which sources each lane has, when each feed is due, which is being polled.
// Only a memory aid, so that a lane of thousands of feeds need not be read to find the one that is due; the
// stored state is asked again before each poll.

import type { Lane } from './lane.ts';
import type { PollPlan } from './longest-wait.ts';
import { type LaneAt, type Source, type SourceFeed, sourceKey, sourceOf, sourcesOf } from './source.ts';

export interface ScheduledFeed extends SourceFeed {
  readonly plan: PollPlan;
}

/** One lane in this process. It keeps its place while sources come and go. */
export interface LaneRun<F> {
  readonly id: string;
  gapMs: number;
  concurrency: number;
  readonly sources: Map<string, Source<F>>;
  /** Sources that were due when the lane was last looked through, the latest first. */
  due: Source<F>[];
  /** Epoch ms before which no request of this lane may leave: the gap, or a 429. */
  heldUntil: number;
  isRunning: boolean;
}

const never = Number.POSITIVE_INFINITY;

export class Agenda<F extends ScheduledFeed> {
  readonly #laneAt: LaneAt<F>;
  readonly #sources = new Map<string, Source<F>>();
  #sourceOf = new Map<string, Source<F>>();
  readonly #lanes = new Map<string, LaneRun<F>>();
  readonly #dueAt = new Map<string, number>();
  /** Feeds whose records cannot be read, and until when their sources do without them. */
  readonly #aside = new Map<string, number>();
  /** Feeds that are being polled or replanned: nobody else may take them. */
  readonly #busy = new Set<string>();

  constructor(laneAt: LaneAt<F>) {
    this.#laneAt = laneAt;
  }

  /** Makes exactly these feeds exist, each asked at `urlOf`. A new one is not due before `setDue`. */
  replace(feeds: readonly F[], urlOf: (feed: F) => string): void {
    const before = this.#sourceOf;
    this.#sourceOf = new Map();
    this.#sources.clear();
    for (const lane of this.#lanes.values()) lane.sources.clear();
    for (const source of sourcesOf(feeds, urlOf, this.#laneAt)) this.#settle(source);
    for (const [id, source] of this.#sourceOf) this.#carryHold(before.get(id), source);
    this.#dropEmptyLanes();
    for (const id of this.#dueAt.keys()) if (!this.#sourceOf.has(id)) this.#dueAt.delete(id);
    for (const id of this.#aside.keys()) if (!this.#sourceOf.has(id)) this.#aside.delete(id);
  }

  /** One feed is asked at another URL from now on; returns its source. */
  move(feed: F, url: string): Source<F> {
    const left = this.#sourceOf.get(feed.id);
    if (left) this.#shrink(left, feed.id);
    const key = sourceKey(feed, url);
    const found = this.#sources.get(key);
    if (found) this.#remove(found);
    const [first, ...others] = [...(found?.feeds ?? []), feed];
    const joined = sourceOf(key, found?.url ?? url, [first ?? feed, ...others], this.#laneAt);
    this.#settle(joined);
    this.#carryHold(left, joined);
    this.#dropEmptyLanes();
    return joined;
  }

  feed(feedId: string): F | undefined {
    return this.#sourceOf.get(feedId)?.feeds.find(({ id }) => id === feedId);
  }

  sourceOf(feedId: string): Source<F> | undefined {
    return this.#sourceOf.get(feedId);
  }

  sources(): IterableIterator<Source<F>> {
    return this.#sources.values();
  }

  lane(laneId: string): LaneRun<F> | undefined {
    return this.#lanes.get(laneId);
  }

  lanes(): IterableIterator<LaneRun<F>> {
    return this.#lanes.values();
  }

  setDue(feedId: string, at: number): void {
    if (!this.#sourceOf.has(feedId)) return;
    this.#dueAt.set(feedId, at);
    this.#aside.delete(feedId);
  }

  /** The feed's source goes on without it until then. */
  setAside(feedId: string, until: number): void {
    if (this.#sourceOf.has(feedId)) this.#aside.set(feedId, until);
  }

  /** The feeds of a source that are not set aside. */
  feedsAt({ feeds }: Source<F>, now: number): readonly F[] {
    return this.#aside.size === 0 ? feeds : feeds.filter(({ id }) => (this.#aside.get(id) ?? 0) <= now);
  }

  /**
   * Epoch ms at which the lane has something to do. A source in other hands (its poll began in the lane that it
   * was in before a reload) is looked at again at `recheckAt`.
   */
  laneDue(lane: LaneRun<F>, recheckAt: number): number {
    let due = never;
    for (const source of lane.sources.values()) {
      due = Math.min(due, this.#isBusy(source) ? recheckAt : this.due(source));
    }
    return Math.max(due, lane.heldUntil);
  }

  /** The source of the lane that has been due for longest, for the caller to poll and then `release`. */
  takeDue(lane: LaneRun<F>, now: number): Source<F> | undefined {
    const source =
      this.#nextDue(lane, now) ?? (this.#lookThrough(lane, now) ? this.#nextDue(lane, now) : undefined);
    if (source) this.take(source);
    return source;
  }

  #nextDue(lane: LaneRun<F>, now: number): Source<F> | undefined {
    for (let source = lane.due.pop(); source; source = lane.due.pop()) {
      // A reload, or another lane, may have changed it since.
      if (lane.sources.get(source.id) === source && this.#isDue(source, now)) return source;
    }
    return undefined;
  }

  /** A lane of thousands of feeds is looked through once for all that are due, not once for each. */
  #lookThrough(lane: LaneRun<F>, now: number): boolean {
    lane.due = [...lane.sources.values()].filter((source) => this.#isDue(source, now));
    lane.due.sort((a, b) => this.due(a) - this.due(b)).reverse();
    return lane.due.length > 0;
  }

  #isDue(source: Source<F>, now: number): boolean {
    return !this.#isBusy(source) && this.due(source) <= now;
  }

  #isBusy({ feeds }: Source<F>): boolean {
    for (const { id } of feeds) if (this.#busy.has(id)) return true;
    return false;
  }

  /** Takes one source out of the hands of others; false when somebody has a feed of it. */
  take(source: Source<F>): boolean {
    if (this.#isBusy(source)) return false;
    for (const { id } of source.feeds) this.#busy.add(id);
    return true;
  }

  release({ feeds }: Source<F>): void {
    for (const { id } of feeds) this.#busy.delete(id);
  }

  /** As late as the latest of its feeds; those that are parked or set aside keep nobody waiting. */
  due({ feeds }: Source<F>): number {
    let latest = -never;
    let backAt = never;
    for (const { id } of feeds) {
      const aside = this.#aside.get(id);
      const at = this.#dueAt.get(id) ?? never;
      if (aside !== undefined) backAt = Math.min(backAt, aside);
      else if (at !== never) latest = Math.max(latest, at);
    }
    return latest === -never ? backAt : latest;
  }

  #settle(source: Source<F>): void {
    this.#sources.set(source.key, source);
    for (const { id } of source.feeds) this.#sourceOf.set(id, source);
    this.#laneFor(source.lane).sources.set(source.id, source);
  }

  #remove(source: Source<F>): void {
    this.#sources.delete(source.key);
    this.#lanes.get(source.lane.id)?.sources.delete(source.id);
  }

  #shrink(source: Source<F>, feedId: string): void {
    this.#remove(source);
    const [first, ...others] = source.feeds.filter(({ id }) => id !== feedId);
    if (!first) return;
    const rest = sourceOf(source.key, source.url, [first, ...others], this.#laneAt);
    this.#settle(rest);
    this.#carryHold(source, rest);
  }

  /**
   * What an origin asked for is not forgotten because its lane has got another name; it says nothing of
   * another site.
   */
  #carryHold(from: Source<F> | undefined, to: Source<F>): void {
    if (!from || from.lane.id === to.lane.id || from.site !== to.site) return;
    const lane = this.#lanes.get(to.lane.id);
    if (lane) lane.heldUntil = Math.max(lane.heldUntil, this.#lanes.get(from.lane.id)?.heldUntil ?? 0);
  }

  #dropEmptyLanes(): void {
    for (const [id, lane] of this.#lanes) if (lane.sources.size === 0) this.#lanes.delete(id);
  }

  /** Of rules that differ between the hosts of one site the strictest holds. */
  #laneFor({ id, gapMs, concurrency }: Lane): LaneRun<F> {
    const known = this.#lanes.get(id);
    if (known && known.sources.size > 0) {
      known.gapMs = Math.max(known.gapMs, gapMs);
      known.concurrency = Math.min(known.concurrency, concurrency);
      return known;
    }
    if (known) return Object.assign(known, { gapMs, concurrency });
    const lane = { id, gapMs, concurrency, sources: new Map(), due: [], heldUntil: 0, isRunning: false };
    this.#lanes.set(id, lane);
    return lane;
  }
}
