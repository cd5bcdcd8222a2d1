// Reads the records of deliveries, many in one round trip. One that cannot be understood is a fault of its own, told to the log
// where others were asked for with it; one that is gone was pruned since its name was read.

import { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { type Delivery, deliveryStates, type LanePlace } from '../../../model/delivery.ts';
import { redisFault } from '../server/fault.ts';
import type { RedisLink } from '../server/link.ts';
import { deliveryFields, toDelivery } from './delivery-record.ts';

/** Records read in one round trip. */
const readTogether = 500;

export interface Place {
  readonly eventId: string;
  readonly endpointId: string;
}

export interface Found {
  /** The order of adding. */
  readonly number: number;
  readonly delivery: Delivery;
}

export class DeliveryReader {
  readonly #link: RedisLink;
  readonly #log: Log;

  constructor(link: RedisLink, log: Log) {
    this.#link = link;
    this.#log = log;
  }

  /** Those that there are and that can be read, in the order asked. */
  async read(places: readonly Place[]): Promise<Found[]> {
    const found: Found[] = [];
    for (let from = 0; from < places.length; from += readTogether) {
      for (const one of await this.#readSome(places.slice(from, from + readTogether))) {
        if (one instanceof StoreError) this.#tell(one);
        else if (one) found.push(one);
      }
    }
    return found;
  }

  /** Throws where it is damaged. */
  async readOne(place: Place): Promise<Found | undefined> {
    const [one] = await this.#readSome([place]);
    if (one instanceof StoreError) throw one;
    return one;
  }

  damaged(place: Place, what: string, cause?: unknown): StoreError {
    const message = `store ${this.#link.name}: delivery ${idOf(place)} is damaged (${what}): it waits until its record is mended`;
    return new StoreError('store-corrupt', message, { cause });
  }

  /** Others are asked for with these, and are not kept from going on. */
  tellOf(places: readonly Place[]): void {
    for (const place of places) this.#tell(this.damaged(place, 'it was left as it is'));
  }

  #tell({ code, message }: StoreError): void {
    this.#log.error({ code, reason: message }, 'deliveries-unreadable');
  }

  async #readSome(places: readonly Place[]): Promise<(Found | StoreError | undefined)[]> {
    const answers = await this.#link.ask((client) => {
      const pipeline = client.pipeline();
      for (const { endpointId, eventId } of places) {
        pipeline.hmget(this.#link.key('d', endpointId, eventId), ...fields);
      }
      return pipeline.exec();
    });
    return places.map((place, at) => {
      const [error, values] = answers?.[at] ?? [];
      if (!error) return this.#found(place, values as (string | null)[]);
      const fault = redisFault(this.#link.name, error);
      if (!(fault instanceof StoreError && fault.code === 'store-corrupt')) throw fault;
      return this.damaged(place, 'its key holds something else', error);
    });
  }

  #found(place: Place, values: readonly (string | null)[]): Found | StoreError | undefined {
    if (values.every((value) => value === null)) return undefined;
    if (!isWhole(values)) return this.damaged(place, 'a field is missing or none');
    const [number, ...rest] = values;
    return { number: Number(number), delivery: toDelivery(place.eventId, place.endpointId, rest) };
  }
}

const idOf = ({ eventId, endpointId }: Place) => `${eventId}.${endpointId}`;

const fields = ['number', ...deliveryFields] as const;
const numbers: ReadonlySet<string> = new Set(['number', 'attempts', 'due', 'added', 'changed', 'sequence']);
const states: ReadonlySet<unknown> = new Set(deliveryStates);
const places: ReadonlySet<unknown> = new Set<LanePlace>(['free', 'head', 'behind', 'aside']);

function isWhole(values: readonly (string | null)[]): boolean {
  return fields.every((field, at) => {
    const value = values[at] ?? null;
    if (numbers.has(field)) return value !== null && value !== '' && Number.isFinite(Number(value));
    if (field === 'state') return states.has(value);
    if (field === 'place') return places.has(value);
    return field !== 'feed' || value !== null;
  });
}
