// Finds deliveries by a filter. Reads the narrowest index, a bounded number of names at a time, and the records of those that may
// match; never the names of all keys. What is damaged is told of and left out, unless it was asked for by name.

import type { Delivery } from '../../../model/delivery.ts';
import type { DeliveryFilter } from '../../../ports.ts';
import type { RedisLink } from '../server/link.ts';
import { isIndexed, matches, type Narrowed, narrowed } from './delivery-narrow.ts';
import type { DeliveryReader, Found, Place } from './delivery-reader.ts';
import { NewestFirst } from './newest-first.ts';

/** Fields of a hash that one step of a scan looks at, about. https://redis.io/docs/latest/commands/scan/#the-count-option */
const scannedTogether = 500;
/** Names of which the records are read in one step. */
const readTogether = 500;

export class DeliverySearch {
  readonly #link: RedisLink;
  readonly #reader: DeliveryReader;

  constructor(link: RedisLink, reader: DeliveryReader) {
    this.#link = link;
    this.#reader = reader;
  }

  /** Those of the filter, or all that there are. */
  async endpointIds({ endpointId }: { readonly endpointId?: string }): Promise<readonly string[]> {
    if (endpointId !== undefined) return [endpointId];
    return this.#link.ask((client) => client.zrange(this.#link.key('endpoints'), '0', '-1'));
  }

  /** Newest first. */
  async list(filter: DeliveryFilter, limit: number): Promise<Delivery[]> {
    const narrow = narrowed(filter);
    if (narrow.by === 'nothing') return [];
    const newest =
      narrow.by === 'states' ? this.#newest(filter, narrow, limit) : this.#sorted(filter, narrow, limit);
    return (await newest).map(({ delivery }) => delivery);
  }

  async count(filter: DeliveryFilter): Promise<number> {
    const narrow = narrowed(filter);
    if (narrow.by === 'nothing') return 0;
    if (narrow.by !== 'event' && isIndexed(filter)) return this.#countIndexed(narrow);
    let count = 0;
    if (narrow.by === 'states') {
      for await (const names of await this.#walk(filter, narrow, Number.POSITIVE_INFINITY))
        count += names.length;
    } else {
      for await (const found of this.#matching(filter, narrow)) count += found.length;
    }
    return count;
  }

  /** The events at the head of the delivery lanes of an endpoint, some at a time; now and then one twice. */
  async *heads(endpointId: string): AsyncGenerator<string[]> {
    const key = this.#link.key('heads', endpointId);
    for (let from: string | undefined = '0'; from !== undefined; ) {
      const cursor: string = from;
      const [next, fields] = await this.#link.ask((client) =>
        client.hscan(key, cursor, 'COUNT', scannedTogether),
      );
      yield fields.filter((_, at) => at % 2 === 1);
      from = next === '0' ? undefined : next;
    }
  }

  async #newest(filter: DeliveryFilter, narrow: ByStates, limit: number): Promise<Found[]> {
    const newest: Found[] = [];
    if (limit <= 0) return newest;
    for await (const names of await this.#walk(filter, narrow, limit)) {
      for (let from = 0; from < names.length; ) {
        const some = names.slice(from, from + Math.min(readTogether, limit - newest.length));
        from += some.length;
        // Since its name was read, one may have changed its state.
        newest.push(...(await this.#reader.read(some)).filter(({ delivery }) => matches(filter, delivery)));
        if (newest.length >= limit) return newest;
      }
    }
    return newest;
  }

  async #walk(filter: DeliveryFilter, narrow: ByStates, wanted: number): Promise<NewestFirst> {
    const endpointIds = await this.endpointIds(narrow);
    return new NewestFirst(this.#link, { endpointIds, states: narrow.states, filter, wanted });
  }

  /** From an index that knows no order. */
  async #sorted(filter: DeliveryFilter, narrow: Unordered, limit: number): Promise<Found[]> {
    const newest = new Map<string, Found>();
    for await (const some of this.#matching(filter, narrow)) {
      for (const found of some) newest.set(found.delivery.id, found);
      const surplus = [...newest.values()].sort((a, b) => b.number - a.number).slice(limit);
      for (const { delivery } of surplus) newest.delete(delivery.id);
    }
    return [...newest.values()].sort((a, b) => b.number - a.number);
  }

  async *#matching(filter: DeliveryFilter, narrow: Unordered): AsyncGenerator<Found[]> {
    for await (const some of this.#places(narrow)) {
      const isNamed = narrow.by === 'event' && narrow.endpointId !== undefined;
      const found = isNamed ? await this.#named(some) : await this.#reader.read(some);
      yield found.filter(({ delivery }) => matches(filter, delivery));
    }
  }

  async #named([place]: readonly Place[]): Promise<Found[]> {
    const found = place && (await this.#reader.readOne(place));
    return found ? [found] : [];
  }

  async *#places(narrow: Unordered): AsyncGenerator<readonly Place[]> {
    const endpointIds = await this.endpointIds(narrow);
    if (narrow.by === 'event') {
      const { eventId } = narrow;
      yield endpointIds.map((endpointId) => ({ eventId, endpointId }));
      return;
    }
    for (const endpointId of endpointIds) {
      for await (const eventIds of this.heads(endpointId)) {
        yield eventIds.map((eventId) => ({ eventId, endpointId }));
      }
    }
  }

  async #countIndexed(narrow: ByStates | Extract<Narrowed, { by: 'heads' }>): Promise<number> {
    const endpointIds = await this.endpointIds(narrow);
    const counts = await this.#link.ask((client) =>
      Promise.all(
        endpointIds.flatMap((id) =>
          narrow.by === 'heads'
            ? [client.hlen(this.#link.key('heads', id))]
            : narrow.states.map((state) => client.zcard(this.#link.key('state', id, state))),
        ),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

type ByStates = Extract<Narrowed, { by: 'states' }>;
type Unordered = Extract<Narrowed, { by: 'event' | 'heads' }>;
