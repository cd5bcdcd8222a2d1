// The words of the script `turn`: how what slots ask is written as its arguments, and how its answer is read.

import type { Alert, Attempt, AttemptResult, Delivery, Verdict } from '../../../model/delivery.ts';
import type { StoredEvent } from '../../../model/event.ts';
import { type EventValues, toEvent } from '../feeds/events.ts';
import type { ScriptArgument } from '../server/script.ts';
import { type DeliveryValues, toDelivery } from './delivery-record.ts';

/** What a slot asks. */
export interface Ask {
  /** `slot-1` and so on. */
  readonly slot: string;
  /** How often the slot was started when it was taken over; 0: it is being taken over. */
  readonly start: number;
  readonly turn: number;
  /** Whether it wants something to send. */
  readonly wants: boolean;
}

/** How what a slot has sent has ended. */
export interface Ended {
  readonly eventIds: readonly string[];
  readonly attempt?: Attempt;
  readonly verdict: Verdict;
  readonly alerts: readonly DueAlert[];
}

export interface DueAlert extends Pick<Alert, 'event'> {
  readonly told: readonly { readonly endpointId: string; readonly dueAt: number }[];
}

/** What the asking process knows of the endpoint. */
export interface Terms {
  readonly version: number;
  readonly target: string;
  /** As it is from now on; empty: as it is. */
  readonly condition: string;
  /** Epoch ms from gate and quiet hours. */
  readonly opensAt: number;
  readonly isProbe: boolean;
  readonly gapMs: number;
  readonly rate?: { readonly count: number; readonly perMs: number; readonly burst: number };
  readonly concurrency: number;
  readonly batchCount: number;
  readonly maxBlockMs: number;
}

export type Answer =
  | {
      readonly kind: 'work';
      readonly start: number;
      readonly turn: number;
      readonly isProbe: boolean;
      readonly deliveries: readonly [Delivery, ...Delivery[]];
      /** Of a single delivery. */
      readonly event?: StoredEvent;
    }
  | { readonly kind: 'rest'; readonly start: number; readonly turn: number; readonly at: number }
  /** As asked. / There are fewer slots by now. / Another process has it. */
  | { readonly kind: 'end' | 'surplus' | 'lost' };

export type TurnReply =
  | {
      readonly kind: 'stale';
      readonly version: number;
      readonly target: string;
      readonly condition: string;
      readonly pending: number;
      /** Whose result was recorded before, though the answer was lost, or does not count any more. */
      readonly isSettled: readonly boolean[];
    }
  | {
      readonly kind: 'ok';
      readonly version: number;
      readonly pending: number;
      /** endpoint, slot, endpoint, slot … that are to look. */
      readonly wakes: readonly string[];
      readonly answers: readonly Answer[];
    };

/** How long a slot that has nothing to do rests at most: one that looks in time for the next, and the others. */
export interface Rests {
  readonly lookMs: number;
  readonly restMs: number;
}

export function turnArguments(
  endpointId: string,
  now: number,
  terms: Terms,
  rests: Rests,
  asks: readonly (readonly [Ask, Ended | undefined])[],
): ScriptArgument[] {
  const { version, target, condition, opensAt, isProbe, gapMs, rate, concurrency } = terms;
  return [
    endpointId,
    now,
    version,
    target,
    condition,
    numeral(opensAt),
    flag(isProbe),
    gapMs,
    rate?.count ?? 0,
    rate?.perMs ?? 0,
    rate?.burst ?? 0,
    concurrency,
    terms.batchCount,
    numeral(terms.maxBlockMs),
    rests.lookMs,
    rests.restMs,
    asks.length,
    ...asks.flatMap(([ask, ended]) => [ask.slot, ask.start, ask.turn, flag(ask.wants), ...endedWords(ended)]),
  ];
}

function endedWords(ended: Ended | undefined): ScriptArgument[] {
  if (!ended) return [0];
  const { eventIds, attempt, verdict, alerts } = ended;
  return [
    eventIds.length,
    ...eventIds,
    verdict.kind,
    'at' in verdict ? wholeTime(verdict.at) : 0,
    verdict.kind === 'dead' ? verdict.reason : '',
    flag('isAside' in verdict && verdict.isAside === true),
    flag(verdict.kind === 'retry' && verdict.isFallback === true),
    attempt ? JSON.stringify(attempt) : '',
    alerts.length,
    ...alerts.flatMap(({ event, told }) => [
      event.id,
      event.type,
      event.feedId,
      event.detectedAt,
      event.body,
      told.length,
      ...told.flatMap(({ endpointId, dueAt }) => [endpointId, dueAt]),
    ]),
  ];
}

export function readTurn(endpointId: string, reply: unknown): TurnReply {
  const [kind, version, ...rest] = reply as [string, number, ...unknown[]];
  if (kind === 'stale') {
    const [target, condition, pending, settled] = rest as [string, string, number, number[]];
    return { kind, version, target, condition, pending, isSettled: settled.map((each) => each === 1) };
  }
  const [pending, wakes, answers] = rest as [number, string[], unknown[][]];
  return {
    kind: 'ok',
    version,
    pending,
    wakes,
    answers: answers.map((each) => readAnswer(endpointId, each)),
  };
}

function readAnswer(endpointId: string, words: readonly unknown[]): Answer {
  const kind = words[0] as Answer['kind'];
  if (kind !== 'work' && kind !== 'rest') return { kind };
  const [start, turn, at] = words.slice(1) as [number, number, number];
  if (kind === 'rest') return { kind, start, turn, at };
  const rows = words[4] as [string, ...DeliveryValues][];
  const deliveries = rows.map(([eventId, ...values]) => toDelivery(eventId, endpointId, values));
  const event = eventOf(rows[0]?.[0] ?? '', words[5] as EventValues);
  return {
    kind,
    start,
    turn,
    isProbe: at === 1,
    deliveries: deliveries as [Delivery, ...Delivery[]],
    ...(event && { event }),
  };
}

/** Where it is damaged, whoever reads it says so. */
function eventOf(id: string, values: EventValues): StoredEvent | undefined {
  try {
    return values.length > 0 ? toEvent('', id, values) : undefined;
  } catch {
    return undefined;
  }
}

/** What a result says, or what a lesson has made of it. */
export function endedAs(
  eventIds: readonly string[],
  { attempt, verdict }: Pick<AttemptResult, 'attempt' | 'verdict'>,
  alerts: readonly DueAlert[],
): Ended {
  return { eventIds, verdict, alerts, ...(attempt && { attempt }) };
}

const flag = (is: boolean) => (is ? '1' : '0');
const numeral = (value: number) => (value === Number.POSITIVE_INFINITY ? 'inf' : value);
/** A time that is none is one that has come. */
const wholeTime = (at: number) => (Number.isNaN(at) ? 0 : Math.min(Math.ceil(at), Number.MAX_SAFE_INTEGER));
