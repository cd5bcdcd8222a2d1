// The FeedStore port: state and memory through Keyv, a key each; what goes round them (request notes, outboxes) and events
// by ioredis.

import { StoreError } from '../../../errors.ts';
import type { StoredEvent } from '../../../model/event.ts';
import type { FeedMemory, FeedState } from '../../../model/feed.ts';
import type { RequestNote } from '../../../model/poll.ts';
import type { FeedStore } from '../../../ports.ts';
import { readMemoryRecord, writeMemoryRecord } from '../../memory-record.ts';
import { writeStateRecord } from '../../state-record.ts';
import type { RedisLink } from '../server/link.ts';
import type { Marker } from '../server/marker.ts';
import { addEvents, readEvents } from './events.ts';
import { FeedRecords } from './feed-records.ts';
import { InOrder } from './in-order.ts';
import { Outboxes } from './outboxes.ts';
import { RequestNotes, stateWithNote } from './request-notes.ts';

/** States read in one call. */
const statesTogether = 1_000;

export class RedisFeedStore implements FeedStore {
  readonly #link: RedisLink;
  readonly #marker: Marker;
  readonly #states: FeedRecords;
  readonly #memories: FeedRecords;
  readonly #notes: RequestNotes;
  readonly #outboxes: Outboxes;
  readonly #inOrder = new InOrder();

  private constructor(link: RedisLink, marker: Marker) {
    this.#link = link;
    this.#marker = marker;
    this.#states = new FeedRecords(link, 'feed');
    this.#memories = new FeedRecords(link, 'memory');
    this.#notes = new RequestNotes(link);
    this.#outboxes = new Outboxes(link);
  }

  static async open(link: RedisLink, marker: Marker): Promise<RedisFeedStore> {
    return new RedisFeedStore(link, marker);
  }

  async readStates(feedIds: readonly string[]): Promise<Map<string, FeedState>> {
    const states = new Map<string, FeedState>();
    for (let from = 0; from < feedIds.length; from += statesTogether) {
      const some = feedIds.slice(from, from + statesTogether);
      // The notes first: one that is older than the state it is laid over is seen to be that.
      const notes = await this.#notes.read(some);
      const records = await this.#states.readAll(some);
      for (const [place, feedId] of some.entries()) {
        const record = records[place];
        if (record === undefined) continue;
        states.set(feedId, stateWithNote(feedId, record, notes[place]));
        this.#marker.know(feedId);
      }
    }
    return states;
  }

  writeState(state: FeedState): Promise<void> {
    const { feedId } = state;
    return this.#inOrder.run(feedId, async () => {
      await this.#states.write(feedId, writeStateRecord(state));
      await this.#notes.end(feedId);
      this.#marker.know(feedId);
    });
  }

  noteRequest(feedId: string, note: RequestNote): Promise<void> {
    return this.#inOrder.run(feedId, () => this.#notes.write(feedId, note));
  }

  async readMemory(feedId: string): Promise<FeedMemory | undefined> {
    const record = await this.#memories.read(feedId);
    if (record === undefined) {
      return (await this.#marker.beginsSilently(feedId)) ? silentMemory(feedId) : undefined;
    }
    this.#marker.know(feedId);
    return readMemoryRecord(feedId, record);
  }

  writeMemory(memory: FeedMemory): Promise<void> {
    const { feedId, outbox } = memory;
    return this.#inOrder.run(feedId, async () => {
      if (outbox.length > 0) await this.#outboxes.add(feedId);
      await this.#memories.write(feedId, writeMemoryRecord(memory));
      const missing = await this.#outboxes.settle(feedId, outbox);
      if (missing > 0 && (await this.#marker.wasEmptied())) await this.#takeBack(feedId);
      this.#marker.know(feedId);
    });
  }

  /** Emptied between its events and its memory, the store would keep an outbox that can never be handed over. */
  async #takeBack(feedId: string): Promise<never> {
    await this.#outboxes.takeBack(feedId);
    const what = `it was emptied while feed ${feedId} was polled, which begins anew`;
    throw new StoreError('store-flushed', `store ${this.#link.name}: ${what}`);
  }

  feedsWithOutbox(): Promise<string[]> {
    return this.#outboxes.list();
  }

  addEvents(events: readonly StoredEvent[]): Promise<void> {
    return addEvents(this.#link, events);
  }

  readEvents(ids: readonly string[]): Promise<StoredEvent[]> {
    return readEvents(this.#link, ids);
  }

  /** Resolves when nothing that was asked is on its way any more. */
  close(): Promise<void> {
    return this.#inOrder.idle();
  }
}

function silentMemory(feedId: string): FeedMemory {
  return { feedId, hints: {}, entries: new Map(), sequence: 0, outbox: [], beginsSilently: true };
}
