// Which feeds have events to hand over, and which begin silently. A feed is noted before a memory with an outbox is written and
// forgotten after one without was, so that the set may name too many and never too few; whoever reads it looks at the memory.

import { emptyOutboxPrefix } from '../../memory-record.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';
import { scriptText } from '../server/script-text.ts';

// Looks at the memory that is there: another process may have written one since.
const settle = scriptText(`
local feed, memory, outboxes, silent, empty = unpack(ARGV, 1, 5)
local missing = 0
for at = 7, #ARGV do
  if redis.call('EXISTS', ARGV[6] .. ARGV[at]) == 0 then missing = missing + 1 end
end
if redis.call('GETRANGE', memory, 0, #empty - 1) == empty then redis.call('SREM', outboxes, feed) end
if missing == 0 then redis.call('SREM', silent, feed) end
return missing
`);

/** Memories looked at together. */
const feedsTogether = 1_000;

export class Outboxes {
  readonly #link: RedisLink;
  readonly #key: string;
  readonly #silent: string;
  readonly #settle: Script;

  constructor(link: RedisLink) {
    this.#link = link;
    this.#key = link.key('outboxes');
    this.#silent = link.key('silent');
    this.#settle = script(link, settle);
  }

  /** Before a memory with an outbox is written. */
  async add(feedId: string): Promise<void> {
    await this.#link.ask((client) => client.sadd(this.#key, feedId));
  }

  /** After a memory with this outbox was written. Returns how many of its events are not in the store. */
  async settle(feedId: string, outbox: readonly string[]): Promise<number> {
    const keys = [this.#link.key('memory', feedId), this.#key, this.#silent] as const;
    return Number(
      await this.#settle(feedId, ...keys, emptyOutboxPrefix, this.#link.key('event', ''), ...outbox),
    );
  }

  /** Takes back a memory with an outbox: its feed begins silently. */
  async takeBack(feedId: string): Promise<void> {
    await this.#link.ask((client) => client.sadd(this.#silent, feedId));
    await this.#link.ask((client) => client.del(this.#link.key('memory', feedId)));
    await this.#link.ask((client) => client.srem(this.#key, feedId));
  }

  async list(): Promise<string[]> {
    const noted = (await this.#link.ask((client) => client.smembers(this.#key))).sort();
    const feedIds: string[] = [];
    for (let from = 0; from < noted.length; from += feedsTogether) {
      const some = noted.slice(from, from + feedsTogether);
      const begins = await this.#beginnings(some);
      feedIds.push(...some.filter((_, place) => begins[place] !== emptyOutboxPrefix && begins[place] !== ''));
    }
    return feedIds;
  }

  /** A record that cannot be read counts as one with an outbox: its feed is looked at, and found damaged. */
  #beginnings(feedIds: readonly string[]): Promise<string[]> {
    const last = emptyOutboxPrefix.length - 1;
    return this.#link.ask((client) =>
      Promise.all(
        feedIds.map((feedId) => client.getrange(this.#link.key('memory', feedId), 0, last).catch(strange)),
      ),
    );
  }
}

function strange(error: Error): string {
  if (error.message.startsWith('WRONGTYPE')) return 'another type';
  throw error;
}
