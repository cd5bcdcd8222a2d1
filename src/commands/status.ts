// `feedhook status`: each feed's last outcome and next poll with its reason, those that need a person first;
// `--score` shows what origins could hold against us. Works beside a running daemon.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { printableUrl } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { PolledFeed } from '../poll.ts';
import { effectiveUrl } from '../schedule/move.ts';
import { configOption } from './config-option.ts';
import { type Crowded, crowdedLanes } from './crowded-lanes.ts';
import { readViews } from './endpoint-views.ts';
import { shutWords } from './endpoint-words.ts';
import { jsonText, withMaskedUrls } from './json-text.ts';
import { type Opened, openForReading } from './open.ts';
import { scoreReport, scoreText } from './score-table.ts';
import { bySourceOf, currentSources } from './sources.ts';
import { fromNow, printable, span, table } from './table.ts';
import { withheldByFeed, withheldWords } from './withheld.ts';
import { workerTable } from './worker-table.ts';

interface StatusOptions {
  readonly config: string;
  readonly score?: boolean;
  readonly workers?: boolean;
  readonly json?: boolean;
}

interface Row {
  readonly id: string;
  readonly state: FeedState | undefined;
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description(
      'Show each feed: last outcome with its code, next poll with its reason, totals. Parked and failing feeds come first.',
    )
    .addOption(configOption())
    .option('--score', 'show instead what origins could hold against us, per feed and per lane')
    .option('--workers', 'show instead the processes that share the store, and which of them are behind')
    .option('--json', 'one JSON document instead of a table')
    .action(async ({ config: file, score, workers, json }: StatusOptions) => {
      const { scheduledFeeds } = await import('../daemon/world.ts');
      await using opened = await openForReading(file);
      if (workers) return console.log(await workersText(opened, json === true));
      const feeds = scheduledFeeds(opened.config);
      const states = await opened.backend.store.readStates(feeds.map(({ id }) => id));
      const sources = currentSources(opened.config, feeds, states);
      const rows = feeds.map(({ id }) => ({ id, state: states.get(id) }));
      if (score) {
        const lanes = bySourceOf(sources);
        const report = scoreReport(
          rows.map((row) => ({ ...row, laneId: lanes.get(row.id)?.lane.id ?? '-' })),
        );
        return console.log(json ? jsonText(report) : scoreText(report));
      }
      const sorted = worstFirst(rows);
      const withheld = await withheldByFeed(opened.backend.deliveries);
      if (json) return console.log(jsonText(withMaskedUrls(sorted.map((row) => asJson(row, withheld)))));
      const notes = [
        ...(await endpointLines(opened)),
        ...[...withheld].map(([id, count]) => `feed ${id}: ${withheldWords(id, count)}`),
        ...movedLines(feeds, states),
        ...crowdedLanes(sources, states).map(crowdLine),
      ];
      const others = opened.backend.workers ? ['', await workersText(opened, false)] : [];
      console.log([statusTable(sorted), ...notes.map(printable), ...others].join('\n'));
    });
}

/** None on a store that only one process can have. */
async function workersText({ backend }: Opened, json: boolean): Promise<string> {
  const workers = (await backend.workers?.list()) ?? [];
  if (json) return jsonText(workers);
  if (!backend.workers) return 'this store has one process at a time; only one in Redis has workers to show';
  return workers.length > 0 ? workerTable(workers, systemClock.now()) : 'no feedhook works on this store now';
}

/** Nothing arrives there, and the feeds above may all be well. */
async function endpointLines({ config, backend }: Opened): Promise<string[]> {
  const views = await readViews(config, backend.deliveries, systemClock.now());
  return [...views.values()].flatMap((view) => {
    const words = view.state === 'parked' && view.health.pending === 0 ? undefined : shutWords(view);
    return words === undefined ? [] : [`endpoint ${view.id} ${words}`];
  });
}

function asJson({ id, state }: Row, withheldOf: ReadonlyMap<string, number>) {
  const withheld = withheldOf.get(id);
  return {
    ...(state ?? { feedId: id }),
    ...(state?.adopted && { effectiveUrl: state.adopted.url }),
    ...(withheld !== undefined && { withheld }),
  };
}

/** Parked, then failing, then the rest; each group in the order of feeds.yaml. */
export function worstFirst<R extends Row>(rows: readonly R[]): R[] {
  const rank = ({ state }: R) => (state?.parkedAt !== undefined ? 0 : (state?.failures ?? 0) > 0 ? 1 : 2);
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

function statusTable(rows: readonly Row[]): string {
  const now = systemClock.now();
  return table(
    ['FEED', 'LAST', 'OUTCOME', 'CODE', 'FAILURES', 'NEXT', 'REASON', 'POLLS', '304', 'SAVED'],
    rows.map(({ id, state }) => {
      if (!state) return [id, 'never', '-', '-', 0, '-', '-', 0, 0, '0 kB'];
      const { lastPoll: last, totals } = state;
      return [
        id,
        last ? fromNow(last.endedAt, now) : 'never',
        last?.outcome ?? '-',
        last?.code ?? '-',
        state.failures,
        state.parkedAt === undefined ? fromNow(state.nextPoll.at, now) : 'parked',
        state.nextPoll.reason,
        totals.polls,
        totals.notModified,
        `${Math.round(totals.savedBytes / 1000)} kB`,
      ];
    }),
  );
}

/** Nobody else tells that feeds.yaml is out of date. */
function movedLines(
  feeds: readonly Pick<PolledFeed, 'id' | 'url'>[],
  states: ReadonlyMap<string, FeedState>,
): string[] {
  return feeds.flatMap(({ id, url }) => {
    const asked = effectiveUrl({ url }, states.get(id));
    if (asked === url) return [];
    return [
      `feed ${id} has moved to ${printableUrl(asked)}; "feedhook why ${id}" shows the line for feeds.yaml`,
    ];
  });
}

function crowdLine({ laneId, requests, roundMs, gapMs }: Crowded): string {
  return `lane ${laneId}: ${requests} requests ${span(gapMs)} apart take ${span(roundMs)} a round, longer than their intervals, so they are polled later`;
}
