// An hour of restarts, one a minute, six minutes a second; then a second process, and polls by hand.

import { wait } from '../../src/clock.ts';
import { feedhook } from '../support/command.ts';
import { hourMs, minuteMs } from './answer.ts';
import { pollForced, pollRefused } from './by-hand.ts';
import { compareScores, shownScore } from './compare.ts';
import { judge } from './judge.ts';
import type { Watched } from './run-score.ts';
import { ScaledClock } from './scaled-clock.ts';
import { restartScenarios } from './scenarios.ts';
import { configOf, linesOf } from './score-config.ts';
import { ScoringOrigin } from './scoring-origin.ts';
import type { Tally } from './tally.ts';
import { WatchedDaemon } from './watched-daemon.ts';

const factor = 360;

export async function watchRestarts(tally: Tally): Promise<Watched> {
  const clock = new ScaledClock(factor);
  await using origin = await ScoringOrigin.start(clock);
  origin.serve(restartScenarios);
  const config = configOf({ feeds: restartScenarios.flatMap((each) => linesOf(origin, each)) });
  const isHanging = () => origin.isHanging;
  await using daemon = await WatchedDaemon.start({ clock, config, isHanging });
  const endsAt = clock.now() + hourMs;
  while (clock.now() < endsAt) {
    await wait(clock, minuteMs);
    await daemon.restart();
  }
  await runTwice(daemon, tally);
  // Long enough after the hour to see who comes too early for the second request.
  await wait(clock, Math.max(0, endsAt + 30 * minuteMs - clock.now()));
  await daemon.stop();
  judge({ visits: origin.visits, restarts: daemon.restarts, endedAt: clock.now() }, tally);
  const requests = origin.visits.length;
  compareScores(await shownScore(daemon), restartScenarios, origin.visits, tally);
  await pollRefused({ daemon, origin, tally }, ['--force', 'restart-limited']);
  await pollForced({ daemon, origin, tally }, 'restart-fresh');
  const { early } = (await shownScore(daemon)).get('restart-fresh') ?? {};
  tally.checkSaid(23, early === 1, `of the one poll --force inside max-age status --score counts ${early}`);
  const unfinished = restartScenarios.filter((each) => origin.countOf(each) === 0).map(({ name }) => name);
  return { requests, restarts: daemon.restarts.length, unfinished };
}

/** Rule 21: a second process on the store of a daemon ends at once, so there is nobody else to ask. */
async function runTwice({ configFile, folder }: WatchedDaemon, tally: Tally): Promise<void> {
  const { code, stderr } = await feedhook(['run', '--config', configFile], folder.path);
  const isRefused = code !== 0 && stderr.includes('store-locked');
  tally.checkSaid(21, isRefused, `a second process on one store ended with ${code}: ${stderr}`);
}
