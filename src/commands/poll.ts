// `feedhook poll [feed…]`: one poll now, within the same limits as the daemon's, and what came of it.

import type { Command } from 'commander';
import { systemClock, wait } from '../clock.ts';
import type { DaemonFeed } from '../daemon/world.ts';
import { silentLog } from '../log.ts';
import type { PollEnd, PolledFeed, PollTools } from '../poll.ts';
import { configOption } from './config-option.ts';
import { fromNow, printable } from './table.ts';
import { gapEnd, whyNotNow } from './turn.ts';

interface PollCommandOptions {
  readonly config: string;
  readonly force?: boolean;
}

export function addPoll(program: Command): void {
  program
    .command('poll [feeds...]')
    .description(
      'Poll the named feeds (all, if none is named) that are due, once, and say what happened and why.',
    )
    .addOption(configOption())
    .option(
      '--force',
      'poll before the time is due, with Cache-Control: no-cache; Retry-After is still obeyed',
    )
    .action(async (names: string[], options: PollCommandOptions, command: Command) => {
      process.exitCode = await pollOnce(names, options, command);
    });
}

async function pollOnce(
  names: readonly string[],
  { config: file, force = false }: PollCommandOptions,
  command: Command,
): Promise<number> {
  const { loadConfig } = await import('../config/load.ts');
  const { openBackend } = await import('../backend/open.ts');
  const { scheduledFeeds, toolsFor } = await import('../daemon/world.ts');

  const config = await loadConfig(file, process.env);
  const all = scheduledFeeds(config);
  const unknown = names.find((name) => !all.some((feed) => isNamed(feed, name)));
  if (unknown !== undefined)
    return command.error(`error: no feed "${unknown}" in ${file}; it has ${some(all)}`);
  // One named twice, by id and by URL, is one.
  const feeds = all.filter((feed) => names.length === 0 || names.some((name) => isNamed(feed, name)));
  const backend = await openBackend({
    store: config.store,
    clock: systemClock,
    log: silentLog,
    exclusive: true,
  });
  const tools = toolsFor(config, backend, systemClock);
  try {
    const failed = await pollInTurn(feeds, all, tools, force);
    return failed > 0 ? 1 : 0;
  } finally {
    await tools.client.close();
    await backend.close();
  }
}

/** One after the other, with the gaps of their lanes; returns how many failed. */
async function pollInTurn(
  feeds: readonly DaemonFeed[],
  all: readonly DaemonFeed[],
  tools: PollTools,
  force: boolean,
): Promise<number> {
  const { poll } = await import('../poll.ts');
  const lanes = Map.groupBy(all, ({ lane }) => lane.id);
  const mates = (feed: DaemonFeed) => lanes.get(feed.lane.id) ?? [feed];
  const ids = new Set(feeds.flatMap((feed) => mates(feed).map(({ id }) => id)));
  const states = await tools.store.readStates([...ids]);
  let failed = 0;
  for (const feed of feeds) {
    const own = states.get(feed.id);
    const lane = mates(feed).flatMap(({ id }) => states.get(id) ?? []);
    const refusal = whyNotNow({ own, lane }, force, systemClock.now());
    if (refusal !== undefined) {
      console.log(`${feed.id}: not polled: ${refusal}`);
      continue;
    }
    await wait(systemClock, gapEnd(feed.lane, lane) - systemClock.now());
    const end = await poll(feed, own, tools, { noCache: force });
    states.set(feed.id, end.state);
    console.log(report(feed, end));
    if (end.summary.outcome === 'failed' || end.summary.outcome === 'gone') failed += 1;
  }
  return failed;
}

function isNamed({ id, url }: PolledFeed, name: string): boolean {
  return id === name || url === name;
}

const shownIds = 10;

function some(feeds: readonly PolledFeed[]): string {
  const shown = feeds.slice(0, shownIds).map(({ id }) => id);
  const hidden = feeds.length - shown.length;
  return `${shown.join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`;
}

function report(feed: PolledFeed, { state, summary, fetched, events }: PollEnd): string {
  const lines = [
    `${feed.id}: ${summary.outcome}${summary.status === undefined ? '' : ` (${summary.status})`}`,
    ...summary.hops.map(({ url, status }) => `  redirect    ${status} from ${printable(url)}`),
    `  request     ${fetched.figures.conditional ? 'conditional' : 'unconditional'}, ${summary.wireBytes} bytes received`,
  ];
  if (summary.code !== undefined)
    lines.push(`  failure     ${summary.code}: ${printable(summary.message ?? '')}`);
  if (summary.charset) lines.push(`  charset     ${summary.charset.charset} (${summary.charset.reason})`);
  if (summary.entries !== undefined) lines.push(`  entries     ${summary.entries}, ${events.length} events`);
  for (const [note, count] of Object.entries(summary.notes ?? {}))
    lines.push(`  ${note.padEnd(11)} ${count}`);
  for (const event of events) lines.push(`  event       ${event.type} ${printable(event.entryKey ?? '')}`);
  if (events.length > 0) lines.push('  deliveries  wait in the queue until "feedhook run" sends them');
  lines.push(
    `  next poll   ${fromNow(state.nextPoll.at, systemClock.now())} because of ${state.nextPoll.reason}`,
  );
  return lines.join('\n');
}
