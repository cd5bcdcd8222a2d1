// `feedhook poll [feed…]`: one poll now, within the same limits as the daemon's, and what came of it.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/load.ts';
import { FeedhookError } from '../errors.ts';
import { silentLog } from '../log.ts';
import type { FeedState } from '../model/feed.ts';
import type { PollEnd, PolledFeed } from '../poll.ts';
import { configOption } from './config-option.ts';
import { fromNow, printable } from './table.ts';

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
    .action(async (names: string[], options: PollCommandOptions) => {
      process.exitCode = await pollOnce(names, options);
    });
}

async function pollOnce(
  names: readonly string[],
  { config: file, force = false }: PollCommandOptions,
): Promise<number> {
  const { loadConfig } = await import('../config/load.ts');
  const { openBackend } = await import('../backend/open.ts');
  const { scheduledFeeds, toolsFor } = await import('../daemon/world.ts');
  const { poll } = await import('../poll.ts');

  const config = await loadConfig(file, process.env);
  const feeds = chosen(config, scheduledFeeds(config), names);
  const backend = await openBackend({
    store: config.store,
    clock: systemClock,
    log: silentLog,
    exclusive: true,
  });
  const tools = toolsFor(config, backend, systemClock);
  try {
    const states = await backend.store.readStates(feeds.map(({ id }) => id));
    let failed = 0;
    for (const feed of feeds) {
      const refusal = whyNotNow(states.get(feed.id), force);
      if (refusal !== undefined) {
        console.log(`${feed.id}: not polled: ${refusal}`);
        continue;
      }
      const end = await poll(feed, states.get(feed.id), tools, { noCache: force });
      console.log(report(feed, end));
      if (end.summary.outcome === 'failed' || end.summary.outcome === 'gone') failed += 1;
    }
    return failed > 0 ? 1 : 0;
  } finally {
    await tools.client.close();
    await backend.close();
  }
}

function chosen<F extends PolledFeed>(
  config: Config,
  feeds: readonly F[],
  names: readonly string[],
): readonly F[] {
  if (names.length === 0) return feeds;
  return names.map((name) => {
    const feed = feeds.find(({ id, url }) => id === name || url === name);
    if (!feed)
      throw new FeedhookError(
        'config-invalid',
        `no feed "${name}" in ${config.file}; "feedhook status" lists them`,
      );
    return feed;
  });
}

/** POLITENESS rule 20: by hand the same limits hold, and `--force` never breaks Retry-After. */
function whyNotNow(state: FeedState | undefined, force: boolean): string | undefined {
  if (!state) return undefined;
  const now = systemClock.now();
  const { terms, nextPoll } = state;
  const heldUntil = terms ? terms.endedAt + Math.max(terms.retryAfterMs ?? 0, terms.rateLimitMs ?? 0) : 0;
  if (heldUntil > now) return `the origin asked to wait, Retry-After ends ${fromNow(heldUntil, now)}`;
  if (!force && nextPoll.at > now)
    return `due ${fromNow(nextPoll.at, now)} because of ${nextPoll.reason}; --force polls now`;
  return undefined;
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
  for (const event of events) lines.push(`  event       ${event.type} ${printable(event.entryKey ?? '')}`);
  if (events.length > 0) lines.push('  deliveries  wait in the queue until "feedhook run" sends them');
  lines.push(
    `  next poll   ${fromNow(state.nextPoll.at, systemClock.now())} because of ${state.nextPoll.reason}`,
  );
  return lines.join('\n');
}
