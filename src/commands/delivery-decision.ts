// One word of a person about the deliveries that a filter names: how many are meant, what is done with them, and what still
// keeps them from being sent.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Delivery } from '../model/delivery.ts';
import type { DeliveryFilter, DeliveryLog } from '../ports.ts';
import { type FilterOptions, filterOf } from './delivery-filter.ts';
import { noDelivery } from './delivery-name.ts';
import { readViews } from './endpoint-views.ts';
import { shutWords } from './endpoint-words.ts';
import { type Opened, openForReading } from './open.ts';
import { counted, printable } from './table.ts';

export interface Decision {
  /** Whether the decision can be made about it. */
  readonly isMeant: (delivery: Delivery) => boolean;
  readonly count: (log: DeliveryLog, filter: DeliveryFilter) => Promise<number>;
  readonly act: (log: DeliveryLog, filter: DeliveryFilter) => Promise<number>;
  /** In the singular. */
  readonly what: string;
  readonly dryRun: string;
  readonly done: string;
  /** What is said when the one delivery that was named is not meant. */
  readonly refusal: (delivery: Delivery) => string;
  /** Whether they leave as soon as their endpoint takes them. */
  readonly sends: boolean;
}

type Options = FilterOptions & { readonly dryRun?: boolean; readonly dead?: boolean };

export function decision({ isMeant, count, act, what, dryRun, done, refusal, sends }: Decision) {
  return async (id: string | undefined, options: Options, command: Command): Promise<void> => {
    if (id === undefined && !hasFilter(options))
      return command.error('error: name a delivery or give a filter, for example --feed example-blog');
    await using opened = await openForReading(options.config);
    const log = opened.backend.deliveries;
    const filter = {
      ...(await filterOf(options, opened, command)),
      ...(options.dead && { state: 'dead' as const }),
      ...(id !== undefined && { id }),
    };
    if (id !== undefined) {
      const [named] = await log.list({ id }, 1);
      if (!named) throw await noDelivery(id, log);
      if (!isMeant(named)) return command.error(`error: ${printable(refusal(named))}`);
    }
    if (options.dryRun) return console.log(outcome(await count(log, filter), what, dryRun));
    const shut = sends ? await shutEndpoints(filter, count, opened) : [];
    const changed = await act(log, filter);
    const start = shut.length > 0 ? ' as soon as that can be' : ', at once if the daemon is running';
    const notes = changed > 0 ? shut : [];
    console.log([outcome(changed, what, `${done}${sends ? start : ''}`), ...notes].join('\n'));
  };
}

function hasFilter({ event, endpoint, feed, state, since, until, dead }: Options): boolean {
  return [event, endpoint, feed, state, since, until, dead].some((each) => each !== undefined);
}

/** Nothing was found where a name is misspelt, too, and that is no success to report. */
function outcome(count: number, what: string, words: string): string {
  if (count === 0) return `no ${what} matches; "feedhook deliveries list" shows those that exist`;
  return `${counted(count, what)} ${words}`;
}

/** Where what is meant will not arrive yet, though all is done that was asked for. */
async function shutEndpoints(
  filter: DeliveryFilter,
  count: Decision['count'],
  { config, backend: { deliveries: log } }: Opened,
): Promise<string[]> {
  const notes: string[] = [];
  for (const view of (await readViews(config, log, systemClock.now())).values()) {
    const words = (filter.endpointId ?? view.id) === view.id ? shutWords(view) : undefined;
    if (words === undefined) continue;
    const meant = await count(log, { ...filter, endpointId: view.id });
    if (meant > 0) notes.push(`${view.id} ${words}`);
  }
  return notes;
}
