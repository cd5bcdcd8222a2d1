// `feedhook deliveries list`: each delivery with the type of its event and the title of its entry, since nobody can decide
// about an id.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../clock.ts';
import { type Delivery, deliveryStates } from '../model/delivery.ts';
import type { EventType, StoredEvent } from '../model/event.ts';
import type { Backend } from '../ports.ts';
import { type FilterOptions, filterOf, withFilter } from './delivery-filter.ts';
import { readViews } from './endpoint-views.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { type DeliveryStanding, nextCell, standingOf } from './stage-cells.ts';
import { short, table, when } from './table.ts';

type ListOptions = FilterOptions & { readonly limit: number; readonly json?: boolean };

export function addList(deliveries: Command): void {
  withFilter(deliveries.command('list'))
    .description('List deliveries with what they bring, newest first.')
    .addOption(new Option('--state <state>', 'only in this state').choices(deliveryStates))
    .option('--limit <count>', 'at most this many', wholeNumber, 50)
    .option('--json', 'one JSON document instead of a table')
    .action(async (options: ListOptions, command: Command) => {
      await using opened = await openForReading(options.config);
      const { deliveries: log, store } = opened.backend;
      const filter = await filterOf(options, opened, command);
      const found = await log.list(filter, options.limit);
      const now = systemClock.now();
      const views = await readViews(opened.config, log, now);
      const subjects = await subjectsOf(found, store);
      const rows = found.map(
        (each): Row => ({
          ...each,
          ...subjects.get(each.eventId),
          ...standingOf(each, views.get(each.endpointId), now),
        }),
      );
      if (options.json) return console.log(jsonText(rows));
      if (rows.length === 0) return console.log('no delivery matches');
      const more = rows.length < options.limit ? 0 : (await log.count(filter)) - rows.length;
      const note = more > 0 ? [`${more} more; --limit shows them`] : [];
      console.log([table(heads, rows.map(cells)), ...note].join('\n'));
    });
}

/** What an event is about; of one that is no longer stored nothing is known. */
interface Subject {
  readonly type?: EventType;
  /** Of its entry. */
  readonly title?: string;
}

type Row = Delivery & Subject & DeliveryStanding;

/** Events of 64 KiB that are held at once. */
const eventsAtOnce = 100;

async function subjectsOf(
  found: readonly Delivery[],
  store: Pick<Backend['store'], 'readEvents'>,
): Promise<ReadonlyMap<string, Subject>> {
  const ids = [...new Set(found.map(({ eventId }) => eventId))];
  const subjects = new Map<string, Subject>();
  for (let at = 0; at < ids.length; at += eventsAtOnce) {
    for (const event of await store.readEvents(ids.slice(at, at + eventsAtOnce)))
      subjects.set(event.id, subjectOf(event));
  }
  return subjects;
}

export function subjectOf({ type, body }: StoredEvent): Subject {
  const { title } = JSON.parse(body).data?.entry ?? {};
  return { type, ...(title !== undefined && { title }) };
}

const maxTitleLength = 40;
const heads = ['DELIVERY', 'FEED', 'EVENT', 'ENTRY', 'STATE', 'ATTEMPTS', 'ADDED', 'NEXT'];

function cells(row: Row): (string | number)[] {
  return [
    row.id,
    row.feedId === '' ? '-' : row.feedId,
    row.type ?? '-',
    short(row.title, maxTitleLength),
    row.reason ? `${row.state} (${row.reason})` : row.state,
    row.attempts,
    when(row.addedAt),
    nextCell(row.stage, row, row.nextAt),
  ];
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1');
  return Number(text);
}
