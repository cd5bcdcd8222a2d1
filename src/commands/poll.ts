// `feedhook poll [feed…]`: one poll now, within the same limits as the daemon's, and what came of it.

import type { Command } from 'commander';
import { systemClock, wait } from '../clock.ts';
import type { Config } from '../config/load.ts';
import type { DaemonFeed } from '../daemon/world.ts';
import { silentLog } from '../log.ts';
import type { DocumentHints, FeedState } from '../model/feed.ts';
import type { PollOutcome } from '../model/poll.ts';
import type { PollTools } from '../poll.ts';
import { isOfOtherUrl } from '../schedule/poll-state.ts';
import type { Source } from '../schedule/source.ts';
import { configOption } from './config-option.ts';
import { isNamed, unknownFeed } from './feed-name.ts';
import { pollReport } from './poll-report.ts';
import { readFeeds } from './read-feeds.ts';
import { refuseBesideWorkers } from './shared-store.ts';
import { currentSources } from './sources.ts';
import { printable } from './table.ts';
import { decideTurns, gapEnd, type Turn } from './turn.ts';

interface PollCommandOptions {
  readonly config: string;
  readonly force?: boolean;
  readonly wire?: boolean;
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
      'poll before the time is due, with Cache-Control: no-cache, and say what that overrides; Retry-After is still obeyed',
    )
    .option('--wire', 'show the HTTP conversation on standard error, with secrets masked')
    .action(async (names: string[], options: PollCommandOptions, command: Command) => {
      process.exitCode = await pollOnce(names, options, command);
    });
}

async function pollOnce(
  names: readonly string[],
  { config: file, force = false, wire = false }: PollCommandOptions,
  command: Command,
): Promise<number> {
  const { openBackend } = await import('../backend/open.ts');
  const { scheduledFeeds, toolsFor } = await import('../daemon/world.ts');

  const config = await readFeeds(file);
  const all = scheduledFeeds(config);
  const unknown = names.find((name) => !all.some((feed) => isNamed(feed, name)));
  if (unknown !== undefined) return command.error(`error: ${await unknownFeed(unknown, file, all)}`);
  // One named twice, by id and by URL, is one.
  const feeds = all.filter((feed) => names.length === 0 || names.some((name) => isNamed(feed, name)));
  const backend = await openBackend({
    store: config.store,
    clock: systemClock,
    log: silentLog,
    exclusive: true,
  });
  const tools = toolsFor(config, backend, systemClock);
  const mayGoOn = () => refuseBesideWorkers(backend);
  try {
    await mayGoOn();
    const named = new Set(feeds.map(({ id }) => id));
    const failed = await pollInTurn(config, { all, named }, tools, { force, wire, mayGoOn });
    return failed > 0 ? 1 : 0;
  } finally {
    await tools.client.close();
    await backend.close();
  }
}

interface How {
  readonly force: boolean;
  readonly wire: boolean;
  /** Rejects when somebody else has begun to poll meanwhile. */
  readonly mayGoOn: () => Promise<void>;
}

interface Feeds {
  readonly all: readonly DaemonFeed[];
  /** Ids of those to poll. */
  readonly named: ReadonlySet<string>;
}

/** One source after the other, with the gaps of their lanes; returns how many feeds failed. */
async function pollInTurn(
  config: Config,
  { all, named }: Feeds,
  tools: PollTools,
  { force, wire, mayGoOn }: How,
): Promise<number> {
  const { poll } = await import('../poll.ts');
  const states = await tools.store.readStates(all.map(({ id }) => id));
  const sources = currentSources(config, all, states);
  const lanes = Map.groupBy(sources, ({ lane }) => lane.id);
  let failed = 0;
  for (const source of sources.filter(({ feeds }) => feeds.some(({ id }) => named.has(id)))) {
    await mayGoOn();
    const mates = (lanes.get(source.lane.id) ?? []).flatMap(({ feeds }) => feeds);
    // In a shared store another hand may have polled the lane since: its gap is kept too.
    for (const [id, state] of await tools.store.readStates(mates.map(({ id }) => id))) states.set(id, state);
    const lane = mates.flatMap(({ id }) => states.get(id) ?? []);
    const turns = await Promise.all(
      source.feeds.map((feed) => turnOf(feed, source, { states, lane }, tools)),
    );
    const decision = decideTurns(turns, named, force, systemClock.now());
    if (!decision.mayPoll) {
      console.log(`${namesOf(source)}: not polled: ${printable(decision.why)}`);
      continue;
    }
    const now = systemClock.now();
    await wait(systemClock, gapEnd(source.lane, lane, now) - now);
    const options = { noCache: force, ...(wire && { wire: showWire }) };
    const { ends, faults } = await poll(source, states, tools, options);
    for (const end of ends) {
      states.set(end.state.feedId, end.state);
      const sharedWith = ends.filter((each) => each !== end).map(({ feed }) => feed.id);
      const hints = await hintsOf(end.feed.id, tools);
      const { overrides } = decision;
      console.log(pollReport(end, { overrides, hints, sharedWith, now: systemClock.now() }));
      if (isFailure(end.summary.outcome)) failed += 1;
    }
    for (const { feedId, code, message } of faults) console.log(`${feedId}: ${code}: ${printable(message)}`);
    failed += faults.length;
  }
  return failed;
}

async function turnOf(
  feed: DaemonFeed,
  { feeds }: Source<DaemonFeed>,
  stored: { readonly states: ReadonlyMap<string, FeedState>; readonly lane: readonly FeedState[] },
  tools: PollTools,
): Promise<Turn> {
  const own = stored.states.get(feed.id);
  return {
    plan: feed.plan,
    hints: await hintsOf(feed.id, tools),
    own,
    lane: stored.lane,
    isShared: feeds.length > 1,
    isOfOtherUrl: own !== undefined && isOfOtherUrl(feed, own),
  };
}

function isFailure(outcome: PollOutcome): boolean {
  return outcome === 'failed' || outcome === 'gone' || outcome === 'outage';
}

function namesOf({ feeds }: Source<DaemonFeed>): string {
  return feeds.map(({ id }) => id).join(', ');
}

async function hintsOf(id: string, { store }: PollTools): Promise<DocumentHints> {
  return (await store.readMemory(id))?.hints ?? {};
}

/** Standard output is for the outcome. Secrets are masked already; nothing an origin says steers the terminal. */
function showWire(line: string): void {
  console.error(printable(line));
}
