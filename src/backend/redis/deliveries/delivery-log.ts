// The DeliveryLog port: what people see of deliveries and ask of them, from any process. Finding them is delivery-search.ts; what
// is asked happens in scripts of bounded size, so that all processes get their turn in between.

import type { Clock } from '../../../clock.ts';
import { type Log, silentLog } from '../../../log.ts';
import {
  type Attempt,
  type DeliveryState,
  deliveryStates,
  type EndpointHealth,
} from '../../../model/delivery.ts';
import type { DeliveryFilter, DeliveryLog } from '../../../ports.ts';
import { readCondition } from '../../condition-record.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';
import { DeliveryChanges } from './delivery-changes.ts';
import { partsOf } from './delivery-narrow.ts';
import type { RedisDeliveryQueue } from './delivery-queue.ts';
import { DeliveryReader } from './delivery-reader.ts';
import { DeliverySearch } from './delivery-search.ts';
import { healthScript } from './search-scripts.ts';

/** Endpoints that one script tells about. */
const toldTogether = 100;

/** As the script answers: the condition, five counts, and when the oldest was added. */
type HealthRow = readonly [condition: string, ...counts: number[], oldest: string];

export class RedisDeliveryLog implements Omit<DeliveryLog, 'changeCondition'> {
  readonly #link: RedisLink;
  readonly #reader: DeliveryReader;
  readonly #search: DeliverySearch;
  readonly #changes: DeliveryChanges;
  readonly #health: Script;

  constructor(link: RedisLink, clock: Clock, queue: RedisDeliveryQueue, log: Log = silentLog) {
    this.#link = link;
    this.#reader = new DeliveryReader(link, log);
    this.#search = new DeliverySearch(link, this.#reader);
    this.#changes = new DeliveryChanges({ link, clock, queue, search: this.#search, reader: this.#reader });
    this.#health = script(link, healthScript);
  }

  list(filter: DeliveryFilter, limit: number) {
    return this.#search.list(filter, limit);
  }

  count(filter: DeliveryFilter): Promise<number> {
    return this.#search.count(filter);
  }

  async attempts(deliveryId: string): Promise<Attempt[]> {
    const [eventId, endpointId] = partsOf(deliveryId);
    const key = this.#link.key('attempts', endpointId, eventId);
    const records = await this.#link.ask((client) => client.lrange(key, 0, -1));
    return records.map((record) => {
      try {
        return JSON.parse(record);
      } catch (cause) {
        throw this.#reader.damaged({ eventId, endpointId }, 'an attempt is not JSON', cause);
      }
    });
  }

  replay(filter: DeliveryFilter): Promise<number> {
    // What somebody decided not to send goes out only when it is meant.
    const takesSkipped = filter.id !== undefined || filter.state === 'skipped';
    const states: readonly DeliveryState[] = [
      'pending',
      'done',
      'dead',
      ...(takesSkipped ? (['skipped'] as const) : []),
    ];
    return this.#changes.make(filter, { verb: 'replay', takesSkipped, states });
  }

  async release(filter: DeliveryFilter): Promise<number> {
    const { state = 'withheld' } = filter;
    if (state !== 'withheld') return 0;
    return this.#changes.make({ ...filter, state }, { verb: 'release', states: [state] });
  }

  async drop(filter: DeliveryFilter): Promise<number> {
    const { state = 'withheld' } = filter;
    if (state !== 'withheld' && state !== 'pending') return 0;
    return this.#changes.make({ ...filter, state }, { verb: 'drop', states: [state] });
  }

  /** In the order of their ids. */
  async endpoints(): Promise<EndpointHealth[]> {
    const ids = await this.#search.endpointIds({});
    const groups = Array.from({ length: Math.ceil(ids.length / toldTogether) }, (_, at) =>
      ids.slice(at * toldTogether, (at + 1) * toldTogether),
    );
    const rows = await Promise.all(groups.map((group) => this.#health(...group)));
    return (rows as HealthRow[][]).flat().map((row, at) => healthOf(ids[at] ?? '', row));
  }
}

/** Throws `store-corrupt`, naming the endpoint, where its condition cannot be read. */
function healthOf(endpointId: string, [condition = '', ...rest]: HealthRow): EndpointHealth {
  const oldest = rest.at(-1);
  const counts = deliveryStates.map((state, at) => [state, Number(rest[at])] as const);
  return {
    endpointId,
    condition: readCondition(endpointId, condition),
    ...(Object.fromEntries(counts) as Record<DeliveryState, number>),
    ...(oldest !== '' && { oldestPendingAt: Number(oldest) }),
  };
}
