// `feedhook deliveries list`: each delivery with the type of its event and the title of its entry, since nobody can decide
// about an id.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Delivery } from '../model/delivery.ts';
import type { EventType, StoredEvent } from '../model/event.ts';
import type { Backend } from '../ports.ts';
import { deliveryStates, type FilterOptions, filterOf, withFilter } from './delivery-filter.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { short, table, when } from './table.ts';

export function addList(deliveries: Command): void {
  withFilter(deliveries.command('list'))
    .description('List deliveries with what they bring, newest first.')
    .addOption(new Option('--state <state>', 'only in this state').choices(deliveryStates))
    .option('--limit <count>', 'at most this many', wholeNumber, 50)
    .option('--json', 'one JSON document instead of a table')
    .action(async (options: FilterOptions & { limit: number; json?: boolean }) => {
      await using opened = await openForReading(options.config);
      const { deliveries: log, store } = opened.backend;
      const found = await log.list(filterOf(options), options.limit);
      const subjects = await subjectsOf(found, store);
      const rows = found.map((each): Row => ({ ...each, ...subjects.get(each.eventId) }));
      console.log(options.json ? jsonText(rows) : table(heads, rows.map(cells)));
    });
}

/** What an event is about; of one that is no longer stored nothing is known. */
interface Subject {
  readonly type?: EventType;
  /** Of its entry. */
  readonly title?: string;
}

type Row = Delivery & Subject;

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

function subjectOf({ type, body }: StoredEvent): Subject {
  const { title } = JSON.parse(body).data.entry ?? {};
  return { type, ...(title !== undefined && { title }) };
}

const maxTitleLength = 40;
const heads = ['DELIVERY', 'FEED', 'EVENT', 'ENTRY', 'STATE', 'ATTEMPTS', 'ADDED', 'DUE'];

function cells(row: Row): (string | number)[] {
  return [
    row.id,
    row.feedId,
    row.type ?? '-',
    short(row.title, maxTitleLength),
    row.reason ? `${row.state} (${row.reason})` : row.state,
    row.attempts,
    when(row.addedAt),
    row.state === 'pending' ? when(row.dueAt) : '-',
  ];
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1');
  return Number(text);
}
