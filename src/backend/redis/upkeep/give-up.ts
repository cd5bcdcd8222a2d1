// Giving up what waits without end: pending deliveries of endpoints that are down or no longer configured after the
// retention, and the oldest ones of an endpoint that has more than it may keep. They become dead letters, never less.

import type { Clock } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { GivenUp } from '../../../ports.ts';
import { readCondition } from '../../condition-record.ts';
import { isDown } from '../../gate.ts';
import { expireScript, overflowScript } from '../deliveries/change-scripts.ts';
import type { Changed } from '../deliveries/delivery-changes.ts';
import { eachEndpoint } from '../deliveries/each-endpoint.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';

/** Deliveries looked at in one script. */
const lookedAtTogether = 100;

export class GivingUp {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #expireSome: Script;
  readonly #overflowSome: Script;

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#expireSome = script(link, expireScript);
    this.#overflowSome = script(link, overflowScript);
  }

  async giveUp(before: number, mostKept: ReadonlyMap<string, number>): Promise<GivenUp[]> {
    const found: GivenUp[] = [];
    await eachEndpoint(this.#link, async (endpointId) => {
      const most = mostKept.get(endpointId);
      const waits = most === undefined || (await this.#isDown(endpointId));
      const expired = waits ? await this.#expire(endpointId, before) : 0;
      const overflow = most === undefined ? 0 : await this.#overflow(endpointId, most);
      if (expired > 0) found.push({ endpointId, reason: 'expired', count: expired });
      if (overflow > 0) found.push({ endpointId, reason: 'overflow', count: overflow });
    });
    return found;
  }

  /** Of one that cannot be read, nothing expires; the queue says what is wrong with it. */
  async #isDown(endpointId: string): Promise<boolean> {
    try {
      const text = await this.#link.ask((client) =>
        client.hget(this.#link.key('ep', endpointId), 'condition'),
      );
      return isDown(readCondition(endpointId, text ?? ''));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'store-corrupt') return false;
      throw error;
    }
  }

  async #expire(endpointId: string, before: number): Promise<number> {
    let count = 0;
    for (let from = '-inf'; from !== ''; ) {
      const answer = await this.#expireSome(this.#clock.now(), endpointId, from, before, lookedAtTogether);
      const [expired, next] = answer as Changed;
      count += expired;
      from = next;
    }
    return count;
  }

  async #overflow(endpointId: string, most: number): Promise<number> {
    let count = 0;
    for (;;) {
      const answer = await this.#overflowSome(this.#clock.now(), endpointId, most, lookedAtTogether);
      const [dropped] = answer as Changed;
      if (dropped === 0) return count;
      count += dropped;
    }
  }
}
