// `feedhook deliveries list|show|replay|release|drop`: the delivery log, and what a person decides on it; works beside a
// running daemon. A replay repeats what was sent or given up, and never what is withheld: that is decided by its own words.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { FeedhookError } from '../errors.ts';
import type { Delivery, DeliveryState } from '../model/delivery.ts';
import type { DeliveryFilter, DeliveryLog } from '../ports.ts';
import { configOption } from './config-option.ts';
import { addList } from './deliveries-list.ts';
import { type FilterOptions, filterOf, withFilter } from './delivery-filter.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { counted, printable } from './table.ts';

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('List, show and replay deliveries, and decide on withheld ones.');
  addList(deliveries);
  addShow(deliveries);
  addReplay(deliveries);
  addRelease(deliveries);
  addDrop(deliveries);
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
    .addOption(
      new Option('--state <state>', 'only in this state').choices(repeatable).argParser(repeatableState),
    )
    .option('--dry-run', 'only say how many there are')
    .action(
      decision({
        isMeant: ({ state }) => state !== 'withheld',
        act: (log, filter) => log.replay(filter),
        what: 'delivery',
        dryRun: 'would be sent again',
        done: 'will be sent again, at once if the daemon is running',
        refusal: withheldWords,
      }),
    );
}

function addRelease(deliveries: Command): void {
  addWithheldDecision(deliveries.command('release [delivery]'), {
    description: 'Send withheld deliveries; at least one filter is needed.',
    act: (log, filter) => log.release(filter),
    dryRun: 'would be sent',
    done: 'will be sent, at once if the daemon is running',
  });
}

function addDrop(deliveries: Command): void {
  addWithheldDecision(deliveries.command('drop [delivery]'), {
    description: 'Give withheld deliveries up; at least one filter is needed.',
    act: (log, filter) => log.drop(filter),
    dryRun: 'would be dropped',
    done: 'dropped; "feedhook deliveries replay" can still send what was dropped',
  });
}

type WithheldDecision = Pick<Decision, 'act' | 'dryRun' | 'done'> & { readonly description: string };

function addWithheldDecision(command: Command, { description, ...own }: WithheldDecision): void {
  withFilter(command)
    .description(description)
    .option('--dry-run', 'only say how many there are')
    .action(
      decision({
        ...own,
        isMeant: ({ state }) => state === 'withheld',
        what: 'withheld delivery',
        refusal: otherStateWords,
      }),
    );
}

/** One word of a person about the deliveries that a filter names. */
interface Decision {
  /** Whether the decision can be made about it. */
  readonly isMeant: (delivery: Delivery) => boolean;
  readonly act: (log: DeliveryLog, filter: DeliveryFilter) => Promise<number>;
  /** In the singular. */
  readonly what: string;
  readonly dryRun: string;
  readonly done: string;
  /** What is said when the one delivery that was named is not meant. */
  readonly refusal: (delivery: Delivery) => string;
}

function decision({ isMeant, act, what, dryRun, done, refusal }: Decision) {
  return async (
    id: string | undefined,
    options: FilterOptions & { dryRun?: boolean },
    command: Command,
  ): Promise<void> => {
    const filter = { ...filterOf(options), ...(id !== undefined && { id }) };
    if (Object.keys(filter).length === 0)
      return command.error('error: name a delivery or give a filter, for example --feed example-blog');
    await using opened = await openForReading(options.config);
    const log = opened.backend.deliveries;
    if (id !== undefined) {
      const [named] = await log.list({ id }, 1);
      if (!named) throw noDelivery(id);
      if (!isMeant(named)) return command.error(`error: ${printable(refusal(named))}`);
    }
    if (options.dryRun) {
      const found = await log.list(filter, Number.MAX_SAFE_INTEGER);
      return console.log(outcome(found.filter(isMeant).length, what, dryRun));
    }
    console.log(outcome(await act(log, filter), what, done));
  };
}

/** Nothing was found where a name is misspelt, too, and that is no success to report. */
function outcome(count: number, what: string, words: string): string {
  if (count === 0) return `no ${what} matches; "feedhook deliveries list" shows those that exist`;
  return `${counted(count, what)} ${words}`;
}

const withheldWords = ({ id }: Delivery) =>
  `delivery ${id} is withheld, which no replay ends; "feedhook deliveries release ${id}" sends it`;

const otherStateWords = ({ id, state }: Delivery) =>
  `delivery ${id} is ${state}, not withheld: there is nothing to decide`;

const repeatable: readonly DeliveryState[] = ['pending', 'done', 'dead'];

function repeatableState(text: string): DeliveryState {
  const state = repeatable.find((each) => each === text);
  if (state !== undefined) return state;
  const way = text === 'withheld' ? '; "feedhook deliveries release" sends what is withheld' : '';
  throw new InvalidArgumentError(`Allowed choices are ${repeatable.join(', ')}${way}.`);
}

function noDelivery(id: string): FeedhookError {
  return new FeedhookError(
    'event-missing',
    `no delivery ${id}; "feedhook deliveries list" shows those that exist`,
  );
}
