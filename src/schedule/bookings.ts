// Books feeds on the agenda as their stored states say: when each is due, at which URL it is asked, and how long its
// lane is held. Reads and writes no store. When a feed should be polled next is decided before, in next-poll.ts.

import type { Clock } from '../clock.ts';
import type { FeedState } from '../model/feed.ts';
import type { Agenda, LaneRun, ScheduledFeed } from './agenda.ts';
import { laneHeldUntil } from './lane-hold.ts';
import { urlToAsk } from './move.ts';
import { isOfOtherUrl } from './poll-state.ts';
import { type Source, sourceKey } from './source.ts';
import { spreadStart } from './start-spread.ts';

/** A handful of new feeds need not wait for what a herd would need. */
const spreadPerFeedMs = 5_000;

export class Bookings<F extends ScheduledFeed> {
  readonly #agenda: Agenda<F>;
  readonly #clock: Clock;
  readonly #startSpreadMs: number;
  /** The states of feeds that have moved, from which it follows where they are asked. */
  readonly #moved = new Map<string, FeedState>();
  /** Feeds that were overdue and were given a moment of their own, and when (epoch ms) they had been due. */
  readonly #putBack = new Map<string, number>();
  #spreadMs = 0;

  constructor(agenda: Agenda<F>, clock: Clock, startSpreadMs: number) {
    this.#agenda = agenda;
    this.#clock = clock;
    this.#startSpreadMs = startSpreadMs;
  }

  /** The span over which overdue feeds are spread. */
  get spreadMs(): number {
    return this.#spreadMs;
  }

  /**
   * Exactly these feeds are booked from now on; `states` has what is stored of those that were added. `joins`: other
   * processes have spread them already.
   */
  replace(
    feeds: readonly F[],
    added: readonly F[],
    states: ReadonlyMap<string, FeedState>,
    joins = false,
  ): void {
    for (const { id } of added) this.#noteMove(id, states.get(id));
    this.#agenda.replace(feeds, (feed) => urlToAsk(feed, this.#moved.get(feed.id)));
    this.#spreadMs = joins ? 0 : Math.min(this.#startSpreadMs, feeds.length * spreadPerFeedMs);
    for (const feed of added) this.#admit(feed, states.get(feed.id));
  }

  /** The stored next poll rules, over any restart; so do the hold of a 429 and a gap that a crash cut short. */
  #admit(feed: F, state: FeedState | undefined): void {
    this.setDue(feed, state);
    const source = this.#agenda.sourceOf(feed.id);
    if (source && state) this.#hold(source, state);
  }

  /** One that is overdue, at a start or after our own outage, gets its own moment in the span. */
  setDue(feed: F, state: FeedState | undefined): void {
    const now = this.#clock.now();
    const at = state ? dueOf(feed, state) : 0;
    if (at <= now) this.#putBack.set(feed.id, at);
    this.#agenda.setDue(feed.id, at > now ? at : spreadStart(feed.id, now, this.#spreadMs));
  }

  /** What others may have stored of a feed. A moment of its own that it was given stays, if nobody has polled it since. */
  believe(feed: F, state: FeedState): void {
    this.#noteMove(feed.id, state);
    const source = this.#agenda.sourceOf(feed.id);
    if (source) this.#hold(source, state);
    const at = dueOf(feed, state);
    if (this.#putBack.get(feed.id) === at) return;
    this.#putBack.delete(feed.id);
    this.#agenda.setDue(feed.id, at);
  }

  /** What is stored of a feed now. */
  takeState(feed: F, state: FeedState): void {
    this.setDue(feed, state);
    this.#noteMove(feed.id, state);
  }

  /** What the poll of a source, begun in this lane, has stored of its feeds. */
  takeEnds(
    { feeds, site }: Source<F>,
    lane: LaneRun<F>,
    ends: readonly { readonly state: FeedState }[],
  ): void {
    for (const { state } of ends) {
      const feed = feeds.find(({ id }) => id === state.feedId);
      if (!feed) continue;
      this.takeState(feed, state);
      lane.heldUntil = Math.max(lane.heldUntil, laneHeldUntil(state));
      // A reload during the poll may have given its lane another name.
      const source = this.#agenda.sourceOf(feed.id);
      if (source?.site === site) this.#hold(source, state);
    }
  }

  /** The stored states decide: another process may have polled a feed, or found that it has moved. */
  isStillDue(source: Source<F>, states: ReadonlyMap<string, FeedState>): boolean {
    const now = this.#clock.now();
    for (const feed of source.feeds) {
      const state = states.get(feed.id);
      this.#agenda.setDue(feed.id, state ? dueOf(feed, state) : now);
      this.#noteMove(feed.id, state);
      if (!isAskedHere(source, feed, state)) return false;
    }
    return this.#agenda.due(source) <= now;
  }

  /**
   * A feed that is asked elsewhere from now on gets the lane of that URL, and joins those that ask there already. True
   * when it does: its new lane has changed, and that of the feeds it has left.
   */
  followMove(feed: F): boolean {
    const source = this.#agenda.sourceOf(feed.id);
    const state = this.#moved.get(feed.id);
    if (!source || isAskedHere(source, feed, state)) return false;
    const moved = this.#agenda.move(feed, urlToAsk(feed, state));
    // The poll that found the move ended at the new origin, whose gap has begun.
    if (state) this.#hold(moved, state);
    return true;
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
