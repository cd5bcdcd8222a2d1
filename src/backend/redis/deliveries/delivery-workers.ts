// The workers of this process, one an endpoint that has slots, from a start to a stop. A stop lets what is on its way end within
// the grace time, and gives every slot back.

import type { Clock } from '../../../clock.ts';
import type { Log } from '../../../log.ts';
import type { Attempting, EndpointPlan } from '../../../ports.ts';
import type { RedisClient, RedisLink } from '../server/link.ts';
import type { DeliveryDesk } from './delivery-desk.ts';
import { runSlot, type SlotTools } from './delivery-slot.ts';
import type { EndpointJobs } from './endpoint-jobs.ts';
import { EndpointWorker } from './endpoint-worker.ts';

export interface WorkersTools {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly log: Log;
  readonly jobs: EndpointJobs;
  readonly deskOf: (endpointId: string) => DeliveryDesk;
  readonly slotsOf: (endpointId: string) => number;
}

/** From a start to its stop. */
interface Run {
  readonly slots: SlotTools;
  readonly stopping: AbortController;
  readonly giveUp: AbortController;
}

export class DeliveryWorkers {
  readonly #tools: WorkersTools;
  readonly #workers = new Map<string, EndpointWorker>();
  /** Of endpoints that left the configuration while something was on its way to them. */
  readonly #leaving = new Set<Promise<void>>();
  #plans: readonly EndpointPlan[] = [];
  #client: RedisClient | undefined;
  #run: Run | undefined;

  constructor(tools: WorkersTools) {
    this.#tools = tools;
  }

  /** Aborted when nothing is waited for any more. */
  get giveUp(): AbortSignal {
    return this.#run?.giveUp.signal ?? AbortSignal.abort();
  }

  /** Endpoints with slots. */
  configure(plans: readonly EndpointPlan[]): void {
    this.#plans = plans;
    this.#fit();
  }

  start(attempt: Attempting): void {
    const { clock, log } = this.#tools;
    const stopping = new AbortController();
    const running = new Set<AbortController>();
    const slots: SlotTools = { clock, log, attempt, running, stopping: stopping.signal };
    this.#run = { slots, stopping, giveUp: new AbortController() };
    this.#fit();
  }

  async stop(graceMs: number): Promise<void> {
    const run = this.#run;
    if (!run) return;
    const { slots, stopping, giveUp } = run;
    const grace = this.#tools.clock.startTimer(graceMs, () => {
      giveUp.abort();
      for (const controller of slots.running) controller.abort();
    });
    stopping.abort();
    for (const id of [...this.#workers.keys()]) this.#leave(id);
    await Promise.all(this.#leaving);
    grace.cancel();
    if (this.#run === run) this.#run = undefined;
  }

  close(): void {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  #fit(): void {
    const run = this.#run;
    if (!run || run.stopping.signal.aborted) return;
    const { link, clock, jobs, deskOf, slotsOf } = this.#tools;
    this.#client ??= link.forWorker();
    const ids = new Set(this.#plans.map(({ id }) => id));
    for (const id of [...this.#workers.keys()]) if (!ids.has(id)) this.#leave(id);
    const tools = {
      link,
      client: this.#client,
      clock,
      jobs,
      slotsOf,
      giveUp: run.giveUp.signal,
      run: (endpointId: string, slot: string) => runSlot(slot, deskOf(endpointId), run.slots),
    };
    for (const id of ids) if (!this.#workers.has(id)) this.#workers.set(id, new EndpointWorker(tools, id));
  }

  #leave(endpointId: string): void {
    const worker = this.#workers.get(endpointId);
    this.#workers.delete(endpointId);
    if (!worker) return;
    const leaving = worker.close().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}
