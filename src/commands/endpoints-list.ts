// `feedhook endpoints list`: how each endpoint stands and what it is owed, those that need a person first.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { configOption } from './config-option.ts';
import { type EndpointView, readViews } from './endpoint-views.ts';
import { standingWords } from './endpoint-words.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { fromNow, span, table } from './table.ts';
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
      const now = systemClock.now();
      const views = worstFirst([...(await readViews(opened.config, log, now)).values()]);
      if (json) return console.log(jsonText(views.map((view) => asJson(view, now))));
      console.log(listText(views, now));
      for (const [feedId, count] of await withheldByFeed(log))
        console.log(`feed ${feedId}: ${withheldWords(feedId, count)}`);
    });
}

/** The gravest first. */
const ranks = ['disabled', 'open', 'half-open', 'paused', 'parked', 'resting', 'slowed', 'well'] as const;

function worstFirst(views: readonly EndpointView[]): EndpointView[] {
  return views.toSorted((one, other) => ranks.indexOf(one.state) - ranks.indexOf(other.state));
}

export function asJson(view: EndpointView, now: number): object {
  const { endpointId, ...known } = view.health;
  return { endpointId, state: view.state, ...standingWords(view, now), ...known };
}

/** Times as spans, and rare counts only where there are any: it is to be read on one screen. */
function listText(views: readonly EndpointView[], now: number): string {
  const rare = (['skipped', 'withheld'] as const).filter((count) =>
    views.some(({ health }) => health[count] > 0),
  );
  const heads = ['ENDPOINT', 'STATE', 'SINCE', 'BECAUSE OF', 'GOES ON', 'PENDING', 'OLDEST', 'DONE', 'DEAD'];
  const rows = views.map((view) => {
    const { since, because = '-', nextAt } = standingWords(view, now);
    const { pending, oldestPendingAt, done, dead } = view.health;
    return [
      view.id,
      view.state,
      since === undefined ? '-' : fromNow(since, now),
      because,
      nextAt === undefined ? '-' : fromNow(nextAt, now),
      pending,
      oldestPendingAt === undefined ? '-' : span(now - oldestPendingAt),
      done,
      dead,
      ...rare.map((count) => view.health[count]),
    ];
  });
  return table([...heads, ...rare.map((count) => count.toUpperCase())], rows);
}
