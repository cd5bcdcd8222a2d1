// What the stage of a delivery means and what a person can do, in a sentence each. Pure.

import type { Attempt } from '../model/delivery.ts';
import { type DeliveryStage, type PlacedDelivery, stageOf } from './delivery-stage.ts';
import type { EndpointView } from './endpoint-views.ts';
import { circuitAdvice } from './endpoint-words.ts';
import { counted, shortSpan, when } from './table.ts';

export interface StageWords {
  readonly because: string;
  readonly advice: string;
}

export interface JudgedDelivery extends StageWords {
  readonly stage: DeliveryStage;
}

/** `view` is absent of an endpoint that neither feeds.yaml nor the store knows. */
export function judgeDelivery(
  placed: PlacedDelivery,
  view: EndpointView | undefined,
  now: number,
): JudgedDelivery {
  const stage = stageOf(placed.delivery, view, now);
  return { stage, ...wordsOf[stage](placed, view, now) };
}

type Wording = (placed: PlacedDelivery, view: EndpointView | undefined, now: number) => StageWords;

const wordsOf: Readonly<Record<DeliveryStage, Wording>> = {
  withheld: ({ delivery: { id, feedId } }) => ({
    because: 'the ids of the feed changed in mass, and its entry may be an old one that was not recognised',
    advice: `"feedhook deliveries release ${id}" sends it, "feedhook deliveries release --feed ${feedId}" all that wait, "drop" instead gives up`,
  }),
  dead: deadWords,
  disabled: disabledWords,
  parked: ({ delivery: { endpointId } }) => ({
    because: `${endpointId} is not in feeds.yaml`,
    advice: 'put it back, and what it is owed is sent',
  }),
  paused: ({ delivery: { endpointId } }, view) => ({
    because: `somebody has paused ${endpointId}${since(view?.health.condition.paused)}, and what it is owed waits`,
    advice: `"feedhook endpoints resume ${endpointId}" sends it`,
  }),
  'circuit-open': circuitWords,
  behind: behindWords,
  waiting: waitingWords,
  'rate-limited': rateWords,
  'quiet-hours': ({ delivery: { endpointId } }, view, now) => ({
    because: `${endpointId} has quiet hours, which end ${when(view?.plan?.opensAt?.(now))}`,
    advice: 'nothing: it is sent then; "quiet" of the endpoint in feeds.yaml says when they are',
  }),
  batch: batchWords,
  delivered: deliveredWords,
  filtered: ({ delivery: { id, endpointId } }) => ({
    because: `the filter of ${endpointId}, or that of the feed, did not let it through`,
    advice: `"feedhook deliveries replay ${id}" sends it all the same`,
  }),
};

function deadWords(placed: PlacedDelivery): StageWords {
  const { id, endpointId, attempts, reason = 'given up' } = placed.delivery;
  const what = eventOf(placed);
  switch (reason) {
    case 'dropped':
      return {
        because: `${endpointId}: somebody gave ${what} up before it was sent`,
        advice: `"feedhook deliveries replay ${id}" sends it after all`,
      };
    case 'expired':
    case 'overflow':
      return {
        because: `${endpointId}: ${what} waited ${reason === 'expired' ? 'longer than events are kept ("retention")' : 'among more than are kept ("maxKept")'}${answerOf(placed.lastAttempt)}`,
        advice: `"feedhook endpoints list" shows how it is; when it is well: "feedhook deliveries replay ${id}", while the event is stored`,
      };
    default:
      return {
        because: `${endpointId}: ${what} is ${reason} after ${counted(attempts, 'attempt')}${answerOf(placed.lastAttempt)}`,
        advice: `"feedhook deliveries show ${id}" has each attempt; when the cause is gone: "feedhook deliveries replay ${id}"`,
      };
  }
}

function disabledWords(
  { delivery: { endpointId } }: PlacedDelivery,
  view: EndpointView | undefined,
): StageWords {
  const { disabled } = view?.health.condition ?? {};
  const why = disabled ? ` (${disabled.reason})` : '';
  const probe = disabled?.probeAt === undefined ? '' : `; it is asked again ${when(disabled.probeAt)}`;
  return {
    because: `${endpointId} is disabled${since(disabled)}${why}, and what it is owed waits${probe}`,
    advice: `"feedhook endpoints test ${endpointId}" tells how it is; when it is well again: "feedhook endpoints enable ${endpointId}"`,
  };
}

function circuitWords(
  { delivery: { endpointId } }: PlacedDelivery,
  view: EndpointView | undefined,
): StageWords {
  const { circuit, failing } = view?.health.condition ?? {};
  const row = failing ? ` after ${counted(failing.count, 'failure')} in a row` : '';
  const probe = circuit ? `; it is asked again ${when(circuit.probeAt)}` : '';
  return {
    because: `${endpointId} is left alone${since(circuit)}${row}${circuit ? ` (${circuit.code})` : ''}${probe}`,
    advice: circuitAdvice(endpointId, circuit?.code),
  };
}

function behindWords({ delivery, head }: PlacedDelivery, view: EndpointView | undefined): StageWords {
  const { endpointId } = delivery;
  if (!head) {
    return {
      because: `${endpointId} gets its events in order, and one before it is not done`,
      advice: 'nothing: its turn comes by itself',
    };
  }
  const { id, attempts, dueAt } = head.delivery;
  const failed = head.firstAttempt;
  const maxBlockMs = view?.plan?.maxBlockMs;
  const until =
    failed && maxBlockMs !== undefined
      ? `, at the latest ${when(failed.startedAt + failed.durationMs + maxBlockMs)}`
      : '';
  return {
    because: `${endpointId} gets its events in order, and ${id} is before it: attempt ${attempts + 1} of that is due ${when(dueAt)}${answerOf(head.lastAttempt)}`,
    advice: `nothing: its turn comes by itself${until}; "feedhook deliveries show ${id}" tells what holds it up`,
  };
}

function waitingWords(placed: PlacedDelivery, view: EndpointView | undefined, now: number): StageWords {
  const { id, endpointId, attempts, dueAt } = placed.delivery;
  const attempt = `${endpointId}: attempt ${attempts + 1} of ${eventOf(placed)}`;
  const answer = answerOf(placed.lastAttempt);
  if (dueAt < now) {
    const slots = counted(view?.plan?.concurrency ?? 1, 'request');
    return {
      because: `${attempt} has been due since ${when(dueAt)}${answer}, and ${endpointId} gets ${slots} at a time`,
      advice:
        'nothing, if the daemon runs: its turn comes; "concurrency" of the endpoint in feeds.yaml says how many there are at a time',
    };
  }
  return {
    because: `${attempt} is due ${when(dueAt)}${answer}`,
    advice: `nothing, while the daemon runs; "feedhook deliveries replay ${id}" brings it forward`,
  };
}

function rateWords(
  { delivery: { endpointId } }: PlacedDelivery,
  view: EndpointView | undefined,
  now: number,
): StageWords {
  const { condition, pending = 0 } = view?.health ?? {};
  const { restsUntil = 0, pace } = condition ?? {};
  const wait = `${counted(pending, 'delivery')} ${pending === 1 ? 'waits' : 'wait'} for it`;
  if (restsUntil > now) {
    return {
      because: `${endpointId} asked to be left alone until ${when(restsUntil)}; ${wait}`,
      advice: 'nothing: it goes on then by itself',
    };
  }
  if (pace) {
    return {
      because: `${endpointId} said that it was too much (${when(pace.since)}): it gets one request each ${shortSpan(pace.gapMs)} now; ${wait}`,
      advice:
        'nothing: it gets faster by itself while all goes well; "rate" of the endpoint in feeds.yaml would ask for less from the start',
    };
  }
  const { count = 1, perMs = 0 } = view?.plan?.rate ?? {};
  return {
    because: `${endpointId} gets at most ${counted(count, 'request')} in ${shortSpan(perMs)}; ${wait}`,
    advice:
      'nothing: its turn comes; "rate" of the endpoint in feeds.yaml says how many it gets, and with "batch" several share a request',
  };
}

function batchWords({ delivery }: PlacedDelivery, view: EndpointView | undefined): StageWords {
  const { endpointId, addedAt } = delivery;
  const { plan, config } = view ?? {};
  const at = when(plan?.dueAt?.(addedAt));
  return config?.digest === undefined
    ? {
        because: `${endpointId} gathers several events: they are sent ${at}, or when there are ${plan?.batch?.count ?? 'enough'}`,
        advice: 'nothing: it is sent then; "batch" of the endpoint in feeds.yaml says when',
      }
    : {
        because: `${endpointId} gets a digest, the next one ${at}`,
        advice: 'nothing: it is in that; "digest" of the endpoint in feeds.yaml says when it comes',
      };
}

function deliveredWords(placed: PlacedDelivery): StageWords {
  const { lastAttempt } = placed;
  const { id, endpointId, attempts } = placed.delivery;
  const twice =
    attempts > 1
      ? `, which may have got it at an earlier one of ${attempts} attempts, by the same webhook-id`
      : '';
  const at = lastAttempt ? ` at ${when(lastAttempt.startedAt + lastAttempt.durationMs)}` : '';
  return {
    because: `${endpointId} has taken ${eventOf(placed)}${at}${answerOf(lastAttempt)}`,
    advice: `look at the receiver${twice}; "feedhook deliveries replay ${id}" sends it again under the same id`,
  };
}

const eventOf = ({ type }: PlacedDelivery) => type ?? 'its event';

function since(state: { readonly since: number } | undefined): string {
  return state ? ` since ${when(state.since)}` : '';
}

/** `, last answer 503`, or the code of what came instead. */
function answerOf(lastAttempt: Attempt | undefined): string {
  if (!lastAttempt) return '';
  const { status, code } = lastAttempt;
  return status === undefined ? `, last ${code ?? 'without an answer'}` : `, last answer ${status}`;
}
