// The options that say which deliveries a command is about: of an event, to an endpoint, of a feed, since and until when. A
// name that nothing has is a mistake to report, not a filter that matches nothing.

import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import type { DeliveryState } from '../model/delivery.ts';
import type { DeliveryFilter } from '../ports.ts';
import { configOption } from './config-option.ts';
import { endpointNamed } from './endpoint-name.ts';
import { isNamed, unknownFeed } from './feed-name.ts';
import type { Opened } from './open.ts';

export interface FilterOptions {
  readonly config: string;
  readonly event?: string;
  readonly endpoint?: string;
  readonly feed?: string;
  readonly state?: DeliveryState;
  readonly since?: number;
  readonly until?: number;
}

export function withFilter(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--event <id>', 'only of this event')
    .option('--endpoint <id>', 'only to this endpoint')
    .option('--feed <id>', 'only of this feed')
    .option(
      '--since <time>',
      'only added at this time (RFC 3339) or later, or within this span (90m, 2d)',
      timeOf,
    )
    .option('--until <time>', 'only added before this time (RFC 3339), or longer ago than this span', timeOf);
}

/** Ends the command where a feed or an endpoint is named that there is not, and was not. */
export async function filterOf(
  options: FilterOptions,
  opened: Opened,
  command: Command,
): Promise<DeliveryFilter> {
  const { event, state, since, until } = options;
  if (since !== undefined && until !== undefined && since >= until)
    return command.error('error: nothing lies between --since and --until; --since is the earlier time');
  const endpoint =
    options.endpoint === undefined ? undefined : await endpointNamed(options.endpoint, opened, command);
  const feed = options.feed === undefined ? undefined : await feedNamed(options.feed, opened, command);
  return {
    ...(event !== undefined && { eventId: event }),
    ...(endpoint !== undefined && { endpointId: endpoint }),
    ...(feed !== undefined && { feedId: feed }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** By id or URL; one that left feeds.yaml may still have deliveries. */
async function feedNamed(name: string, { config, backend }: Opened, command: Command): Promise<string> {
  const feed = config.feeds.find((each) => isNamed(each, name));
  if (feed) return feed.id;
  if ((await backend.deliveries.list({ feedId: name }, 1)).length > 0) return name;
  return command.error(`error: ${await unknownFeed(name, config.file, config.feeds)}`);
}

const spanUnits: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2026-11-20`, with a time or without; whatever else `Date.parse` makes a date of is a slip. */
const looksLikeTime = /^\d{4}-\d{2}-\d{2}/;

function timeOf(text: string): number {
  const span = /^(\d{1,6})([smhd])$/.exec(text);
  if (span) return systemClock.now() - Number(span[1]) * (spanUnits[span[2] ?? ''] ?? 0);
  const at = looksLikeTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('a time such as 2026-11-20T09:00:00Z or a span such as 2h');
  return at;
}
