// What a crash left in outboxes, handed over to the delivery queue without waiting for the next polls of those feeds.
//
// Who has the store to himself does it all at the start. On a shared store another process may be polling such a feed, and
// would find its newer memory overwritten by the older one that was read here: safe (the feed is read again, and what comes
// twice has the same ids), but a request too many. So it is done by whoever is given the feed's lane, before it polls: a lane
// that a dead process had in hand is given to another one anyway, and at a start the lanes of all leftovers are woken.

import type { Clock } from '../clock.ts';
import { StoreError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type PollTools, relayOf } from '../poll.ts';
import type { MemoryStore } from '../ports.ts';

/** How old the list may be when a lane comes. A lane of the dead comes later than that. */
const listMs = 5_000;

export interface LeftoverTools {
  readonly store: MemoryStore;
  /** Those of the configuration of now. */
  readonly poll: () => Pick<PollTools, 'store' | 'queue' | 'fanOut'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class Leftovers {
  readonly #tools: LeftoverTools;
  #listedAt = Number.NEGATIVE_INFINITY;
  #list: Promise<Set<string>> = Promise.resolve(new Set());

  constructor(tools: LeftoverTools) {
    this.#tools = tools;
  }

  async relayAll(): Promise<void> {
    for (const feedId of await this.feedIds()) await this.#relay(feedId);
  }

  feedIds(): Promise<string[]> {
    return this.#tools.store.feedsWithOutbox();
  }

  /** Those of these feeds, whose lane is ours. */
  async relay(feeds: readonly { readonly id: string }[]): Promise<void> {
    const left = await this.#listed();
    if (left.size === 0) return;
    for (const { id } of feeds) if (left.delete(id)) await this.#relay(id);
  }

  /** Nearly always empty, and the same for all lanes that come together. */
  #listed(): Promise<Set<string>> {
    const now = this.#tools.clock.now();
    if (now < this.#listedAt + listMs) return this.#list;
    this.#listedAt = now;
    this.#list = this.feedIds().then((ids) => new Set(ids));
    // The next one to ask asks the store again.
    this.#list.catch(() => {
      this.#listedAt = Number.NEGATIVE_INFINITY;
    });
    return this.#list;
  }

  async #relay(feedId: string): Promise<void> {
    const { store, log, poll } = this.#tools;
    try {
      const memory = await store.readMemory(feedId);
      if (memory) await relayOf({ id: feedId }, memory, poll());
    } catch (error) {
      // One damaged record must not keep the others from starting; its feed fails its polls and says why.
      if (!(error instanceof StoreError)) throw error;
      log.error({ feed: feedId, code: error.code, reason: error.message }, 'relay-failed');
    }
  }
}
