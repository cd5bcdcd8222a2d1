// Forgetting what is old and needed by nothing: finished, skipped and withheld deliveries first, then events without any. Goes
// through them oldest first and stops at the first that is young, a few at a time; stopped in the middle, the rest waits for the
// next time.
//
// A process may be between storing events and writing the memory whose outbox names them, while another one prunes. Such an event
// stays: it carries the time of its poll, and so does one that was stored before (as its own time where it has no delivery, as
// `again` where it has, which keeps that delivery too); a call to the store ends within seconds, and nothing is kept for less
// than a minute, so it is not old. From the memory on it is the outbox that keeps both, and the scripts read it in the step in
// which they remove. What a fail-over takes back it takes back of all three, since they share one slot: there is never a
// cleared outbox beside a lost delivery, and nothing to reconcile.

import { type DeliveryState, deliveryStates } from '../../../model/delivery.ts';
import { eachEndpoint } from '../deliveries/each-endpoint.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';
import { pruneDeliveriesScript, pruneEventsScript } from './upkeep-scripts.ts';

/** Deliveries or events looked at in one script. */
const lookedAtTogether = 100;

export class Pruning {
  readonly #link: RedisLink;
  readonly #deliveries: Script;
  readonly #events: Script;

  constructor(link: RedisLink) {
    this.#link = link;
    this.#deliveries = script(link, pruneDeliveriesScript);
    this.#events = script(link, pruneEventsScript);
  }

  async prune(before: number): Promise<{ events: number; deliveries: number }> {
    // Deliveries first: an event stays as long as a delivery of it can be listed and replayed.
    let deliveries = 0;
    await eachEndpoint(this.#link, async (endpointId) => {
      // A withheld one that nobody decided on goes like a dead letter: what waits for a person must not grow for ever.
      for (const state of deliveryStates)
        deliveries += await this.#pruneDeliveries(endpointId, state, before);
    });
    return { events: await this.#pruneEvents(before), deliveries };
  }

  async #pruneDeliveries(endpointId: string, state: DeliveryState, before: number): Promise<number> {
    let count = 0;
    for (let from = '-inf'; from !== ''; ) {
      const answer = await this.#deliveries(endpointId, state, from, before, lookedAtTogether);
      const [removed, next] = answer as [number, string];
      count += removed;
      from = next;
    }
    return count;
  }

  async #pruneEvents(before: number): Promise<number> {
    let count = 0;
    let passed = 0;
    for (let isEnd = false; !isEnd; ) {
      const answer = await this.#events(passed, before, lookedAtTogether);
      const [removed, kept, end] = answer as [number, number, number];
      count += removed;
      passed += kept;
      isEnd = end === 1;
    }
    return count;
  }
}
