// Runs the daemon against scoring origins and judges what they saw, four runs at the same time:
//
//   days       every scenario, an hour a second                            run-days.ts
//   restarts   an hour of restarts, a second process, polls by hand        run-restarts.ts
//   moves      weeks of redirects and 410s                                 run-moves.ts
//   sites      a site of several hosts, through a proxy                    run-sites.ts

import { hourMs } from './answer.ts';
import { watchDays } from './run-days.ts';
import { watchMoves } from './run-moves.ts';
import { watchRestarts } from './run-restarts.ts';
import { watchSites } from './run-sites.ts';
import { Tally } from './tally.ts';

/** What one run has seen. */
export interface Watched {
  readonly requests: number;
  readonly restarts: number;
  /** Scenarios whose script did not come to its end: rules that look kept may not have been tested. */
  readonly unfinished: readonly string[];
  /** What this machine cannot be used to test, and why. */
  readonly skipped?: readonly string[];
}

export interface Score extends Watched {
  readonly tally: Tally;
  readonly hours: number;
}

export interface ScoreOptions {
  /** Of scoring time; longer if the scripts need it. */
  readonly hours: number;
}

export async function runScore({ hours }: ScoreOptions): Promise<Score> {
  const tally = new Tally();
  const runs = await Promise.all([
    watchDays(hours * hourMs, tally),
    watchRestarts(tally),
    watchMoves(tally),
    watchSites(tally),
  ]);
  const sum = (count: (run: Watched) => number) => runs.reduce((total, run) => total + count(run), 0);
  return {
    tally,
    hours: runs[0].hours,
    requests: sum(({ requests }) => requests),
    restarts: sum(({ restarts }) => restarts),
    unfinished: runs.flatMap(({ unfinished }) => unfinished),
    skipped: runs.flatMap(({ skipped = [] }: Watched) => skipped),
  };
}
