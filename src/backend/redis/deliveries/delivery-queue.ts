// The DeliveryQueue port. What is to be delivered, when and to whom is in records of ours that only scripts change
// (scripts/); who may make an attempt is said by BullMQ, which gives the slots of each endpoint to the processes
// (endpoint-jobs.ts, endpoint-worker.ts). So every limit of an endpoint holds over all processes, and a delivery that was on its
// way in a process that died is sent again by the next that gets the slot.

import { type Clock, type Timer, wait } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { NewDelivery } from '../../../model/delivery.ts';
import type { EndpointCondition } from '../../../model/endpoint.ts';
import type { Attempting, DeliveryQueue, EndpointPlan } from '../../../ports.ts';
import { dueTimes } from '../../plan-rules.ts';
import type { RedisLink } from '../server/link.ts';
import { type Script, script } from '../server/script.ts';
import { DeliveryDesk } from './delivery-desk.ts';
import { DeliveryWorkers } from './delivery-workers.ts';
import { EndpointConditions } from './endpoint-conditions.ts';
import { EndpointJobs, mostSlots } from './endpoint-jobs.ts';
import { addScript } from './scripts/add.ts';
import { forgetScript, rouseScript } from './scripts/configure.ts';
import { turnScript } from './scripts/turn.ts';

/** Deliveries added, endpoints woken, in one step of Redis. */
const addedTogether = 500;
const wokenTogether = 500;
/** Endpoints configured at a time. */
const configuredTogether = 50;
/** Slots of which the jobs were lost are made anew. */
const mendEveryMs = 60_000;

export class RedisDeliveryQueue implements DeliveryQueue {
  readonly #clock: Clock;
  readonly #conditions: EndpointConditions;
  readonly #jobs: EndpointJobs;
  readonly #workers: DeliveryWorkers;
  readonly #add: Script;
  readonly #rouse: Script;
  readonly #forget: Script;
  readonly #turn: Script;
  readonly #log: Log;
  readonly #desks = new Map<string, DeliveryDesk>();
  #plans: ReadonlyMap<string, EndpointPlan> = new Map();
  #mending: Timer | undefined;

  constructor(link: RedisLink, clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#conditions = new EndpointConditions(link, clock);
    this.#jobs = new EndpointJobs(link);
    this.#add = script(link, addScript);
    this.#rouse = script(link, rouseScript);
    this.#forget = script(link, forgetScript);
    this.#turn = script(link, turnScript);
    this.#workers = new DeliveryWorkers({
      link,
      clock,
      log,
      jobs: this.#jobs,
      deskOf: (endpointId) => this.#deskOf(endpointId),
      slotsOf: (endpointId) => this.#plans.get(endpointId)?.concurrency ?? 0,
    });
  }

  async add(deliveries: readonly NewDelivery[]): Promise<void> {
    for (let from = 0; from < deliveries.length; from += addedTogether) {
      const now = this.#clock.now();
      const words = deliveries.slice(from, from + addedTogether).flatMap((each) => this.#wordsOf(each, now));
      this.#wakeSlots((await this.#add(now, ...words)) as string[]);
    }
  }

  #wordsOf({ eventId, endpointId, feedId, isWithheld, follows, skipped }: NewDelivery, now: number) {
    const dueAt = dueTimes(this.#plans.get(endpointId))(now);
    const state = skipped ? 'skipped' : isWithheld ? 'withheld' : 'pending';
    return [eventId, endpointId, feedId, dueAt, state, skipped ?? '', follows ?? ''];
  }

  async configure(endpoints: readonly EndpointPlan[]): Promise<void> {
    for (let from = 0; from < endpoints.length; from += configuredTogether) {
      const some = endpoints.slice(from, from + configuredTogether);
      await Promise.all(some.map((plan) => this.#configureOne(plan)));
    }
    const before = this.#plans;
    this.#plans = new Map(endpoints.map((plan) => [plan.id, plan]));
    this.#workers.configure([...this.#plans.values()].filter(({ concurrency }) => concurrency > 0));
    for (const id of before.keys()) if (!this.#plans.has(id)) await this.#fitSlots(id, 0);
    // All of them: who put them to rest may be gone, and with it the timer that is better than BullMQ's.
    await this.#rouseAll(
      endpoints.map(({ id }) => id),
      mostSlots,
    );
  }

  async #configureOne(plan: EndpointPlan): Promise<void> {
    await this.#conditions.configure(plan);
    await this.#fitSlots(plan.id, plan.concurrency);
  }

  async #fitSlots(endpointId: string, slots: number): Promise<void> {
    await this.#jobs.ensure(endpointId, slots);
    const removed = await this.#jobs.removeSurplus(endpointId, slots);
    if (removed.length > 0) await this.#forget(endpointId, ...removed);
  }

  start(attempt: Attempting): void {
    this.#workers.start(attempt);
    this.#planMending();
  }

  async stop(graceMs: number): Promise<void> {
    this.#mending?.cancel();
    this.#mending = undefined;
    await this.#workers.stop(graceMs);
  }

  async changeCondition(
    endpointId: string,
    change: (before: EndpointCondition) => EndpointCondition,
  ): Promise<EndpointCondition | undefined> {
    const before = await this.#conditions.change(endpointId, change);
    if (before) await this.wake([endpointId]);
    return before;
  }

  /** Lets a slot of each look, since somebody has changed what is due; it wakes the others that are needed. */
  async wake(endpointIds: Iterable<string>): Promise<void> {
    await this.#rouseAll([...new Set(endpointIds)], 1);
  }

  async #rouseAll(ids: readonly string[], slots: number): Promise<void> {
    for (let from = 0; from < ids.length; from += wokenTogether) {
      const wakes = (await this.#rouse(slots, ...ids.slice(from, from + wokenTogether))) as string[];
      await Promise.all(pairs(wakes).map(([endpointId, slot]) => this.#jobs.promote(endpointId, slot)));
    }
  }

  async close(): Promise<void> {
    await this.stop(0);
    this.#workers.close();
    await this.#jobs.close();
  }

  #deskOf(endpointId: string): DeliveryDesk {
    const known = this.#desks.get(endpointId);
    if (known) return known;
    const desk = new DeliveryDesk(
      {
        turn: this.#turn,
        clock: this.#clock,
        log: this.#log,
        planOf: (id) => this.#plans.get(id),
        wake: (wakes) => this.#wakeSlots(wakes),
        giveUp: () => this.#workers.giveUp,
      },
      endpointId,
    );
    this.#desks.set(endpointId, desk);
    return desk;
  }

  #wakeSlots(wakes: readonly string[]): void {
    for (const [endpointId, slot] of pairs(wakes)) void this.#jobs.promote(endpointId, slot);
  }

  #planMending(): void {
    this.#mending?.cancel();
    this.#mending = this.#clock.startTimer(mendEveryMs, () => void this.#mend());
  }

  async #mend(): Promise<void> {
    try {
      for (const { id, concurrency } of this.#plans.values()) {
        if (!this.#mending) return;
        await this.#jobs.mend(id, concurrency);
        await wait(this.#clock, 1);
      }
    } catch (error) {
      // The next minute will do.
      if (!(error instanceof StoreError)) throw error;
    }
    if (this.#mending) this.#planMending();
  }
}

function pairs(words: readonly string[]): [string, string][] {
  return Array.from({ length: words.length / 2 }, (_, place) => [
    words[2 * place] ?? '',
    words[2 * place + 1] ?? '',
  ]);
}
