// The slots of endpoints as BullMQ jobs: one queue an endpoint, `deliver-<id>`, and in it as many jobs as attempts may run at a
// time. A job never ends while its slot exists: it is held by the process that has the slot, or rests until the slot looks again.

import { ErrorCode, Queue } from 'bullmq';
import { StoreError } from '../../../errors.ts';
import type { RedisLink } from '../server/link.ts';

/** BullMQ keeps this many notes of what happened for those who listen. Nobody does. */
const notesKept = 10;
/** A job that has ended makes room for the next of its id; one that has failed is seen by `mend`. */
const slotOptions = { removeOnComplete: true };

/** More than any endpoint has. */
export const mostSlots = 10_000;

export const queueName = (endpointId: string) => `deliver-${endpointId}`;
export const slotName = (place: number) => `slot-${place}`;

export class EndpointJobs {
  readonly #link: RedisLink;
  readonly #queues = new Map<string, Queue>();
  #isClosed = false;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  /** Slots that exist stay as they are. */
  async ensure(endpointId: string, slots: number): Promise<void> {
    if (slots < 1) return;
    const jobs = Array.from({ length: slots }, (_, place) => ({
      name: 'slot',
      data: {},
      opts: { ...slotOptions, jobId: slotName(place + 1) },
    }));
    const queue = this.#open(endpointId);
    await this.#link.inTime(() => queue.addBulk(jobs));
  }

  /** Of those that are beyond `slots`; one that is held ends by itself. Returns which have gone. */
  async removeSurplus(endpointId: string, slots: number): Promise<string[]> {
    const key = `${this.#link.bullPrefix}:${queueName(endpointId)}`;
    const beyond = (slot: string) => Number(slot.split('-')[1]) > slots;
    const ids = await this.#link.ask(async (client) => [
      ...(await client.zrange(`${key}:delayed`, 0, '-1')),
      ...(await client.lrange(`${key}:wait`, 0, -1)),
    ]);
    const surplus = ids.filter(beyond);
    if (surplus.length === 0) return [];
    const queue = this.#open(endpointId);
    const removed = await this.#link.inTime(() => Promise.all(surplus.map((slot) => queue.remove(slot))));
    return surplus.filter((_, place) => removed[place] === 1);
  }

  /** Lets the slot look now. One that is held, or gone, needs no telling. */
  async promote(endpointId: string, slot: string): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#link.inTime(() => this.#open(endpointId).getBackend().promote(slot));
    } catch (error) {
      // What is due is seen when the slot, or another, looks by itself.
      if (!isRefusal(error) && !(error instanceof StoreError)) throw error;
    }
  }

  /** Puts one that this process holds to rest until `at`; false when it does not hold it any more. */
  async rest(endpointId: string, slot: string, token: string, at: number): Promise<boolean> {
    const now = Date.now();
    const backend = this.#open(endpointId).getBackend();
    const resting = { skipAttempt: true };
    try {
      await this.#link.inTime(() => backend.moveToDelayed(slot, now, Math.max(0, at - now), token, resting));
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }

  /** Those that are there but should not be: a slot fails only by a hand in the store, or a fault of ours. */
  async mend(endpointId: string, slots: number): Promise<void> {
    await this.ensure(endpointId, slots);
    const failed = `${this.#link.bullPrefix}:${queueName(endpointId)}:failed`;
    if ((await this.#link.ask((client) => client.zcard(failed))) === 0) return;
    await this.#link.inTime(() => this.#open(endpointId).retryJobs({ state: 'failed' }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const queues = [...this.#queues.values()];
    this.#queues.clear();
    await Promise.all(queues.map((queue) => queue.close().catch(() => {})));
  }

  #open(endpointId: string): Queue {
    const known = this.#queues.get(endpointId);
    if (known) return known;
    const queue = new Queue(queueName(endpointId), {
      connection: this.#link.client,
      prefix: this.#link.bullPrefix,
      skipVersionCheck: true,
      streams: { events: { maxLen: notesKept } },
    });
    // Every call tells of its own fault.
    queue.on('error', () => {});
    this.#queues.set(endpointId, queue);
    return queue;
  }
}

/** BullMQ's answer that a job is not where it was asked for: it is gone, or another holds it. */
export function isRefusal(error: unknown): error is Error & { readonly code: ErrorCode } {
  return (
    error instanceof Error &&
    Object.values(ErrorCode).includes((error as { code?: unknown }).code as ErrorCode)
  );
}
