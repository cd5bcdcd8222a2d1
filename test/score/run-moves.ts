// Weeks in which feeds move and go: one poll every four days, over a machine that sleeps in between.

import { writeFile } from 'node:fs/promises';
import { temporaryFolder } from '../support/temporary.ts';
import { type Authority, createAuthority, hasOpenssl } from '../support/tls.ts';
import { dayMs } from './answer.ts';
import { compareScores, shownScore } from './compare.ts';
import { judge } from './judge.ts';
import { moveScenarios } from './moves-scenarios.ts';
import { playRounds } from './rounds.ts';
import type { Watched } from './run-score.ts';
import { ScaledClock } from './scaled-clock.ts';
import { configOf, linesOf } from './score-config.ts';
import { type Resource, ScoringOrigin } from './scoring-origin.ts';
import type { Tally } from './tally.ts';
import { WatchedDaemon } from './watched-daemon.ts';

const factor = 360;
/** A move is proven at the third poll, and a 410 believed at the fourth of `gone`. */
const rounds = 6;
const sleepMs = 4 * dayMs;
export async function watchMoves(tally: Tally): Promise<Watched> {
  const authority = hasOpenssl ? await createAuthority() : undefined;
  try {
    return await watchWeeks(authority, tally);
  } finally {
    await authority?.[Symbol.asyncDispose]();
  }
}

async function watchWeeks(authority: Authority | undefined, tally: Tally): Promise<Watched> {
  const clock = new ScaledClock(factor);
  await using home = await ScoringOrigin.start(clock);
  await using elsewhere = await ScoringOrigin.start(clock);
  await using twoSchemes = await ScoringOrigin.start(clock, authority?.issue('localhost'));
  const origins = [home, elsewhere, twoSchemes];
  const scenarios = moveScenarios(
    `http://${elsewhere.host}`,
    authority ? `http://${twoSchemes.host}` : undefined,
  );
  home.serve([...scenarios.configured, ...scenarios.targets]);
  elsewhere.serve(scenarios.elsewhere);
  twoSchemes.serve([...scenarios.upgraded, ...scenarios.upgradeTargets]);
  const configured = [...scenarios.configured, ...scenarios.upgraded];
  const feeds = [
    ...scenarios.configured.flatMap((each) => linesOf(home, each)),
    ...scenarios.upgraded.flatMap((each) => linesOf(twoSchemes, each)),
  ];
  const isHanging = () => origins.some((origin) => origin.isHanging);
  const visits = () => origins.flatMap((origin) => origin.visits).sort((a, b) => a.at - b.at);
  await using folder = await temporaryFolder();
  const caFile = folder.file('ca.pem');
  if (authority) await writeFile(caFile, authority.cert);
  const config = configOf({ feeds, ...(authority && { network: { ca: `file:${caFile}` } }) });
  await using daemon = await WatchedDaemon.start({ clock, config, isHanging });
  const unfinished = await playRounds({ daemon, clock, configured, visits, rounds, sleepMs, isDue });
  await daemon.stop();
  judge({ visits: visits(), restarts: daemon.restarts, endedAt: clock.now() }, tally);
  const resources = origins.flatMap((origin) => origin.resources);
  compareScores(await shownScore(daemon), resources, visits(), tally);
  return {
    requests: visits().length,
    restarts: daemon.restarts.length,
    unfinished,
    ...(!authority && { skipped: ['the https upgrade: there is no openssl'] }),
  };
}

/** Every feed in every round, but the one that is parked from the fourth on. */
function isDue({ name }: Resource, round: number): boolean {
  return name !== 'gone' || round < 4;
}
