// What the suites of the delivery queue share: a fresh store for each test, and receivers that note what they were sent.

import { afterEach, beforeEach, expect } from '@jest/globals';
import type { AttemptResult, Delivery, Verdict } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import type { AttemptContext, Attempting, Backend } from '../../src/ports.ts';
import { until } from '../support/fake-clock.ts';
import { attemptOf, planOf } from './records.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

export const app = planOf('app');

export const delivered: AttemptResult = {
  attempt: attemptOf(1, { outcome: 'delivered', status: 204 }),
  verdict: { kind: 'done' },
};

/** A failed attempt that leaves the endpoint in this condition, and the delivery due at once when that allows it. */
export function leaving(condition: EndpointCondition, at = 0): AttemptResult {
  return { attempt: attemptOf(1), verdict: { kind: 'postpone', at }, learn: () => ({ condition }) };
}

export interface Held {
  readonly attempt: Attempting;
  /** Ends the attempt of the delivery with this id, or of those that share its request. */
  end(id: string, result?: AttemptResult): void;
  readonly contexts: Map<string, AttemptContext>;
}

export class QueueRig {
  /** Ids of deliveries in the order sent; those of one request joined by `+`. */
  sent: string[] = [];
  /** When each of them was, in epoch ms. */
  sentAt: number[] = [];
  #open: OpenStore;
  #store: StoreUnderTest | undefined;

  constructor(open: OpenStore) {
    this.#open = open;
  }

  get store(): StoreUnderTest {
    if (!this.#store) throw new Error('no store is open');
    return this.#store;
  }

  get queue(): Backend['deliveries'] {
    return this.store.backend.deliveries;
  }

  at(ms: number): number {
    return this.store.now() + ms;
  }

  /** Exactly these are sent, perhaps a little later where time is real. */
  async sends(ids: readonly string[]): Promise<void> {
    await this.sendsSoMany(ids.length);
    expect(this.sent).toEqual(ids);
  }

  async sendsSoMany(count: number): Promise<void> {
    await until(() => this.sent.length >= count, `${count} are sent`);
    expect(this.sent).toHaveLength(count);
  }

  /** Lets so much time pass that whatever somebody changed is noticed, and whatever may go out has gone out. */
  settle(): Promise<void> {
    return this.store.pass(this.store.noticeMs ?? 1_500);
  }

  async byId(id: string): Promise<Delivery | undefined> {
    return (await this.queue.list({ id }, 1))[0];
  }

  async health(endpointId: string) {
    return (await this.queue.endpoints()).find((each) => each.endpointId === endpointId);
  }

  async allDone(count: number): Promise<void> {
    await until(
      async () => (await this.queue.count({ state: 'done' })) === count,
      `${count} are done`,
      18_000,
    );
  }

  /** Sends, notes what was sent, and answers with the verdicts in turn, then `done`. */
  answer(...verdicts: Verdict[]): Attempting {
    const left = [...verdicts];
    return async (deliveries) => {
      this.#note(deliveries);
      const verdict = left.shift() ?? { kind: 'done' };
      return { attempt: attemptOf(deliveries[0].attempts + 1), verdict };
    };
  }

  /** The same with whole results. */
  answerWith(...results: AttemptResult[]): Attempting {
    const left = [...results];
    return async (deliveries) => {
      this.#note(deliveries);
      return left.shift() ?? delivered;
    };
  }

  /** Sends that run until the test ends each of them. */
  held(): Held {
    const ends = new Map<string, (result: AttemptResult) => void>();
    const contexts = new Map<string, AttemptContext>();
    return {
      contexts,
      attempt: (deliveries, context) => {
        const id = this.#note(deliveries);
        contexts.set(id, context);
        return new Promise((resolve) => {
          ends.set(id, resolve);
          // The end of a test need not end each of them.
          context.signal.addEventListener('abort', () => resolve({ verdict: { kind: 'postpone', at: 0 } }));
        });
      },
      end: (id, result = delivered) => ends.get(id)?.(result),
    };
  }

  #note(deliveries: readonly Delivery[]): string {
    const id = deliveries.map((each) => each.id).join('+');
    this.sent.push(id);
    this.sentAt.push(this.store.now());
    return id;
  }

  async renew(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
    this.#store = await this.#open();
    this.sent = [];
    this.sentAt = [];
  }

  async dispose(): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
    this.#store = undefined;
  }
}

/** A rig with a fresh store before each test of the group. */
export function useRig(open: OpenStore): QueueRig {
  const rig = new QueueRig(open);
  beforeEach(() => rig.renew());
  afterEach(() => rig.dispose());
  return rig;
}
