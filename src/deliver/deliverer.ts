// The loop that brings events to endpoints: takes a due delivery from the queue, makes one attempt, and tells the
// queue what to do next. The stage of a fault decides who pays for it: before the request it is ours, soon again and
// not counted; once something was sent it is an attempt, counted and waited for by the endpoint's schedule.
// Keeps no list of its own: what is due, and how many at a time for an endpoint, only the queue knows.

import type { Writable } from 'node:stream';
import type { EndpointConfig } from '../config/load.ts';
import { DeliveryError, FeedhookError, FetchError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AttemptResult, Delivery, Verdict } from '../model/delivery.ts';
import type { StoredEvent } from '../model/event.ts';
import type { DeliveryQueue, EventStore } from '../ports.ts';
import { judgeAttempt, type Sent } from './answer.ts';
import { type AttemptEnd, reportAttempt } from './report.ts';
import { stdoutTarget, type Target, type WebhookTools, webhookTarget } from './target.ts';

export type { AttemptEnd } from './report.ts';

export interface DelivererTools extends WebhookTools {
  readonly queue: DeliveryQueue;
  readonly store: Pick<EventStore, 'readEvents'>;
  readonly log: Log;
  /** Told of every end, for the metrics. */
  readonly observe?: (end: AttemptEnd) => void;
  /** Where the `stdout` endpoint prints. */
  readonly output?: Writable;
}

/** After a fault of ours. */
const postponeMs = 5_000;
/** An event that cannot be rendered or signed is tried again this often, should a new configuration mend it. */
const maxPostponed = 3;

export interface Deliverer {
  /**
   * The endpoints from now on; attempts that run keep the connections of the earlier ones until they end.
   * Without any endpoint, events go to standard output, unless `stdout` says otherwise.
   */
  configure(endpoints: readonly EndpointConfig[], options?: { readonly stdout: boolean }): Promise<void>;
  start(): void;
  /** Lets running attempts end for up to `graceMs`; those cut short are made again after the next start. */
  stop(graceMs: number): Promise<void>;
}

export function createDeliverer(tools: DelivererTools): Deliverer {
  return new DeliveryLoop(tools);
}

class DeliveryLoop implements Deliverer {
  readonly #tools: DelivererTools;
  #targets = new Map<string, Target>();
  /** Earlier targets whose last attempts may still run. */
  readonly #closing = new Set<Promise<void>>();
  /** Delivery id -> how often its event could not be rendered or signed. */
  readonly #unprepared = new Map<string, number>();

  constructor(tools: DelivererTools) {
    this.#tools = tools;
  }

  async configure(
    endpoints: readonly EndpointConfig[],
    { stdout } = { stdout: endpoints.length === 0 },
  ): Promise<void> {
    const earlier = [...this.#targets.values()];
    const targets = endpoints.map((endpoint) => webhookTarget(endpoint, this.#tools));
    if (stdout) targets.push(stdoutTarget(this.#tools.output ?? process.stdout));
    this.#targets = new Map(targets.map((target) => [target.slots.id, target]));
    try {
      await this.#tools.queue.configure(targets.map((target) => target.slots));
    } finally {
      for (const target of earlier) this.#retire(target);
    }
  }

  // Nobody waits for it but a stop: a receiver that stands still must not hold up a reload, and with it the stop.
  #retire(target: Target): void {
    const closing = target.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  start(): void {
    this.#tools.queue.start((delivery, signal) => this.#attempt(delivery, signal));
  }

  async stop(graceMs: number): Promise<void> {
    await this.#tools.queue.stop(graceMs);
    const closing = [...this.#targets.values()].map((target) => target.close());
    await Promise.all([...this.#closing, ...closing]);
  }

  async #attempt(delivery: Delivery, signal: AbortSignal): Promise<AttemptResult> {
    const end = await this.#run(delivery, signal);
    reportAttempt(this.#tools.log, end);
    this.#tools.observe?.(end);
    return { verdict: end.verdict, ...(end.attempt && { attempt: end.attempt }) };
  }

  async #run(delivery: Delivery, signal: AbortSignal): Promise<AttemptEnd> {
    try {
      const event = await this.#read(delivery);
      // From here to the request nothing is awaited, so a new configuration cannot close the target in between.
      return await this.#send(this.#prepare(event, delivery), delivery, signal);
    } catch (fault) {
      if (!(fault instanceof FeedhookError)) throw fault;
      return { endpointId: delivery.endpointId, delivery, fault, verdict: this.#verdictOn(fault, delivery) };
    }
  }

  async #read(delivery: Delivery): Promise<StoredEvent> {
    const [event] = await this.#tools.store.readEvents([delivery.eventId]);
    if (event === undefined) {
      throw new DeliveryError('event-missing', `event ${delivery.eventId} is no longer stored`);
    }
    return event;
  }

  #prepare(event: StoredEvent, delivery: Delivery): Prepared {
    const target = this.#targets.get(delivery.endpointId);
    if (target === undefined) {
      throw new DeliveryError('endpoint-unknown', `endpoint ${delivery.endpointId} is not configured`);
    }
    try {
      const send = target.prepare(event, delivery);
      this.#unprepared.delete(delivery.id);
      return { target, send };
    } catch (cause) {
      const message = `event ${event.id} cannot be rendered or signed for endpoint ${delivery.endpointId}`;
      throw new DeliveryError('event-unrenderable', message, { cause });
    }
  }

  async #send({ target, send }: Prepared, delivery: Delivery, signal: AbortSignal): Promise<AttemptEnd> {
    const { clock } = this.#tools;
    const startedAt = clock.now();
    const sent = await send(signal);
    const made = { delivery, retryMs: target.retryMs, startedAt, endedAt: clock.now(), sent };
    const host = target.host && { host: target.host };
    const end = { endpointId: delivery.endpointId, delivery, ...host };
    if (!signal.aborted || sent.kind !== 'unanswered') return { ...end, ...judgeAttempt(made) };
    // Cut short by our own stop: the receiver may have the event, but it is not to blame. Same id next time.
    const fault = new FetchError('aborted', 'the daemon stopped before the receiver answered');
    return { ...end, fault, verdict: postponedTo(made.endedAt) };
  }

  #verdictOn(fault: FeedhookError, delivery: Delivery): Verdict {
    if (fault.code === 'event-missing') return { kind: 'dead', reason: 'expired' };
    if (fault.code === 'event-unrenderable' && this.#isPoison(delivery)) {
      return { kind: 'dead', reason: 'poison' };
    }
    return postponedTo(this.#tools.clock.now() + postponeMs);
  }

  #isPoison(delivery: Delivery): boolean {
    const postponed = this.#unprepared.get(delivery.id) ?? 0;
    if (postponed < maxPostponed) this.#unprepared.set(delivery.id, postponed + 1);
    else this.#unprepared.delete(delivery.id);
    return postponed >= maxPostponed;
  }
}

interface Prepared {
  readonly target: Target;
  readonly send: (signal: AbortSignal) => Promise<Sent>;
}

function postponedTo(at: number): Verdict {
  return { kind: 'postpone', at };
}
