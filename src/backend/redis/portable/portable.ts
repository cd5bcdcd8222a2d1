// The Portable port: the keys of this store as records of no store, and back, some at a time. Every index that follows from a
// delivery is made by the scripts of the deliveries. Nobody works on the store meanwhile, so what is read by rank stays.

import type { PortableKind, PortableRecord, RecordOf, StoreMark } from '../../../model/portable.ts';
import type { Portable } from '../../../ports.ts';
import { foldedState } from '../../folded-state.ts';
import { emptyOutboxPrefix, writeMemoryRecord } from '../../memory-record.ts';
import { writeStateRecord } from '../../state-record.ts';
import { addEvents, readEvents } from '../feeds/events.ts';
import { stateWithNote } from '../feeds/request-notes.ts';
import { damagedRecord } from '../server/fault.ts';
import type { RedisLink } from '../server/link.ts';
import { addDeliveries, countDeliveries, deliveryRecords } from './portable-deliveries.ts';
import { addHolds, holdRecords } from './portable-holds.ts';
import { endpointFields, hashOf, toEndpointHash, toEndpointRecord } from './portable-records.ts';
import { keysOf } from './scan.ts';
import { untilSynced } from './synced.ts';

/** Read or written in one call; of memories, which may be long, fewer. */
const together = 200;
const memoriesTogether = 20;

/** What `clear` leaves: the generation and the mark are there, and who works here must be seen. */
const kept = ['meta', 'workers'] as const;

export class RedisPortable implements Portable {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  get name(): string {
    return `${this.#link.name} (prefix ${this.#link.config.prefix})`;
  }

  async generation(): Promise<string> {
    return (await this.#link.ask((client) => client.hget(this.#link.key('meta'), 'generation'))) ?? '';
  }

  async mark(): Promise<StoreMark | undefined> {
    const text = await this.#link.ask((client) => client.hget(this.#link.key('meta'), 'mark'));
    return text === null ? undefined : JSON.parse(text);
  }

  async setMark(mark: StoreMark | undefined): Promise<void> {
    const key = this.#link.key('meta');
    await this.#link.ask((client) =>
      mark ? client.hset(key, 'mark', JSON.stringify(mark)) : client.hdel(key, 'mark'),
    );
  }

  async count(kind: PortableKind): Promise<number> {
    switch (kind) {
      case 'event':
        return await this.#link.ask((client) => client.zcard(this.#link.key('events')));
      case 'endpoint':
        return await this.#link.ask((client) => client.zcard(this.#link.key('endpoints')));
      case 'delivery':
        return await countDeliveries(this.#link);
      case 'memory':
        return await this.#countKeys('memory');
      case 'state':
        return await this.#countKeys('feed');
      case 'hold':
        return 0;
    }
  }

  records(kind: PortableKind, now: number): AsyncGenerator<readonly PortableRecord[]> {
    switch (kind) {
      case 'event':
        return this.#events();
      case 'endpoint':
        return this.#endpoints();
      case 'delivery':
        return deliveryRecords(this.#link);
      case 'memory':
        return this.#memories();
      case 'state':
        return this.#states();
      case 'hold':
        return holdRecords(this.#link, now);
    }
  }

  async add(records: readonly PortableRecord[]): Promise<void> {
    const of = <K extends PortableKind>(kind: K) =>
      records.filter((record): record is RecordOf<K> => record.kind === kind);
    await addEvents(this.#link, of('event'));
    await this.#addEndpoints(of('endpoint'));
    await addDeliveries(this.#link, of('delivery'));
    await this.#addMemories(of('memory'));
    await this.#addStates(of('state'));
    await addHolds(this.#link, of('hold'));
  }

  async clear(): Promise<void> {
    const stays = kept.map((name) => this.#link.key(name));
    for await (const keys of keysOf(this.#link, this.#link.key(''))) {
      const gone = keys.filter((key) => !stays.some((name) => key === name || key.startsWith(`${name}:`)));
      if (gone.length > 0) await this.#link.ask((client) => client.unlink(...gone));
    }
  }

  async settle(): Promise<void> {
    await untilSynced(this.#link);
  }

  async *#events(): AsyncGenerator<readonly PortableRecord[]> {
    for (let from = 0; ; from += together) {
      const ids = await this.#link.ask((client) =>
        client.zrange(this.#link.key('events'), String(from), String(from + together - 1)),
      );
      if (ids.length === 0) return;
      yield (await readEvents(this.#link, ids)).map((event) => ({ kind: 'event', ...event }));
    }
  }

  async *#endpoints(): AsyncGenerator<readonly PortableRecord[]> {
    const ids = await this.#link.ask((client) => client.zrange(this.#link.key('endpoints'), '0', '-1'));
    const rows = await this.#link.ask((client) =>
      Promise.all(ids.map((id) => client.hmget(this.#link.key('ep', id), ...endpointFields))),
    );
    yield rows.map((row, place) => toEndpointRecord(ids[place] ?? '', hashOf(endpointFields, row)));
  }

  async *#memories(): AsyncGenerator<readonly PortableRecord[]> {
    for await (const feedIds of this.#feedsOf('memory', memoriesTogether)) {
      const texts = await this.#storedTexts('memory', feedIds);
      yield feedIds.map((feedId, place) => ({ kind: 'memory', feedId, text: texts[place] ?? '' }));
    }
    yield* this.#silentMemories();
  }

  /** Of feeds that were known before the store was emptied, and have not been polled since. */
  async *#silentMemories(): AsyncGenerator<readonly PortableRecord[]> {
    const feedIds = await this.#link.ask((client) => client.smembers(this.#link.key('silent')));
    for (let from = 0; from < feedIds.length; from += together) {
      const some = feedIds.slice(from, from + together);
      const texts = await this.#texts('memory', some);
      yield some
        .filter((_, place) => typeof texts[place] !== 'string')
        .map((feedId) => ({ kind: 'memory', feedId, text: silentRecord(feedId) }));
    }
  }

  async *#states(): AsyncGenerator<readonly PortableRecord[]> {
    for await (const feedIds of this.#feedsOf('feed', together)) {
      const texts = await this.#storedTexts('feed', feedIds);
      const notes = await this.#link.ask((client) => client.hmget(this.#link.key('requests'), ...feedIds));
      yield feedIds.map((feedId, place) => {
        return { kind: 'state', feedId, text: withNote(feedId, texts[place] ?? '', notes[place]) };
      });
    }
  }

  /** Of keys that are there. Left out, a feed would begin anew in the other store. */
  async #storedTexts(part: 'memory' | 'feed', feedIds: readonly string[]): Promise<string[]> {
    const texts = await this.#texts(part, feedIds);
    return texts.map((text, place) => {
      if (text !== null) return text;
      const key = this.#link.key(part, feedIds[place] ?? '');
      const what = `${key} holds no text: another hand wrote it; delete that key, or put a backup in its place`;
      throw damagedRecord(this.#link.name, what, feedIds[place]);
    });
  }

  #texts(part: 'memory' | 'feed', feedIds: readonly string[]): Promise<(string | null)[]> {
    return this.#link.ask((client) => client.mget(...feedIds.map((feedId) => this.#link.key(part, feedId))));
  }

  async *#feedsOf(part: 'memory' | 'feed', size: number): AsyncGenerator<readonly string[]> {
    const prefix = this.#link.key(part, '');
    for await (const keys of keysOf(this.#link, prefix)) {
      const feedIds = keys.map((key) => key.slice(prefix.length));
      for (let from = 0; from < feedIds.length; from += size) yield feedIds.slice(from, from + size);
    }
  }

  async #countKeys(part: 'memory' | 'feed'): Promise<number> {
    let count = 0;
    for await (const keys of keysOf(this.#link, this.#link.key(part, ''))) count += keys.length;
    return count;
  }

  async #addEndpoints(records: readonly RecordOf<'endpoint'>[]): Promise<void> {
    await this.#each(records, together, (client, record) => [
      client.zadd(this.#link.key('endpoints'), 0, record.id),
      client.hset(this.#link.key('ep', record.id), toEndpointHash(record)),
    ]);
  }

  async #addMemories(records: readonly RecordOf<'memory'>[]): Promise<void> {
    await this.#each(records, memoriesTogether, (client, { feedId, text }) => [
      ...(text.startsWith(emptyOutboxPrefix) ? [] : [client.sadd(this.#link.key('outboxes'), feedId)]),
      client.set(this.#link.key('memory', feedId), text),
    ]);
  }

  async #addStates(records: readonly RecordOf<'state'>[]): Promise<void> {
    await this.#each(records, together, (client, { feedId, text }) => [
      client.set(this.#link.key('feed', feedId), text),
    ]);
  }

  async #each<T>(
    records: readonly T[],
    size: number,
    write: (client: RedisLink['client'], record: T) => readonly Promise<unknown>[],
  ): Promise<void> {
    for (let from = 0; from < records.length; from += size) {
      const some = records.slice(from, from + size);
      await this.#link.ask((client) => Promise.all(some.flatMap((record) => write(client, record))));
    }
  }
}

function silentRecord(feedId: string): string {
  return writeMemoryRecord({
    feedId,
    hints: {},
    entries: new Map(),
    sequence: 0,
    outbox: [],
    beginsSilently: true,
  });
}

/** What cannot be read is carried as it is. */
function withNote(feedId: string, text: string, note: string | null | undefined): string {
  if (note == null) return text;
  const folded = foldedState(feedId, `${text}\n${note}`);
  if (folded === text) return text;
  return writeStateRecord(stateWithNote(feedId, text, note));
}
