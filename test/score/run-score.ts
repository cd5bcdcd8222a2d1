// Runs the daemon against scoring origins and judges what they saw:
//
//   days       every scenario, an hour a second, with a reload every ten minutes and a restart every six hours
//   restarts   an hour of restarts, one a minute, six minutes a second
//   by hand    `feedhook poll` on the store of each run, which must find nothing that it may ask
//   doubles    two lines with one URL, only counted: rule 21 is not built yet

import { wait } from '../../src/clock.ts';
import { feedhook } from '../support/command.ts';
import { dayMs, hourMs, minuteMs } from './answer.ts';
import { judge } from './judge.ts';
import { ScaledClock } from './scaled-clock.ts';
import { dayScenarios, restartScenarios } from './scenarios.ts';
import { type Resource, ScoringOrigin } from './scoring-origin.ts';
import { Tally } from './tally.ts';
import { WatchedDaemon } from './watched-daemon.ts';

export interface Score {
  readonly tally: Tally;
  readonly requests: number;
  readonly restarts: number;
  readonly hours: number;
  /** Scenarios whose script did not come to its end: rules that look kept may not have been tested. */
  readonly unfinished: readonly string[];
  /** Requests for one URL that two lines name, within the first hour. */
  readonly doubled: number;
}

export interface ScoreOptions {
  /** Of scoring time; longer if the scripts need it. */
  readonly hours: number;
}

/** An hour in a second: short enough for days, long enough for sockets, SQLite and a busy machine. */
const daysFactor = 3_600;
/** Of scoring time; no scenario needs more. */
const longestDaysMs = 3 * dayMs;
const restartsFactor = 360;

export async function runScore({ hours }: ScoreOptions): Promise<Score> {
  const tally = new Tally();
  const [days, restarts] = await Promise.all([watchDays(hours * hourMs, tally), watchRestarts(tally)]);
  return {
    tally,
    requests: days.requests + restarts.requests,
    restarts: days.restarts + restarts.restarts,
    hours: days.hours,
    unfinished: [...days.unfinished, ...restarts.unasked],
    doubled: restarts.doubled,
  };
}

async function watchDays(spanMs: number, tally: Tally) {
  const clock = new ScaledClock(daysFactor);
  const startedAt = clock.now();
  await using open = await ScoringOrigin.start(clock);
  await using crowded = await ScoringOrigin.start(clock);
  await using elsewhere = await ScoringOrigin.start(clock);
  const scenarios = dayScenarios(startedAt, `http://${elsewhere.host}`);
  open.serve([...scenarios.open, ...scenarios.targets]);
  crowded.serve(scenarios.crowd);
  elsewhere.serve(scenarios.elsewhere);
  const config = configOf(
    [
      ...scenarios.open.map((each) => lineOf(open, each)),
      ...scenarios.crowd.map((each) => lineOf(crowded, each)),
    ],
    { [crowded.host]: { scope: 'host', gap: `${scenarios.crowdGapMs}ms` } },
  );
  await using daemon = await WatchedDaemon.start(clock, config);
  const origins = [open, crowded, elsewhere];
  const unfinished = () =>
    origins.flatMap((origin) =>
      origin.resources.filter((each) => origin.countOf(each) <= each.script.length).map(({ name }) => name),
    );
  const elapsed = () => clock.now() - startedAt;
  let restartAt = 6 * hourMs;
  while (elapsed() < spanMs || (unfinished().length > 0 && elapsed() < longestDaysMs)) {
    await wait(clock, 10 * minuteMs);
    if (elapsed() < restartAt || !origins.every(({ isQuiet }) => isQuiet)) await daemon.reload();
    else {
      restartAt = elapsed() + 6 * hourMs;
      await daemon.restart();
    }
  }
  await daemon.stop();
  const visits = origins.flatMap((origin) => origin.visits).sort((a, b) => a.at - b.at);
  judge({ visits, restarts: daemon.restarts }, tally);
  await pollByHand(daemon, open, tally, []);
  return {
    requests: visits.length,
    restarts: daemon.restarts.length,
    hours: Math.round(elapsed() / hourMs),
    unfinished: unfinished(),
  };
}

/**
 * Rule 20: one run of the command, which must find nothing that it may ask. The store's next polls and holds lie
 * in the future of the system's clock, by which the command lives.
 */
async function pollByHand(
  daemon: WatchedDaemon,
  origin: ScoringOrigin,
  tally: Tally,
  args: readonly string[],
) {
  const before = origin.visits.length;
  const { stdout } = await feedhook(['poll', '--config', daemon.configFile, ...args], daemon.folder.path);
  const asked = origin.visits.slice(before).map(({ target }) => target);
  const refusals = stdout.split('\n').filter((line) => line.includes(': not polled: '));
  tally.checkSaid(20, asked.length === 0, `poll ${args.join(' ')} asked for ${asked.join(', ')}`);
  tally.checkSaid(20, refusals.length > 0, `poll ${args.join(' ')} did not say why not: ${stdout}`);
}

async function watchRestarts(tally: Tally) {
  const clock = new ScaledClock(restartsFactor);
  await using origin = await ScoringOrigin.start(clock);
  const doubled: Resource = { ...restartSteady(), name: 'doubled', target: '/doubled' };
  origin.serve([...restartScenarios, doubled]);
  const lines = [...restartScenarios, doubled].map((each) => lineOf(origin, each));
  const twin = { ...lineOf(origin, doubled), id: 'doubled-twin' };
  await using daemon = await WatchedDaemon.start(clock, configOf([...lines, twin], {}));
  const endsAt = clock.now() + hourMs;
  while (clock.now() < endsAt) {
    await wait(clock, minuteMs);
    await daemon.restart();
  }
  // Long enough after the hour to see who comes too early for the second request.
  await wait(clock, 30 * minuteMs);
  await daemon.stop();
  const visits = origin.visits.filter(({ resource }) => resource !== doubled);
  const doubles = origin.visits.filter(({ resource, at }) => resource === doubled && at < endsAt);
  judge({ visits, restarts: daemon.restarts }, tally);
  await pollByHand(daemon, origin, tally, ['--force', 'restart-limited']);
  const unasked = restartScenarios.filter((each) => origin.countOf(each) === 0).map(({ name }) => name);
  return { requests: visits.length, restarts: daemon.restarts.length, unasked, doubled: doubles.length };
}

function restartSteady(): Resource {
  const [steady] = restartScenarios;
  if (!steady) throw new Error('there are no restart scenarios');
  return steady;
}

function lineOf(origin: ScoringOrigin, resource: Resource): { id: string; url: string; headers?: object } {
  const { name, authorization } = resource;
  return {
    id: name,
    url: origin.urlOf(resource),
    ...(authorization !== undefined && { headers: { Authorization: authorization } }),
  };
}

/** Everything as it comes, except what loopback and the speed of the clock need. */
function configOf(feeds: readonly object[], origins: object): object {
  return {
    store: 'sqlite:./feedhook.db',
    defaults: { contact: 'https://example.org/feeds' },
    // The deadline runs by the scoring clock.
    limits: { requestTimeout: '1h' },
    network: { feeds: { allow: ['loopback'] } },
    server: { listen: 'off' },
    origins,
    feeds,
  };
}
