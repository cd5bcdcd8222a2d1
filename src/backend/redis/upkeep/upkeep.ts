// The Upkeep port: forgetting is prune.ts, giving up is give-up.ts. Works in small scripts, so that polls and deliveries of all
// processes go on meanwhile; stopped in the middle, the rest waits for the next time.

import type { Clock } from '../../../clock.ts';
import type { GivenUp, Upkeep } from '../../../ports.ts';
import type { RedisDeliveryQueue } from '../deliveries/delivery-queue.ts';
import type { RedisLink } from '../server/link.ts';
import type { Marker } from '../server/marker.ts';
import { GivingUp } from './give-up.ts';
import { Pruning } from './prune.ts';

export class RedisUpkeep implements Upkeep {
  readonly #queue: Pick<RedisDeliveryQueue, 'wake'>;
  readonly #marker: Marker;
  readonly #pruning: Pruning;
  readonly #givingUp: GivingUp;

  constructor(link: RedisLink, clock: Clock, queue: Pick<RedisDeliveryQueue, 'wake'>, marker: Marker) {
    this.#queue = queue;
    this.#marker = marker;
    this.#pruning = new Pruning(link);
    this.#givingUp = new GivingUp(link, clock);
  }

  prune(before: number): Promise<{ events: number; deliveries: number }> {
    return this.#pruning.prune(before);
  }

  async giveUp(before: number, mostKept: ReadonlyMap<string, number>): Promise<GivenUp[]> {
    const givenUp = await this.#givingUp.giveUp(before, mostKept);
    if (givenUp.length > 0) await this.#queue.wake(givenUp.map(({ endpointId }) => endpointId));
    return givenUp;
  }

  /**
   * That Redis answers, and is the store that was opened. When what was written reaches the disk is its own business: the
   * append-only file does that at each write or within the second, and is rewritten by Redis when it has grown.
   * https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
   */
  checkpoint(): Promise<void> {
    return this.#marker.check();
  }
}
