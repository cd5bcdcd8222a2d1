// A site of several hosts, reached through a proxy that plays them all: its lane is one, whichever host is asked. Beside
// it another site, which has nothing to do with it.

import { dayMs, failure, feed, minuteMs, notModified } from './answer.ts';
import { compareScores, shownScore } from './compare.ts';
import { judge } from './judge.ts';
import { playRounds } from './rounds.ts';
import type { Watched } from './run-score.ts';
import { ScaledClock } from './scaled-clock.ts';
import { configOf, linesOf } from './score-config.ts';
import { type Resource, ScoringOrigin } from './scoring-origin.ts';
import type { Tally } from './tally.ts';
import { WatchedDaemon } from './watched-daemon.ts';

const factor = 360;
const gapMs = minuteMs;
const lane = { name: 'tides.example', gapMs };
const both = { etag: '"v1"', modified: 'Fri, 20 Nov 2026 06:00:00 GMT' };
const again = notModified();
const retryAfterMs = 5 * minuteMs;
const limited = failure(429, { fields: { 'retry-after': '300' }, asks: { retryAfterMs } });

/** Each is the first to be told off in one round, whatever order they come in. */
const site: readonly Resource[] = ['north', 'south'].map((name, at) => ({
  name,
  target: `http://${name}.tides.example/feed`,
  script: at === 0 ? [feed(both), limited, again] : [feed(both), again, limited],
  rest: again,
  lane,
}));

const other: Resource = {
  name: 'other-site',
  target: 'http://moon.example/feed',
  script: [feed(both)],
  rest: again,
};

export async function watchSites(tally: Tally): Promise<Watched> {
  const clock = new ScaledClock(factor);
  await using origin = await ScoringOrigin.start(clock);
  const configured = [...site, other];
  origin.serve(configured);
  const config = configOf({
    feeds: configured.flatMap((each) => linesOf(origin, each)),
    origins: { 'tides.example': { scope: 'site', gap: `${gapMs}ms` } },
    // Nothing is looked up, and nothing but this origin can be reached.
    network: { proxy: { url: origin.proxy, resolves: 'proxy' } },
  });
  const isHanging = () => origin.isHanging;
  await using daemon = await WatchedDaemon.start({ clock, config, isHanging });
  const visits = () => origin.visits;
  const unfinished = await playRounds({ daemon, clock, configured, visits, rounds: 4, sleepMs: dayMs });
  await daemon.stop();
  judge({ visits: origin.visits, restarts: daemon.restarts, endedAt: clock.now() }, tally);
  compareScores(await shownScore(daemon), configured, origin.visits, tally);
  return { requests: origin.visits.length, restarts: daemon.restarts.length, unfinished };
}
