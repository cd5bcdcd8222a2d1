// Feeds whose plan a reload has changed, and whose next poll not yet: each waits until nobody polls its source, and
// then the stored next polls of that source are changed. What they become is decided in replan.ts.

import { isDeepStrictEqual } from 'node:util';
import type { StateStore } from '../ports.ts';
import type { Agenda, ScheduledFeed } from './agenda.ts';
import type { Bookings } from './bookings.ts';
import type { ReadableFeeds } from './readable-feeds.ts';
import { type Replan, replanFeeds, wasCutOff } from './replan.ts';
import type { Source } from './source.ts';

export interface ReplanTools<F extends ScheduledFeed> {
  readonly agenda: Agenda<F>;
  readonly bookings: Pick<Bookings<F>, 'setDue'>;
  readonly readable: Pick<ReadableFeeds<F>, 'states' | 'orSetAside'>;
  readonly states: Pick<StateStore, 'writeState'>;
  /** Absent: the stored next polls stay. */
  readonly replan: Replan<F> | undefined;
}

export class ChangedPlans<F extends ScheduledFeed> {
  readonly #tools: ReplanTools<F>;
  readonly #toReplan = new Set<string>();

  constructor(tools: ReplanTools<F>) {
    this.#tools = tools;
  }

  note(feeds: readonly F[]): void {
    for (const { id } of feeds) this.#toReplan.add(id);
  }

  /** One that is being polled, or whose source is, is left for the next time. Returns the lanes of the others. */
  async replanNoted(): Promise<ReadonlySet<string>> {
    const replanned = new Set<string>();
    for (const feedId of [...this.#toReplan]) {
      const source = this.#tools.agenda.sourceOf(feedId);
      const laneId = source && (await this.#replan(feedId, source));
      if (laneId !== undefined) replanned.add(laneId);
    }
    return replanned;
  }

  /** The next poll of a feed under its plan of now, and so of all feeds of its source; returns their lane. */
  async #replan(feedId: string, source: Source<F>): Promise<string | undefined> {
    const { agenda, replan } = this.#tools;
    if (!agenda.take(source)) return undefined;
    try {
      if (replan && this.#toReplan.has(feedId)) await this.#replanSource(source, replan);
      this.#toReplan.delete(feedId);
      return source.lane.id;
    } finally {
      agenda.release(source);
    }
  }

  async #replanSource(source: Source<F>, replan: Replan<F>): Promise<void> {
    const { bookings, readable, states } = this.#tools;
    const stored = await readable.states(source.feeds.map(({ id }) => id));
    const planned = await replanFeeds(source.feeds, stored, replan, (work) => readable.orSetAside(work));
    for (const { feed, state, nextPoll } of planned) {
      const hasChanged = !wasCutOff(state) && !isDeepStrictEqual(nextPoll, state.nextPoll);
      if (hasChanged) await states.writeState({ ...state, nextPoll });
      bookings.setDue(feed, { ...state, nextPoll });
    }
  }
}

/** Another URL may end what was decided of the old one. */
export function needsReplan(before: ScheduledFeed, now: ScheduledFeed): boolean {
  return before !== now && (before.url !== now.url || !isDeepStrictEqual(before.plan, now.plan));
}
