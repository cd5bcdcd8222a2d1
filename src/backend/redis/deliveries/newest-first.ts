// Walks the deliveries of many endpoints together, newest first. Of each endpoint a few names are in memory, more of them the
// longer it takes; what is yielded is older than what was, and newer than all that is still to come.

import type { DeliveryState } from '../../../model/delivery.ts';
import type { DeliveryFilter } from '../../../ports.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';
import type { Place } from './delivery-reader.ts';
import { pageScript } from './search-scripts.ts';

/** Deliveries of one endpoint that are looked at in one script. */
const most = 500;
const least = 10;
/** Scripts that are asked for at a time. */
const askedTogether = 200;

interface Named extends Place {
  readonly number: number;
}

interface Cursor {
  readonly endpointId: string;
  /** The number down to which it has been looked at, as the script said it; '' at the beginning. */
  below: string;
  isEnd: boolean;
  count: number;
  names: Named[];
}

export interface Walk {
  readonly endpointIds: readonly string[];
  readonly states: readonly DeliveryState[];
  readonly filter: Pick<DeliveryFilter, 'feedId' | 'since' | 'until'>;
  /** How many are likely to be wanted. */
  readonly wanted: number;
}

export class NewestFirst {
  readonly #page: Script;
  readonly #walk: Walk;
  readonly #cursors: readonly Cursor[];

  constructor(link: RedisLink, walk: Walk) {
    this.#page = script(link, pageScript);
    this.#walk = walk;
    const { endpointIds, wanted, filter } = walk;
    // Where a record decides, most of those looked at are not meant.
    const isSearch = filter.feedId !== undefined || filter.since !== undefined;
    const share = Math.ceil((2 * wanted) / endpointIds.length);
    const count = isSearch ? most : Math.min(most, Math.max(least, share));
    this.#cursors = endpointIds.map((endpointId) => ({
      endpointId,
      below: '',
      isEnd: false,
      count,
      names: [],
    }));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Place[]> {
    for (;;) {
      const empty = this.#cursors.filter(({ isEnd, names }) => !isEnd && names.length === 0);
      for (let from = 0; from < empty.length; from += askedTogether) {
        await Promise.all(empty.slice(from, from + askedTogether).map((cursor) => this.#fill(cursor)));
      }
      const some = this.#takeSure();
      if (some.length > 0) yield some;
      if (this.#cursors.every(({ isEnd, names }) => isEnd && names.length === 0)) return;
    }
  }

  async #fill(cursor: Cursor): Promise<void> {
    const { filter, states } = this.#walk;
    const { feedId = '', since = '', until = '' } = filter;
    const { endpointId, count, below } = cursor;
    const page = await this.#page(endpointId, count, below, feedId, since, until, ...states);
    const [isEnd, last, ...names] = page as [number, string, ...string[]];
    cursor.isEnd = isEnd === 1;
    cursor.below = last;
    cursor.count = Math.min(most, 2 * count);
    for (let at = 0; at < names.length; at += 2) {
      cursor.names.push({ endpointId, eventId: names[at] ?? '', number: Number(names[at + 1]) });
    }
  }

  /** Those than which no cursor can still bring a newer one. */
  #takeSure(): Named[] {
    const ahead = Math.max(
      -1,
      ...this.#cursors.filter(({ isEnd }) => !isEnd).map(({ below }) => Number(below)),
    );
    const sure: Named[] = [];
    for (const cursor of this.#cursors) {
      const at = cursor.names.findIndex(({ number }) => number < ahead);
      sure.push(...cursor.names.splice(0, at === -1 ? cursor.names.length : at));
    }
    return sure.sort((a, b) => b.number - a.number);
  }
}
