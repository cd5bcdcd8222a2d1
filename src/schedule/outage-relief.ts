// What becomes of sources and feeds when our own network is down: who waits, which feeds get back the state from before
// they were blamed, and how those that are overdue come back afterwards. Whether there is an outage, and who may
// still ask, is decided in outage.ts.

import type { Clock } from '../clock.ts';
import type { FeedState } from '../model/feed.ts';
import type { StateStore } from '../ports.ts';
import type { Agenda, ScheduledFeed } from './agenda.ts';
import { wasCutOff } from './replan.ts';
import type { Source } from './source.ts';
import { spreadStart } from './start-spread.ts';
import { isTold } from './trouble.ts';

/** Whether the trouble is at our own end: docs/http.md, "Own outage". */
export interface OutageWatch {
  readonly isOn: boolean;
  /** Whether a URL of this site may be asked to see if the outage is over. True uses up the turn. */
  mayAsk(site: string): boolean;
  /** How long a lane that was refused such a turn rests, and the site that it wanted to ask. */
  restMs(laneId: string, site: string): number;
}

/** A feed that was blamed for an outage before it was recognised, with its state from before. */
export interface Forgiven {
  readonly feedId: string;
  readonly before: FeedState | undefined;
}

/** What relief needs of the scheduler. */
export interface Relieved<F extends ScheduledFeed> {
  readonly clock: Clock;
  readonly agenda: Agenda<F>;
  readonly outage: OutageWatch | undefined;
  readonly states: Pick<StateStore, 'writeState'>;
  /** Other processes poll these feeds too. */
  readonly isShared: boolean;
  readStates(feedIds: readonly string[]): Promise<ReadonlyMap<string, FeedState>>;
  /** Takes over what is stored of a feed now. */
  takeState(feed: F, state: FeedState): void;
}

interface Owed extends Forgiven {
  /** Epoch ms at which it was forgiven. What it was answered later is its own. */
  readonly at: number;
}

export class OutageRelief<F extends ScheduledFeed> {
  readonly #of: Relieved<F>;
  /** Lanes that run and were refused a turn, with the site that they wanted to ask. */
  readonly #refused = new Map<string, string>();
  #owed: Owed[] = [];
  #wasOn = false;

  constructor(of: Relieved<F>) {
    this.#of = of;
  }

  forgive(feeds: readonly Forgiven[]): void {
    const at = this.#of.clock.now();
    // Not push(...): what a call can take ends at about 100,000.
    this.#owed = this.#owed.concat(feeds.map((feed) => ({ ...feed, at })));
  }

  /** Whether the source must wait for another turn. */
  holdsBack({ site, lane }: Source<F>): boolean {
    const { outage } = this.#of;
    const isRefused = outage?.isOn === true && !outage.mayAsk(site);
    if (isRefused) this.#refused.set(lane.id, site);
    return isRefused;
  }

  /** How long a lane that has run rests; 0 for one that was refused nothing. */
  restMs(laneId: string): number {
    const site = this.#refused.get(laneId);
    this.#refused.delete(laneId);
    return site === undefined ? 0 : (this.#of.outage?.restMs(laneId, site) ?? 0);
  }

  /** After each poll. True when feeds are due at other times now than their lanes know. */
  async relieve(spreadMs: number): Promise<boolean> {
    const owed = this.#owed.splice(0);
    let hasChanged = false;
    for (const [place, each] of owed.entries()) {
      try {
        hasChanged = (await this.#restore(each)) || hasChanged;
      } catch (error) {
        this.#owed = owed.slice(place).concat(this.#owed);
        throw error;
      }
    }
    const isOn = this.#of.outage?.isOn ?? false;
    const isOver = this.#wasOn && !isOn;
    this.#wasOn = isOn;
    if (isOver) this.#spreadOverdue(spreadMs);
    return isOver || hasChanged;
  }

  /** The network is back: what could not be polled is not polled all at once. */
  #spreadOverdue(spreadMs: number): void {
    const { agenda, clock } = this.#of;
    const now = clock.now();
    for (const source of agenda.sources()) {
      if (agenda.due(source) > now) continue;
      for (const { id } of agenda.feedsAt(source, now)) agenda.setDue(id, spreadStart(id, now, spreadMs));
    }
  }

  async #restore(owed: Owed): Promise<boolean> {
    const { agenda, isShared, readStates, states, takeState } = this.#of;
    const source = agenda.sourceOf(owed.feedId);
    const feed = agenda.feed(owed.feedId);
    if (!source || !feed) return false;
    // It is its turn when its poll has ended.
    if (!agenda.take(source)) {
      this.#owed.push(owed);
      return false;
    }
    try {
      const blamed = (await readStates([feed.id])).get(feed.id);
      // A poll that ran when it was forgiven brought an answer: that one is no outage's, and what it asks for holds.
      if (!blamed || (blamed.terms?.endedAt ?? 0) > owed.at) return false;
      // Nor is it the blamed state any more when another process has asked since, or asks now.
      if (isShared && ((blamed.requestedAt ?? 0) > owed.at || wasCutOff(blamed))) return false;
      const state = unblamed(blamed, owed.before);
      await states.writeState(state);
      takeState(feed, state);
      return true;
    } finally {
      agenda.release(source);
    }
  }
}

/** That a request was tried, what it counts for, and what receivers were told of it, stays. */
function unblamed(blamed: FeedState, before: FeedState | undefined): FeedState {
  const { feedId, requestedAt = 0, totals, score, failingSince, errorSteps, isReportedGone } = blamed;
  const nothingYet = { feedId, failures: 0, totals, nextPoll: { at: requestedAt, reason: 'start' as const } };
  return {
    ...(before ?? nothingYet),
    requestedAt,
    ...(score && { score }),
    ...(isTold(blamed) && {
      ...(failingSince !== undefined && { failingSince }),
      ...(errorSteps !== undefined && { errorSteps }),
      ...(isReportedGone !== undefined && { isReportedGone }),
    }),
  };
}
