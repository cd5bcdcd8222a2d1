// Which feeds can be read. One damaged record must not keep the others from being polled: its feed is set aside for a
// while, and nothing of it is taken for new. What any other fault of the store means is the caller's to judge.

import type { Clock } from '../clock.ts';
import { type Code, type FeedFault, isFeedFault } from '../errors.ts';
import type { Log } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { StateStore } from '../ports.ts';
import type { Agenda, ScheduledFeed } from './agenda.ts';
import type { Source } from './source.ts';

/** How long a feed with a damaged record is left alone. */
const feedFaultMs = 3_600_000;

export interface ReadingTools {
  readonly states: Pick<StateStore, 'readStates'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onStoreFault?: (code: Code) => void;
}

export class ReadableFeeds<F extends ScheduledFeed> {
  readonly #agenda: Agenda<F>;
  readonly #tools: ReadingTools;

  constructor(agenda: Agenda<F>, tools: ReadingTools) {
    this.#agenda = agenda;
    this.#tools = tools;
  }

  /** The states of those that have one and can be read. */
  async states(ids: readonly string[]): Promise<Map<string, FeedState>> {
    try {
      return await this.#tools.states.readStates(ids);
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      this.setAside(error);
      return await this.states(ids.filter((id) => id !== error.feedId));
    }
  }

  /** The source without the feeds that are set aside. */
  partOf(source: Source<F>): Source<F> {
    const feeds = this.#agenda.feedsAt(source, this.#tools.clock.now());
    return feeds === source.feeds ? source : { ...source, feeds };
  }

  /** A feed whose record cannot be read is left alone for a while. */
  setAside({ feedId, code, message }: FeedFault): void {
    const { clock, log, onStoreFault } = this.#tools;
    log.error({ feed: feedId, code, reason: message, retryMs: feedFaultMs }, 'feed-unreadable');
    onStoreFault?.(code);
    this.#agenda.setAside(feedId, clock.now() + feedFaultMs);
  }

  /** The result, or nothing where the record of a single feed is at fault. */
  async orSetAside<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isFeedFault(error)) throw error;
      this.setAside(error);
      return undefined;
    }
  }
}
