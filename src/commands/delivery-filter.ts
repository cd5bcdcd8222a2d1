// The options that say which deliveries a command is about: of an event, to an endpoint, of a feed, since when.

import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import type { DeliveryState } from '../model/delivery.ts';
import type { DeliveryFilter } from '../ports.ts';
import { configOption } from './config-option.ts';

export interface FilterOptions {
  readonly config: string;
  readonly event?: string;
  readonly endpoint?: string;
  readonly feed?: string;
  readonly state?: DeliveryState;
  readonly since?: number;
}

export const deliveryStates: readonly DeliveryState[] = ['pending', 'withheld', 'done', 'dead'];

export function withFilter(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--event <id>', 'only of this event')
    .option('--endpoint <id>', 'only to this endpoint')
    .option('--feed <id>', 'only of this feed')
    .option('--since <time>', 'only added at this time (RFC 3339) or within this span (90m, 2d)', sinceTime);
}

export function filterOf({ event, endpoint, feed, state, since }: FilterOptions): DeliveryFilter {
  return {
    ...(event !== undefined && { eventId: event }),
    ...(endpoint !== undefined && { endpointId: endpoint }),
    ...(feed !== undefined && { feedId: feed }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { since }),
  };
}

const spanUnits: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceTime(text: string): number {
  const span = /^(\d{1,6})([smhd])$/.exec(text);
  const at = span ? systemClock.now() - Number(span[1]) * (spanUnits[span[2] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('a time such as 2026-11-20T09:00:00Z or a span such as 2h');
  return at;
}
