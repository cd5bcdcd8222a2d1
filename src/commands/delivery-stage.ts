// Where one delivery is or ended: a stage, the reason in a sentence, and what a person can do. Pure. The stage of one that
// waits is that of whatever holds it up first: its endpoint, the delivery before it, its own schedule, the time of day.

import type { Attempt, Delivery } from '../model/delivery.ts';
import type { EventType } from '../model/event.ts';
import type { EndpointView } from './endpoint-views.ts';

/** The gravest first: an entry is where its worst delivery is. */
export const deliveryStages = [
  'withheld',
  'dead',
  'disabled',
  'parked',
  'paused',
  'circuit-open',
  'behind',
  'waiting',
  'rate-limited',
  'quiet-hours',
  'batch',
  'delivered',
  'filtered',
] as const;

export type DeliveryStage = (typeof deliveryStages)[number];

/** A delivery and what there is around it. */
export interface PlacedDelivery {
  readonly delivery: Delivery;
  readonly lastAttempt?: Attempt;
  /** What it waits behind, with the first and the last attempt of that. */
  readonly head?: {
    readonly delivery: Delivery;
    readonly firstAttempt?: Attempt;
    readonly lastAttempt?: Attempt;
  };
  /** Of the event that it brings, where that is still stored. */
  readonly type?: EventType;
}

export function stageOf(delivery: Delivery, view: EndpointView | undefined, now: number): DeliveryStage {
  switch (delivery.state) {
    case 'done':
      return 'delivered';
    case 'skipped':
      return 'filtered';
    case 'withheld':
    case 'dead':
      return delivery.state;
    case 'pending':
      return (view && shutStage(view)) ?? (view ? waitingStage(delivery, view, now) : 'parked');
    default:
      return delivery.state satisfies never;
  }
}

/** The endpoint takes nothing at all. */
function shutStage({ state }: EndpointView): DeliveryStage | undefined {
  switch (state) {
    case 'parked':
    case 'disabled':
    case 'paused':
      return state;
    case 'open':
    case 'half-open':
      return 'circuit-open';
    case 'well':
    case 'slowed':
    case 'resting':
      return undefined;
    default:
      return state satisfies never;
  }
}

function waitingStage(delivery: Delivery, { health, plan }: EndpointView, now: number): DeliveryStage {
  const { place, attempts, dueAt, addedAt } = delivery;
  const { restsUntil = 0, pace } = health.condition;
  if (place === 'behind') return 'behind';
  if (attempts > 0 && dueAt > now) return restsUntil > dueAt ? 'rate-limited' : 'waiting';
  if ((plan?.opensAt?.(now) ?? now) > now) return 'quiet-hours';
  if (attempts === 0 && (plan?.dueAt?.(addedAt) ?? now) > now && dueAt > now) return 'batch';
  const isCrowded = plan?.rate !== undefined && health.pending > plan.rate.burst;
  return restsUntil > now || pace !== undefined || isCrowded ? 'rate-limited' : 'waiting';
}
