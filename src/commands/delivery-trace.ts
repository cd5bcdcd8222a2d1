// Finds what there is of a delivery beside itself: its last attempt, and what it waits behind.

import type { Attempt, Delivery } from '../model/delivery.ts';
import type { DeliveryLog } from '../ports.ts';
import type { PlacedDelivery } from './delivery-stage.ts';

export type DeliveryTrace = Omit<PlacedDelivery, 'type'>;

type Head = PlacedDelivery['head'];
type Log = Pick<DeliveryLog, 'list' | 'attempts'>;

/** For one command: what a delivery lane waits for is looked up once. */
export class DeliveryTracer {
  readonly #log: Log;
  /** Of each delivery lane. */
  readonly #heads = new Map<string, Promise<Head>>();

  constructor(log: Log) {
    this.#log = log;
  }

  async trace(delivery: Delivery): Promise<DeliveryTrace> {
    return await this.traceWith(delivery, await this.#log.attempts(delivery.id));
  }

  /** The same, with the attempts already at hand. */
  async traceWith(delivery: Delivery, attempts: readonly Attempt[]): Promise<DeliveryTrace> {
    const lastAttempt = attempts.at(-1);
    const isBehind = delivery.state === 'pending' && delivery.place === 'behind';
    const head = isBehind ? await this.#headOf(delivery) : undefined;
    return { delivery, ...(lastAttempt && { lastAttempt }), ...(head && { head }) };
  }

  #headOf({ endpointId, feedId }: Delivery): Promise<Head> {
    const lane = JSON.stringify([endpointId, feedId]);
    const head = this.#heads.get(lane) ?? this.#findHead(endpointId, feedId);
    this.#heads.set(lane, head);
    return head;
  }

  /** A delivery lane is that of a feed or, where batches may mix feeds, one for the whole endpoint. */
  async #findHead(endpointId: string, feedId: string): Promise<Head> {
    const heads = { endpointId, isHead: true } as const;
    for (const lane of [{ ...heads, feedId }, heads]) {
      const [head] = await this.#log.list(lane, 1);
      if (head) return { delivery: head, ...ends(await this.#log.attempts(head.id), head) };
    }
    return undefined;
  }
}

/** A replay starts the count again: what was tried before it holds nothing up. */
function ends(attempts: readonly Attempt[], { attempts: counted }: Delivery): Partial<Head> {
  const own = counted === 0 ? [] : attempts.slice(attempts.findLastIndex(({ number }) => number === 1));
  const [firstAttempt] = own;
  const lastAttempt = attempts.at(-1);
  return { ...(firstAttempt && { firstAttempt }), ...(lastAttempt && { lastAttempt }) };
}
