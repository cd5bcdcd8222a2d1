// `feedhook deliveries list|show|replay`: the delivery log; works beside a running daemon.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../clock.ts';
import { FeedhookError } from '../errors.ts';
import type { DeliveryState } from '../model/delivery.ts';
import type { DeliveryFilter } from '../ports.ts';
import { configOption } from './config-option.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { table, when } from './table.ts';

interface FilterOptions {
  readonly config: string;
  readonly event?: string;
  readonly endpoint?: string;
  readonly feed?: string;
  readonly state?: DeliveryState;
  readonly since?: number;
}

export function addDeliveries(program: Command): void {
  const deliveries = program.command('deliveries').description('List, show and replay deliveries.');
  addList(deliveries);
  addShow(deliveries);
  addReplay(deliveries);
}

function addList(deliveries: Command): void {
  withFilter(deliveries.command('list'))
    .description('List deliveries, newest first.')
    .option('--limit <count>', 'at most this many', wholeNumber, 50)
    .option('--json', 'one JSON document instead of a table')
    .action(async (options: FilterOptions & { limit: number; json?: boolean }) => {
      await using opened = await openForReading(options.config);
      const found = await opened.backend.deliveries.list(filterOf(options), options.limit);
      if (options.json) return console.log(jsonText(found));
      console.log(
        table(
          ['DELIVERY', 'FEED', 'STATE', 'ATTEMPTS', 'ADDED', 'DUE'],
          found.map((each) => [
            each.id,
            each.feedId,
            each.reason ? `${each.state} (${each.reason})` : each.state,
            each.attempts,
            when(each.addedAt),
            each.state === 'pending' ? when(each.dueAt) : '-',
          ]),
        ),
      );
    });
}

function addShow(deliveries: Command): void {
  deliveries
    .command('show <delivery>')
    .description('Show one delivery with each attempt and the event it carries, as JSON.')
    .addOption(configOption())
    .action(async (id: string, { config: file }: { config: string }) => {
      await using opened = await openForReading(file);
      const [delivery] = await opened.backend.deliveries.list({ id }, 1);
      if (!delivery) throw noDelivery(id);
      const attempts = await opened.backend.deliveries.attempts(id);
      const [event] = await opened.backend.store.readEvents([delivery.eventId]);
      console.log(jsonText({ ...delivery, attempts, event: event && JSON.parse(event.body) }));
    });
}

function addReplay(deliveries: Command): void {
  withFilter(deliveries.command('replay [delivery]'))
    .description('Send deliveries again, with the same id and bytes; at least one filter is needed.')
    .option('--dry-run', 'only say how many there are')
    .action(
      async (id: string | undefined, options: FilterOptions & { dryRun?: boolean }, command: Command) => {
        const filter = { ...filterOf(options), ...(id !== undefined && { id }) };
        if (Object.keys(filter).length === 0)
          return command.error('error: name a delivery or give a filter, for example --state dead');
        await using opened = await openForReading(options.config);
        if (options.dryRun) {
          const found = await opened.backend.deliveries.list(filter, Number.MAX_SAFE_INTEGER);
          return console.log(`${found.length} deliveries would be sent again`);
        }
        const replayed = await opened.backend.deliveries.replay(filter);
        if (id !== undefined && replayed === 0) throw noDelivery(id);
        console.log(`${replayed} deliveries will be sent again, at once if the daemon is running`);
      },
    );
}

function noDelivery(id: string): FeedhookError {
  return new FeedhookError(
    'event-missing',
    `no delivery ${id}; "feedhook deliveries list" shows those that exist`,
  );
}

function withFilter(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--event <id>', 'only of this event')
    .option('--endpoint <id>', 'only to this endpoint')
    .option('--feed <id>', 'only of this feed')
    .addOption(new Option('--state <state>', 'only in this state').choices(['pending', 'done', 'dead']))
    .option('--since <time>', 'only added at this time (RFC 3339) or within this span (90m, 2d)', sinceTime);
}

function filterOf({ event, endpoint, feed, state, since }: FilterOptions): DeliveryFilter {
  return {
    ...(event !== undefined && { eventId: event }),
    ...(endpoint !== undefined && { endpointId: endpoint }),
    ...(feed !== undefined && { feedId: feed }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { since }),
  };
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1');
  return Number(text);
}

const spanUnits: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceTime(text: string): number {
  const span = /^(\d{1,6})([smhd])$/.exec(text);
  const at = span ? systemClock.now() - Number(span[1]) * (spanUnits[span[2] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('a time such as 2026-11-20T09:00:00Z or a span such as 2h');
  return at;
}
