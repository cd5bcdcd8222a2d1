// The stage of a delivery, and what comes next for it, in the cells of a table. Pure.

import type { Delivery } from '../model/delivery.ts';
import { type DeliveryStage, stageOf } from './delivery-stage.ts';
import type { EndpointView } from './endpoint-views.ts';
import { when } from './table.ts';

/** `dead (exhausted)` */
export function stageCell(stage: DeliveryStage, { reason }: Pick<Delivery, 'reason'>): string {
  return reason === undefined || reason === stage ? stage : `${stage} (${reason})`;
}

export interface DeliveryStanding {
  readonly stage: DeliveryStage;
  /** Epoch ms at which it is tried next, where that is known. */
  readonly nextAt?: number;
}

export function standingOf(
  delivery: Delivery,
  view: EndpointView | undefined,
  now: number,
): DeliveryStanding {
  const stage = stageOf(delivery, view, now);
  const nextAt = nextAttemptAt(stage, delivery, view, now);
  return { stage, ...(nextAt !== undefined && { nextAt }) };
}

/** A pace and a rate do not say when it is the turn of this one. */
function nextAttemptAt(
  stage: DeliveryStage,
  { dueAt }: Delivery,
  view: EndpointView | undefined,
  now: number,
): number | undefined {
  switch (stage) {
    case 'waiting':
    case 'batch':
      return dueAt;
    case 'quiet-hours':
      return view?.plan?.opensAt?.(now);
    case 'rate-limited': {
      const { restsUntil = now } = view?.health.condition ?? {};
      return restsUntil > now ? Math.max(restsUntil, dueAt) : undefined;
    }
    default:
      return undefined;
  }
}

/** When it is tried next, and what it waits for until then. */
export function nextCell(
  stage: DeliveryStage,
  { state, place }: Delivery,
  nextAt: number | undefined,
): string {
  if (state !== 'pending') return '-';
  if (nextAt === undefined) return stage;
  const note = place === 'aside' ? ' (aside)' : stage === 'waiting' ? '' : ` (${stage})`;
  return `${when(nextAt)}${note}`;
}
