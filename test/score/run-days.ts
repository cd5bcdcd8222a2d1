// Every scenario, an hour a second, with a reload every ten minutes and a restart every six hours.

import { wait } from '../../src/clock.ts';
import { dayMs, hourMs, minuteMs } from './answer.ts';
import { pollRefused } from './by-hand.ts';
import { compareScores, shownScore } from './compare.ts';
import { judge } from './judge.ts';
import type { Watched } from './run-score.ts';
import { ScaledClock } from './scaled-clock.ts';
import { dayScenarios } from './scenarios.ts';
import { configOf, linesOf } from './score-config.ts';
import { ScoringOrigin } from './scoring-origin.ts';
import type { Tally } from './tally.ts';
import { WatchedDaemon } from './watched-daemon.ts';

/** An hour in a second: short enough for days, long enough for sockets, SQLite and a busy machine. */
const factor = 3_600;
/** Of scoring time; no scenario needs more. */
const longestMs = 3 * dayMs;

export async function watchDays(spanMs: number, tally: Tally): Promise<Watched & { hours: number }> {
  const clock = new ScaledClock(factor);
  const startedAt = clock.now();
  await using open = await ScoringOrigin.start(clock);
  await using crowded = await ScoringOrigin.start(clock);
  await using elsewhere = await ScoringOrigin.start(clock);
  const origins = [open, crowded, elsewhere];
  const scenarios = dayScenarios(startedAt, `http://${elsewhere.host}`);
  open.serve([...scenarios.open, ...scenarios.targets]);
  crowded.serve(scenarios.crowd);
  elsewhere.serve(scenarios.elsewhere);
  const config = configOf({
    feeds: [
      ...scenarios.open.flatMap((each) => linesOf(open, each)),
      ...scenarios.crowd.flatMap((each) => linesOf(crowded, each)),
    ],
    origins: { [crowded.host]: { scope: 'host', gap: `${scenarios.crowdGapMs}ms` } },
  });
  const isHanging = () => origins.some((origin) => origin.isHanging);
  await using daemon = await WatchedDaemon.start({ clock, config, isHanging });
  const unfinished = () =>
    origins.flatMap((origin) =>
      origin.resources.filter((each) => origin.countOf(each) <= each.script.length).map(({ name }) => name),
    );
  const isQuiet = () => origins.every((origin) => origin.isQuiet);
  const elapsed = () => clock.now() - startedAt;
  let restartAt = 6 * hourMs;
  while (elapsed() < spanMs || (unfinished().length > 0 && elapsed() < longestMs)) {
    await wait(clock, 10 * minuteMs);
    if (elapsed() < restartAt || !isQuiet()) await daemon.reload();
    else {
      restartAt = elapsed() + 6 * hourMs;
      await daemon.restart();
    }
  }
  while (!isQuiet()) await wait(clock, minuteMs);
  await daemon.stop();
  const hours = Math.round(elapsed() / hourMs);
  const visits = origins.flatMap((origin) => origin.visits).sort((a, b) => a.at - b.at);
  judge({ visits, restarts: daemon.restarts, endedAt: clock.now() }, tally);
  const resources = origins.flatMap((origin) => origin.resources);
  compareScores(await shownScore(daemon), resources, visits, tally);
  await pollRefused({ daemon, origin: open, tally }, []);
  return { requests: visits.length, restarts: daemon.restarts.length, unfinished: unfinished(), hours };
}
