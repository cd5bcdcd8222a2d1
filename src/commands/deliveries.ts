// `feedhook deliveries list|show|replay|release|drop`: the delivery log, and what a person decides on it; works beside a
// running daemon. A replay repeats what was sent or given up, and never what is withheld: that is decided by its own words.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Delivery, DeliveryState } from '../model/delivery.ts';
import type { DeliveryFilter, DeliveryLog } from '../ports.ts';
import { addList } from './deliveries-list.ts';
import { addShow } from './deliveries-show.ts';
import { type Decision, decision } from './delivery-decision.ts';
import { withFilter } from './delivery-filter.ts';

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

function addReplay(deliveries: Command): void {
  withFilter(deliveries.command('replay [delivery]'))
    .description(
      'Send deliveries again, with the same id and bytes; at least one filter is needed. Skipped ones only by id or --state skipped.',
    )
    .addOption(
      new Option('--state <state>', 'only in this state').choices(repeatable).argParser(repeatableState),
    )
    .addOption(new Option('--dead', 'only dead ones: --state dead').conflicts('state'))
    .option('--dry-run', 'only say how many there are')
    .action(
      decision({
        isMeant: ({ state }) => state !== 'withheld',
        count: countRepeatable,
        act: (log, filter) => log.replay(filter),
        what: 'delivery',
        dryRun: 'would be sent again',
        done: 'will be sent again',
        refusal: withheldWords,
        sends: true,
      }),
    );
}

function addRelease(deliveries: Command): void {
  addWithheldDecision(deliveries.command('release [delivery]'), {
    description: 'Send withheld deliveries; at least one filter is needed.',
    act: (log, filter) => log.release(filter),
    dryRun: 'would be sent',
    done: 'will be sent',
    sends: true,
  });
}

function addDrop(deliveries: Command): void {
  addWithheldDecision(deliveries.command('drop [delivery]'), {
    description: 'Give withheld deliveries up; at least one filter is needed.',
    act: (log, filter) => log.drop(filter),
    dryRun: 'would be dropped',
    done: 'dropped; "feedhook deliveries replay" can still send what was dropped',
    sends: false,
  });
}

type WithheldDecision = Pick<Decision, 'act' | 'dryRun' | 'done' | 'sends'> & {
  readonly description: string;
};

function addWithheldDecision(command: Command, { description, ...own }: WithheldDecision): void {
  withFilter(command)
    .description(description)
    .option('--dry-run', 'only say how many there are')
    .action(
      decision({
        ...own,
        isMeant: ({ state }) => state === 'withheld',
        count: (log, filter) => log.count({ ...filter, state: 'withheld' }),
        what: 'withheld delivery',
        refusal: otherStateWords,
      }),
    );
}

/** What `replay` would change, by the rule of the port: skipped ones only where they are named. */
async function countRepeatable(log: DeliveryLog, filter: DeliveryFilter): Promise<number> {
  if (filter.state !== undefined) return await log.count(filter);
  const states = repeatable.filter((state) => state !== 'skipped' || filter.id !== undefined);
  const counts = await Promise.all(states.map((state) => log.count({ ...filter, state })));
  return counts.reduce((sum, count) => sum + count, 0);
}

const withheldWords = ({ id }: Delivery) =>
  `delivery ${id} is withheld, which no replay ends; "feedhook deliveries release ${id}" sends it`;

const otherStateWords = ({ id, state }: Delivery) =>
  `delivery ${id} is ${state}, not withheld: there is nothing to decide`;

const repeatable: readonly DeliveryState[] = ['pending', 'done', 'dead', 'skipped'];

function repeatableState(text: string): DeliveryState {
  const state = repeatable.find((each) => each === text);
  if (state !== undefined) return state;
  const way = text === 'withheld' ? '; "feedhook deliveries release" sends what is withheld' : '';
  throw new InvalidArgumentError(`Allowed choices are ${repeatable.join(', ')}${way}.`);
}
