// The stage of a delivery, and what comes next for it, in the cells of a table. Pure.

import type { Delivery } from '../model/delivery.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { when } from './table.ts';

/** `dead (exhausted)` */
export function stageCell(stage: DeliveryStage, { reason }: Pick<Delivery, 'reason'>): string {
  return reason === undefined || reason === stage ? stage : `${stage} (${reason})`;
}

const untimed: ReadonlySet<DeliveryStage> = new Set([
  'disabled',
  'parked',
  'paused',
  'circuit-open',
  'behind',
]);

/** When it is tried next, where the time is its own; else what it waits for. */
export function nextCell(stage: DeliveryStage, { state, place, dueAt }: Delivery): string {
  if (state !== 'pending') return '-';
  if (untimed.has(stage)) return stage;
  const note = place === 'aside' ? ' (aside)' : stage === 'waiting' ? '' : ` (${stage})`;
  return `${when(dueAt)}${note}`;
}
