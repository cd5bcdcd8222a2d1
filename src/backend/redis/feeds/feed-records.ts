// Texts by feed through Keyv. What is wrong with the record of one feed is that feed's fault alone: a key of another type under
// its name is never "nothing known" and is never written over.

import type { Keyv } from 'keyv';
import { StoreError } from '../../../errors.ts';
import { damagedRecord } from '../server/fault.ts';
import type { RedisLink } from '../server/link.ts';

export class FeedRecords {
  readonly #link: RedisLink;
  readonly #part: string;
  readonly #keyv: Keyv<string>;

  constructor(link: RedisLink, part: string) {
    this.#link = link;
    this.#part = part;
    this.#keyv = link.keyv(part);
  }

  key(feedId: string): string {
    return this.#link.key(this.#part, feedId);
  }

  read(feedId: string): Promise<string | undefined> {
    return this.#ofFeed(feedId, () => this.#keyv.get(feedId));
  }

  /** In the order asked. */
  async readAll(feedIds: readonly string[]): Promise<(string | undefined)[]> {
    const records = await this.#link.inTime(() => this.#keyv.getMany([...feedIds]));
    const absent = feedIds.filter((_, place) => records[place] === undefined);
    // MGET answers a key of another type with "nothing". https://redis.io/docs/latest/commands/mget/
    if (absent.length > 0) await this.#requireAbsent(absent);
    return records;
  }

  async write(feedId: string, record: string): Promise<void> {
    const isStored = await this.#link.inTime(() => this.#keyv.set(feedId, record));
    if (!isStored) throw new StoreError('store-failed', `the store did not take the record of ${feedId}`);
  }

  async #requireAbsent(feedIds: readonly string[]): Promise<void> {
    const keys = feedIds.map((feedId) => this.key(feedId));
    const count = await this.#link.ask((client) => client.exists(...keys));
    if (count === 0) return;
    const types = await this.#link.ask((client) => Promise.all(keys.map((key) => client.type(key))));
    const place = types.findIndex((type) => type !== 'none' && type !== 'string');
    if (place !== -1) throw this.#strange(feedIds[place] ?? '');
  }

  async #ofFeed<T>(feedId: string, call: () => Promise<T>): Promise<T> {
    try {
      return await this.#link.inTime(call);
    } catch (error) {
      throw error instanceof StoreError && error.code === 'store-corrupt' ? this.#strange(feedId) : error;
    }
  }

  #strange(feedId: string): StoreError {
    const what = `${this.key(feedId)} holds no text: another hand wrote it; delete that key, or put a backup in its place`;
    return damagedRecord(this.#link.name, what, feedId);
  }
}
