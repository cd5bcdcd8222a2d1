// What is known of requests that have left, by feed. A note is in force over the stored state unless that state tells of the
// same request or a later one: the two are written one after the other, and a crash may lie between them.

import type { FeedState } from '../../../model/feed.ts';
import type { RequestNote } from '../../../model/poll.ts';
import { readStateRecord, writeRequestNote } from '../../state-record.ts';
import type { RedisLink } from '../server/link.ts';

export class RequestNotes {
  readonly #link: RedisLink;
  readonly #key: string;

  constructor(link: RedisLink) {
    this.#link = link;
    this.#key = link.key('requests');
  }

  async write(feedId: string, note: RequestNote): Promise<void> {
    const text = writeRequestNote(note);
    await this.#link.ask((client) => client.hset(this.#key, feedId, text));
  }

  async end(feedId: string): Promise<void> {
    await this.#link.ask((client) => client.hdel(this.#key, feedId));
  }

  /** The note of each, in the order asked. */
  read(feedIds: readonly string[]): Promise<(string | null)[]> {
    return this.#link.ask((client) => client.hmget(this.#key, ...feedIds));
  }
}

export function stateWithNote(feedId: string, record: string, note: string | null | undefined): FeedState {
  const state = readStateRecord(feedId, record);
  if (note == null) return state;
  const noted = readStateRecord(feedId, `${record}\n${note}`);
  return (noted.requestedAt ?? 0) > (state.requestedAt ?? 0) ? noted : state;
}
