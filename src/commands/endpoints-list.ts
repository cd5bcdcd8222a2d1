// `feedhook endpoints list`: how each endpoint stands and what it is owed, those that need a person first.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { configOption } from './config-option.ts';
import { type EndpointView, readViews } from './endpoint-views.ts';
import { standingWords } from './endpoint-words.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { table, when } from './table.ts';
import { withheldByFeed, withheldWords } from './withheld.ts';

export function addEndpointsList(endpoints: Command): void {
  endpoints
    .command('list')
    .description(
      'List the endpoints: how each stands since when and why, when it goes on, and its deliveries by state. Those that need a person come first.',
    )
    .addOption(configOption())
    .option('--json', 'one JSON document instead of a table')
    .action(async ({ config: file, json }: { config: string; json?: boolean }) => {
      await using opened = await openForReading(file);
      const log = opened.backend.deliveries;
      const views = worstFirst([...(await readViews(opened.config, log, systemClock.now())).values()]);
      if (json) return console.log(jsonText(views.map(asJson)));
      console.log(table(heads, views.map(cells)));
      for (const [feedId, count] of await withheldByFeed(log))
        console.log(`feed ${feedId}: ${withheldWords(feedId, count)}`);
    });
}

/** The gravest first. */
const ranks = ['disabled', 'open', 'half-open', 'paused', 'parked', 'resting', 'slowed', 'well'] as const;

function worstFirst(views: readonly EndpointView[]): EndpointView[] {
  return views.toSorted((one, other) => ranks.indexOf(one.state) - ranks.indexOf(other.state));
}

export function asJson(view: EndpointView): object {
  const { endpointId, ...known } = view.health;
  return { endpointId, state: view.state, ...standingWords(view), ...known };
}

const heads = [
  'ENDPOINT',
  'STATE',
  'SINCE',
  'BECAUSE OF',
  'GOES ON',
  'PENDING',
  'DONE',
  'DEAD',
  'SKIPPED',
  'WITHHELD',
  'OLDEST PENDING',
];

function cells(view: EndpointView): (string | number)[] {
  const { since, because = '-', nextAt } = standingWords(view);
  const { pending, done, dead, skipped, withheld, oldestPendingAt } = view.health;
  const counts = [pending, done, dead, skipped, withheld];
  return [view.id, view.state, when(since), because, when(nextAt), ...counts, when(oldestPendingAt)];
}
