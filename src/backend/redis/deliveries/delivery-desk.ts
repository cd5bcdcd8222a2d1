// Where the slots of one endpoint in this process ask for their next turn. What is asked while an answer is on its way goes
// with the next question, all of it together: so however many slots there are, each lesson builds on the one before, and only
// other processes can have changed the condition in between. Then everything is thought over anew, with theirs.
//
// What was sent cannot be undone: its result is told again until Redis takes it, or the queue is stopped for good.

import { type Clock, wait } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { AttemptResult, Lesson } from '../../../model/delivery.ts';
import type { EndpointCondition } from '../../../model/endpoint.ts';
import type { EndpointPlan } from '../../../ports.ts';
import { readCondition, writeCondition } from '../../condition-record.ts';
import { gateOf } from '../../gate.ts';
import { dueTimes } from '../../plan-rules.ts';
import type { Script } from '../server/script.ts';
import {
  type Answer,
  type Ask,
  type DueAlert,
  type Ended,
  endedAs,
  type Rests,
  readTurn,
  type Terms,
  turnArguments,
} from './turn-words.ts';

/** The pause between two tries to tell. */
export const recordPauseMs = 1_000;
/** Asks in one question: enough to share its cost, and few enough that the other slots send meanwhile. */
const askedTogether = 16;
/** As long as one that looks for the next, at most; as long as the others. */
const rests: Rests = { lookMs: 30_000, restMs: 120_000 };

/** What a slot has sent. */
export interface Sent {
  readonly eventIds: readonly string[];
  readonly plan: EndpointPlan;
  readonly result: AttemptResult;
}

/** `condition`, `plan`: by which something was handed out. */
export type Told =
  | Exclude<Answer, { kind: 'work' }>
  | (Extract<Answer, { kind: 'work' }> & {
      readonly condition: EndpointCondition;
      readonly plan: EndpointPlan;
    })
  | { readonly kind: 'untold' };

export interface DeskTools {
  readonly turn: Script;
  readonly clock: Clock;
  readonly log: Log;
  readonly planOf: (endpointId: string) => EndpointPlan | undefined;
  readonly wake: (wakes: readonly string[]) => void;
  /** Aborted, nothing more is told again. */
  readonly giveUp: () => AbortSignal;
}

interface Known {
  readonly version: number;
  readonly target: string;
  readonly text: string;
  readonly condition: EndpointCondition;
  readonly pending: number;
}

interface Waiting {
  readonly ask: Ask;
  sent: Sent | undefined;
  readonly tell: (told: Told) => void;
}

type Learned = Pick<AttemptResult, 'attempt' | 'verdict'> & Pick<Lesson, 'alerts'>;

/** No version that is ever stored. */
const unseen: Known = { version: -1, target: '', text: '', condition: {}, pending: 0 };

export class DeliveryDesk {
  readonly #tools: DeskTools;
  readonly #endpointId: string;
  #waiting: Waiting[] = [];
  #isAsking = false;
  #known = unseen;

  constructor(tools: DeskTools, endpointId: string) {
    this.#tools = tools;
    this.#endpointId = endpointId;
  }

  ask(ask: Ask, sent?: Sent): Promise<Told> {
    return new Promise((tell) => {
      this.#waiting.push({ ask, sent, tell });
      if (this.#isAsking) return;
      this.#isAsking = true;
      // All that end at the same moment go together. A fault that is none of the store's is a bug: it ends the process.
      queueMicrotask(() => void this.#askAll());
    });
  }

  async #askAll(): Promise<void> {
    for (let failures = 0; this.#waiting.length > 0; ) {
      const some = this.#waiting.splice(0, askedTogether);
      try {
        await this.#askSome(some);
        if (failures > 0) this.#tools.log.info({ endpoint: this.#endpointId, tries: failures }, 'recorded');
        failures = 0;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#waiting.unshift(...some);
        if (failures++ === 0) this.#complain(some, error);
        const giveUp = this.#tools.giveUp();
        if (giveUp.aborted) this.#leaveAll();
        await wait(this.#tools.clock, recordPauseMs, giveUp);
      }
    }
    this.#isAsking = false;
  }

  #complain(some: readonly Waiting[], { code, message }: StoreError): void {
    const { log } = this.#tools;
    const first = some.find(({ sent }) => sent);
    const fields = { endpoint: this.#endpointId, code, reason: message };
    if (!first) log.error(fields, 'deliveries-unreadable');
    else log.error({ ...fields, delivery: `${first.sent?.eventIds[0]}.${this.#endpointId}` }, 'not-recorded');
  }

  #leaveAll(): void {
    for (const { sent, tell } of this.#waiting.splice(0)) {
      sent?.result.recorded?.(sent.result);
      tell({ kind: 'untold' });
    }
  }

  async #askSome(some: readonly Waiting[]): Promise<void> {
    for (;;) {
      const { clock, turn } = this.#tools;
      const now = clock.now();
      const known = this.#known;
      const plan = this.#tools.planOf(this.#endpointId);
      const isSeen = known !== unseen;
      const { condition, learned } = this.#learn(isSeen ? some : [], known);
      const text = condition === known.condition ? known.text : writeCondition(condition);
      const terms = termsOf(
        plan,
        some[0]?.sent?.plan,
        { ...known, condition },
        text === known.text ? '' : text,
        now,
      );
      const asks = isSeen
        ? some.map((each) => [each.ask, this.#ended(each, learned.get(each), now)] as const)
        : [];
      const words = turnArguments(this.#endpointId, now, terms, rests, asks);
      const reply = readTurn(this.#endpointId, await turn(...words));
      if (reply.kind === 'stale') {
        const { version, target, pending } = reply;
        const stored = readCondition(this.#endpointId, reply.condition);
        this.#known = { version, target, pending, text: reply.condition, condition: stored };
        for (const [place, isSettled] of reply.isSettled.entries())
          if (isSettled) this.#settle(some[place], learned);
        continue;
      }
      this.#known = { ...known, version: reply.version, pending: reply.pending, condition, text };
      for (const each of some) this.#settle(each, learned);
      this.#tools.wake(reply.wakes);
      for (const [place, answer] of reply.answers.entries())
        some[place]?.tell(this.#told(answer, condition, plan));
      return;
    }
  }

  #learn(some: readonly Waiting[], known: Known) {
    let { condition } = known;
    const learned = new Map<Waiting, Learned>();
    for (const each of some) {
      const { sent } = each;
      if (!sent) continue;
      const { attempt, verdict, learn } = sent.result;
      const result = { verdict, ...(attempt && { attempt }) };
      if (!learn || sent.plan.target !== known.target) {
        learned.set(each, result);
        continue;
      }
      const lesson = learn(condition, () => known.pending);
      condition = lesson.condition;
      learned.set(each, { ...result, ...lesson });
    }
    return { condition, learned };
  }

  #ended({ sent }: Waiting, learned: Learned | undefined, now: number): Ended | undefined {
    if (!sent) return undefined;
    const as: Learned = learned ?? sent.result;
    return endedAs(
      sent.eventIds,
      as,
      (as.alerts ?? []).flatMap((alert) => this.#dueAlert(alert, now)),
    );
  }

  #dueAlert({ event, endpointIds }: NonNullable<Lesson['alerts']>[number], now: number): DueAlert[] {
    const { planOf } = this.#tools;
    const told = endpointIds.flatMap((endpointId) => {
      const plan = planOf(endpointId);
      return plan ? [{ endpointId, dueAt: dueTimes(plan)(now) }] : [];
    });
    return told.length === 0 ? [] : [{ event, told }];
  }

  /** It is recorded, or never will be: said once. */
  #settle(each: Waiting | undefined, learned: ReadonlyMap<Waiting, Learned>): void {
    if (!each?.sent) return;
    const { attempt, verdict } = learned.get(each) ?? each.sent.result;
    each.sent.result.recorded?.({ verdict, ...(attempt && { attempt }) });
    each.sent = undefined;
  }

  #told(answer: Answer, condition: EndpointCondition, plan: EndpointPlan | undefined): Told {
    if (answer.kind !== 'work') return answer;
    if (!plan) throw new Error(`something was handed out for ${this.#endpointId}, which has no plan`);
    return { ...answer, condition, plan };
  }
}

/** Without a plan the endpoint is no longer configured: what has ended is recorded, and nothing handed out. */
function termsOf(
  plan: EndpointPlan | undefined,
  earlier: EndpointPlan | undefined,
  known: Known,
  condition: string,
  now: number,
): Terms {
  const gate = gateOf(known.condition, now);
  const opensAt = plan?.opensAt?.(now) ?? now;
  return {
    version: known.version,
    target: plan?.target ?? '',
    condition,
    opensAt: Math.max(gate.opensAt, Number.isNaN(opensAt) ? now : opensAt),
    isProbe: gate.isProbe,
    gapMs: known.condition.pace?.gapMs ?? 0,
    ...(plan?.rate && { rate: plan.rate }),
    concurrency: plan?.concurrency ?? 0,
    batchCount: plan?.batch?.count ?? 0,
    maxBlockMs: (plan ?? earlier)?.maxBlockMs ?? 0,
  };
}
