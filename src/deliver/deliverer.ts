// The loop that brings events to endpoints: takes due deliveries from the queue, makes one attempt, and tells the queue what to
// do next. The stage of a fault decides who pays for it: before the request it is ours, soon again and not counted; once
// something was sent it is an attempt, counted and waited for by the endpoint's schedule.
// Keeps no list of its own: what is due, how many at a time and how fast for an endpoint, only the queue knows.

import type { Writable } from 'node:stream';
import type { EndpointConfig } from '../config/load.ts';
import { DeliveryError, FeedhookError, FetchError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AttemptResult, Delivery, Verdict } from '../model/delivery.ts';
import type { EndpointCondition } from '../model/endpoint.ts';
import type { StoredEvent } from '../model/event.ts';
import type { AttemptContext, DeliveryQueue, EventStore, GivenUp } from '../ports.ts';
import { type Alerting, alertingTo } from './alert.ts';
import { type Judged, judgeAttempt } from './answer.ts';
import { alertsOfDead, type LessonLearnt, lessonOf, type Tried } from './lesson.ts';
import { readAnswer } from './reading.ts';
import { type AttemptEnd, reportAttempt, reportChange, reportGivenUp } from './report.ts';
import { type Prepared, stdoutTarget, type Target, type WebhookTools, webhookTarget } from './target.ts';

export type { AttemptEnd } from './report.ts';

export interface DelivererTools extends WebhookTools {
  readonly queue: DeliveryQueue;
  readonly store: Pick<EventStore, 'readEvents' | 'addEvents'>;
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
  /** Tells of deliveries that the queue has given up. */
  alertGivenUp(givenUp: readonly GivenUp[]): Promise<void>;
}

export function createDeliverer(tools: DelivererTools): Deliverer {
  return new DeliveryLoop(tools);
}

type Several = readonly [Delivery, ...Delivery[]];

/** How a turn ended, and what it teaches. */
interface Turn {
  readonly end: AttemptEnd;
  readonly learn?: NonNullable<AttemptResult['learn']>;
}

class DeliveryLoop implements Deliverer {
  readonly #tools: DelivererTools;
  #targets = new Map<string, Target>();
  #alerting: Alerting = alertingTo([]);
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
    this.#targets = new Map(targets.map((target) => [target.plan.id, target]));
    this.#alerting = alertingTo(endpoints);
    try {
      await this.#tools.queue.configure(targets.map((target) => target.plan));
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
    this.#tools.queue.start((deliveries, context) => this.#attempt(deliveries, context));
  }

  async stop(graceMs: number): Promise<void> {
    await this.#tools.queue.stop(graceMs);
    const closing = [...this.#targets.values()].map((target) => target.close());
    await Promise.all([...this.#closing, ...closing]);
  }

  async alertGivenUp(givenUp: readonly GivenUp[]): Promise<void> {
    const { clock, log, store, queue } = this.#tools;
    const since = clock.now();
    for (const each of givenUp) reportGivenUp(log, each);
    const alerts = givenUp.flatMap(({ endpointId, reason, count }) =>
      this.#alerting({ type: 'endpoint.warning', endpointId, reason, since, givenUp: count }, since),
    );
    if (alerts.length === 0) return;
    await store.addEvents(alerts.map(({ event }) => event));
    const owed = alerts.flatMap(({ event, endpointIds }) =>
      endpointIds.map((endpointId) => ({ eventId: event.id, endpointId, feedId: event.feedId })),
    );
    await queue.add(owed);
  }

  async #attempt(deliveries: Several, context: AttemptContext): Promise<AttemptResult> {
    const { end, learn } = await this.#turn(deliveries, context);
    const { verdict, attempt } = end;
    if (!attempt) this.#report(end);
    // Others on their way may teach something meanwhile, which changes what is recorded of this one.
    const recorded: AttemptResult['recorded'] = (as) =>
      this.#report({ ...end, verdict: as.verdict, ...(as.attempt && { attempt: as.attempt }) });
    return { verdict, ...(attempt && { attempt, recorded }), ...(learn && { learn }) };
  }

  #report(end: AttemptEnd): void {
    reportAttempt(this.#tools.log, end);
    this.#tools.observe?.(end);
  }

  async #turn(deliveries: Several, context: AttemptContext): Promise<Turn> {
    let events: readonly StoredEvent[] = [];
    try {
      const read = context.event ? ([context.event] as const) : await this.#read(deliveries);
      events = read;
      // From here to the request nothing is awaited, so a new configuration cannot close the target in between.
      return await this.#send(this.#prepare(read, deliveries, context), read, deliveries, context);
    } catch (fault) {
      if (!(fault instanceof FeedhookError)) throw fault;
      return this.#faulted(fault, deliveries, events);
    }
  }

  async #read(deliveries: Several): Promise<readonly [StoredEvent, ...StoredEvent[]]> {
    const ids = deliveries.map(({ eventId }) => eventId);
    const [first, ...others] = await this.#tools.store.readEvents(ids);
    if (first === undefined || others.length < ids.length - 1) {
      throw new DeliveryError('event-missing', `event ${ids.join(' or ')} is no longer stored`);
    }
    return [first, ...others];
  }

  #prepare(
    events: readonly [StoredEvent, ...StoredEvent[]],
    deliveries: Several,
    { condition }: AttemptContext,
  ): Ready {
    const [{ id, endpointId }] = deliveries;
    const target = this.#targets.get(endpointId);
    if (target === undefined) {
      throw new DeliveryError('endpoint-unknown', `endpoint ${endpointId} is not configured`);
    }
    try {
      const prepared = target.prepare(events, deliveries, condition);
      this.#unprepared.delete(id);
      return { target, prepared };
    } catch (cause) {
      const message = `event ${events[0].id} cannot be rendered or signed for endpoint ${endpointId}`;
      throw new DeliveryError('event-unrenderable', message, { cause });
    }
  }

  async #send(
    { target, prepared }: Ready,
    events: readonly StoredEvent[],
    deliveries: Several,
    { signal, isProbe, condition }: AttemptContext,
  ): Promise<Turn> {
    const { clock } = this.#tools;
    const { plan, retryMs, isChat, host } = target;
    const startedAt = clock.now();
    const sent = await prepared.send(signal);
    const endedAt = clock.now();
    const { bodyBytes } = prepared;
    const end = { endpointId: plan.id, deliveries, bodyBytes, ...(host !== undefined && { host }) };
    if (signal.aborted && sent.kind === 'unanswered') {
      // Cut short by our own stop: the receiver may have the event, but it is not to blame. Same id next time.
      const fault = new FetchError('aborted', 'the daemon stopped before the receiver answered');
      return { end: { ...end, fault, verdict: postponedTo(endedAt) } };
    }
    const reading = readAnswer(target.format === 'stdout' ? 'standard' : target.format, sent, endedAt);
    const { rate } = plan;
    const { movedTo } = condition;
    const judged = judgeAttempt({
      ...{ deliveries, retryMs, isChat, startedAt, endedAt, sent, reading, isProbe },
      ...(rate && { rate }),
      ...(movedTo !== undefined && { movedTo }),
    });
    const tried: Tried = { endpointId: plan.id, events, deliveries, alerting: this.#alerting };
    // As far as it is known before it is recorded.
    const lesson = lessonOf(judged, tried, condition);
    const { verdict, attempt } = lesson;
    return { end: { ...end, attempt, verdict }, learn: this.#learning(judged, tried, { condition, lesson }) };
  }

  /** The queue may ask more than once, until its store takes the answer; people are told once. */
  #learning(judged: Judged, tried: Tried, known: KnownLesson): NonNullable<AttemptResult['learn']> {
    const isQuiet = known.lesson.changes.length === 0 && known.lesson.alerts.length === 0;
    let told = '[]';
    return (before, kept) => {
      // Mostly the condition is still the same, and there is nothing to tell: then it need not be worked out again.
      if (isQuiet && before === known.condition) return known.lesson;
      const { changes, ...lesson } = lessonOf(judged, tried, before, kept);
      const telling = JSON.stringify(changes);
      if (telling !== told) {
        for (const change of changes) reportChange(this.#tools.log, tried.endpointId, change);
      }
      told = telling;
      return lesson;
    };
  }

  #faulted(fault: FeedhookError, deliveries: Several, events: readonly StoredEvent[]): Turn {
    const [{ endpointId, attempts }] = deliveries;
    const verdict = this.#verdictOn(fault, deliveries);
    const end: AttemptEnd = { endpointId, deliveries, fault, verdict };
    if (verdict.kind !== 'dead') return { end };
    const alerts = () => {
      const tried = { endpointId, events, deliveries, alerting: this.#alerting };
      return alertsOfDead(tried, attempts, fault, this.#tools.clock.now());
    };
    return { end, learn: (condition) => ({ condition, alerts: alerts() }) };
  }

  /** Which of several is at fault, is seen when they are tried one by one. */
  #verdictOn({ code }: FeedhookError, [first, ...others]: Several): Verdict {
    const isOfEvent = code === 'event-missing' || code === 'event-unrenderable';
    if (isOfEvent && others.length > 0) return { kind: 'split' };
    if (code === 'event-missing') return { kind: 'dead', reason: 'expired' };
    if (code === 'event-unrenderable' && this.#isPoison(first)) return { kind: 'dead', reason: 'poison' };
    return postponedTo(this.#tools.clock.now() + postponeMs);
  }

  #isPoison(delivery: Delivery): boolean {
    const postponed = this.#unprepared.get(delivery.id) ?? 0;
    if (postponed < maxPostponed) this.#unprepared.set(delivery.id, postponed + 1);
    else this.#unprepared.delete(delivery.id);
    return postponed >= maxPostponed;
  }
}

/** What was learnt from the attempt under the condition at its hand-out. */
interface KnownLesson {
  readonly condition: EndpointCondition;
  readonly lesson: LessonLearnt;
}

interface Ready {
  readonly target: Target;
  readonly prepared: Prepared;
}

function postponedTo(at: number): Verdict {
  return { kind: 'postpone', at };
}
