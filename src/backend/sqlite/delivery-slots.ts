// What the queue keeps in memory of one endpoint: its plan, its condition as last stored, what is on its way, and how fast
// it may be asked. Decides from when the next request may start, and for which deliveries there is a slot.

import type { EndpointCondition } from '../../model/endpoint.ts';
import type { EndpointPlan, Rate } from '../../ports.ts';
import { type Gate, gateOf } from '../gate.ts';
import { type Bucket, bucketAt, newBucket, nextTokenAt, takeToken } from '../token-bucket.ts';
import type { DeliveryRow } from './delivery-row.ts';

/** A slot that is taken, from the hand-out to the recorded result. */
export interface Hold {
  readonly controller: AbortController;
  readonly plan: EndpointPlan;
  readonly condition: EndpointCondition;
  readonly isProbe: boolean;
  readonly isAgain: boolean;
}

export class EndpointSlots {
  readonly endpointId: string;
  /** Epoch ms at which there may be something to hand out. */
  nextDueAt = Number.POSITIVE_INFINITY;
  readonly holds = new Set<Hold>();
  /** Numbers of the deliveries on their way. */
  readonly running = new Set<number>();
  /** Whose lessons are applied here and not recorded yet: the stored condition is behind by them. */
  readonly #learning = new Set<Hold>();
  #plan: EndpointPlan | undefined;
  /** Absent when it cannot be read: then nothing is sent. */
  #condition: EndpointCondition | undefined;
  #bucket: Bucket | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(endpointId: string) {
    this.endpointId = endpointId;
  }

  get plan(): EndpointPlan | undefined {
    return this.#plan;
  }

  /** Without one, it is no longer configured: its deliveries stay parked. */
  set plan(plan: EndpointPlan | undefined) {
    if (plan && this.#plan && plan.target !== this.#plan.target) this.#learning.clear();
    this.#plan = plan;
  }

  get condition(): EndpointCondition | undefined {
    return this.#condition;
  }

  /** As stored; what is learned and not recorded yet weighs more. */
  stored(condition: EndpointCondition | undefined): void {
    if (this.#learning.size === 0) this.#condition = condition;
  }

  /** Applies a lesson before it is durable, so that nothing is handed out against it meanwhile. */
  learn(
    hold: Hold,
    learn: ((before: EndpointCondition) => { condition: EndpointCondition }) | undefined,
  ): void {
    if (!learn || !this.#condition || this.#plan?.target !== hold.plan.target) return;
    this.#learning.add(hold);
    this.#condition = learn(this.#condition).condition;
  }

  /** The attempt is recorded. */
  learned(hold: Hold, condition: EndpointCondition | undefined): void {
    this.#learning.delete(hold);
    if (condition && this.#plan?.target === hold.plan.target) this.stored(condition);
  }

  get free(): number {
    return (this.#plan?.concurrency ?? 0) - this.holds.size;
  }

  /** One slot is for first attempts, so that an endpoint that hangs on old deliveries still gets new ones. */
  get hasSlotForRetry(): boolean {
    const concurrency = this.#plan?.concurrency ?? 0;
    if (concurrency <= 1) return this.free > 0;
    return this.free > 0 && [...this.holds].filter(({ isAgain }) => isAgain).length < concurrency - 1;
  }

  get isProbing(): boolean {
    return [...this.holds].some(({ isProbe }) => isProbe);
  }

  gate(now: number): Gate {
    return gateOf(this.#condition ?? {}, now);
  }

  /** Epoch ms from which the next request may start: the gate, quiet hours, the pace and the rate. */
  opensAt(now: number): number {
    const { rate, opensAt } = this.#plan ?? {};
    // A clock that was set back must not make the last start one of the future.
    this.#startedAt = Math.min(this.#startedAt, now);
    return Math.max(
      this.gate(now).opensAt,
      opensAt?.(now) ?? now,
      this.#startedAt + (this.#condition?.pace?.gapMs ?? 0),
      rate ? nextTokenAt(this.#bucketOf(rate, now), rate, now) : now,
    );
  }

  take(row: DeliveryRow, isProbe: boolean, now: number): Hold | undefined {
    const plan = this.#plan;
    if (!plan || !this.#condition) return undefined;
    const isAgain = row.attempts > 0;
    const hold = { controller: new AbortController(), plan, condition: this.#condition, isProbe, isAgain };
    this.holds.add(hold);
    this.running.add(row.number);
    this.#startedAt = now;
    if (plan.rate) this.#bucket = takeToken(this.#bucketOf(plan.rate, now), plan.rate, now);
    return hold;
  }

  release(hold: Hold, rows: readonly DeliveryRow[]): void {
    this.holds.delete(hold);
    for (const { number } of rows) this.running.delete(number);
  }

  #bucketOf(rate: Rate, now: number): Bucket {
    this.#bucket = bucketAt(this.#bucket ?? newBucket(rate, now), rate, now);
    return this.#bucket;
  }
}
