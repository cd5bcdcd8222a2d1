// What the lane queue was told of the lanes, and what it has yet to be told. A queue of our own is told of all lanes at once.
// One that is shared is told of those that have changed, added or brought forward: another process may know better of others.

import type { LaneQueue } from '../ports.ts';
import type { Agenda, LaneRun, ScheduledFeed } from './agenda.ts';

export interface TellingTools<F extends ScheduledFeed> {
  readonly lanes: Pick<LaneQueue, 'isShared' | 'reconcile' | 'wake'>;
  readonly agenda: Agenda<F>;
  /** Epoch ms at which the lane has something to do. */
  dueOf(lane: LaneRun<F>): number;
}

export class ToldLanes<F extends ScheduledFeed> {
  readonly #tools: TellingTools<F>;
  #areAllStale = false;
  /** Of a shared queue. */
  #changed = new Set<string>();

  constructor(tools: TellingTools<F>) {
    this.#tools = tools;
  }

  /** The queue has not yet been told of the lanes as they are now. */
  get areStale(): boolean {
    return this.#areAllStale || this.#changed.size > 0;
  }

  /** The lane of the feed is due at another time than it was, or has come to be. */
  noteChanged(feedId: string): void {
    const source = this.#tools.agenda.sourceOf(feedId);
    if (!this.#tools.lanes.isShared) this.#areAllStale = true;
    else if (source) this.#changed.add(source.lane.id);
  }

  /** Any lane may have been put off, which a shared queue need not be told: it is found out when the lane comes. */
  noteLater(): void {
    this.#areAllStale = !this.#tools.lanes.isShared;
  }

  /** These lanes and no others. `joins`: other processes have told the queue already. */
  async tellAll(joins = false): Promise<void> {
    const { lanes, agenda, dueOf } = this.#tools;
    // What changes from here on, while the store writes, is for the next time.
    this.#areAllStale = false;
    this.#changed.clear();
    const due = new Map([...agenda.lanes()].map((lane) => [lane.id, dueOf(lane)]));
    try {
      await lanes.reconcile(due, joins ? { joins } : {});
    } catch (error) {
      this.noteLater();
      throw error;
    }
  }

  /** What is to be told, if anything. */
  async tell(): Promise<void> {
    if (this.#areAllStale) await this.tellAll();
    else if (this.#changed.size > 0) await this.#tellChanged();
  }

  async #tellChanged(): Promise<void> {
    const { agenda, lanes, dueOf } = this.#tools;
    const telling = this.#changed;
    this.#changed = new Set();
    const changed = [...telling].flatMap((id) => agenda.lane(id) ?? []);
    const due = new Map(changed.map((lane) => [lane.id, dueOf(lane)]));
    try {
      await lanes.reconcile(due, { joins: true });
      for (const [id, at] of due) await lanes.wake(id, at);
    } catch (error) {
      for (const id of telling) this.#changed.add(id);
      throw error;
    }
  }
}
