// `feedhook demo`: a self-contained tour of the main job. Starts an origin, a receiver and the real daemon on
// loopback, shows six things that must be true of it, and ends with a table and a true exit code.

import { extname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Clock, systemClock } from '../../clock.ts';
import { Screen, seesColour } from './screen.ts';
import { Stage, TourFailure } from './stage.ts';
import { showArrival, showBaseline, showCrash, showRetry, showStop, showUnchanged } from './steps.ts';
import { type Evidence, tally, tallyRows } from './tally.ts';
import { publishers } from './texts/publishers.ts';

export interface DemoOptions {
  readonly output: Writable;
  readonly clock?: Clock;
  /** Default: the terminal and NO_COLOR decide. */
  readonly hasColour?: boolean;
  /** Ends the tour early; what it started is stopped and removed all the same. */
  readonly signal?: AbortSignal;
  /** Default: the cli beside this program. */
  readonly cli?: string;
}

const steps = [showBaseline, showArrival, showUnchanged, showRetry, showCrash, showStop];

/** Resolves with the exit code: 0 only when nothing is missing, nothing doubled and everything verified. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const clock = options.clock ?? systemClock;
  const hasColour = options.hasColour ?? seesColour(options.output, process.env);
  const screen = new Screen({ output: options.output, clock, hasColour });
  screen.title(
    'feedhook demo',
    `${publishers.length} feeds, one receiver and the real daemon, all on this machine; nothing leaves it.`,
  );
  const stage = await Stage.open({
    clock,
    screen,
    cli: options.cli ?? join(import.meta.dirname, `../../cli${extname(import.meta.filename)}`),
    signal: options.signal ?? new AbortController().signal,
  });
  try {
    const failure = await walk(stage);
    return conclude(stage, failure);
  } finally {
    await stage.close();
  }
}

/** Takes the steps in order and returns why it had to stop, if it had to. */
async function walk(stage: Stage): Promise<string | undefined> {
  try {
    for (const step of steps) await step(stage);
    return undefined;
  } catch (error) {
    if (stage.isInterrupted) return 'interrupted';
    // A TourFailure is a finding; anything else a fault on the way, such as a daemon that does not start.
    if (error instanceof TourFailure) return error.message;
    return error instanceof Error ? error.message : String(error);
  }
}

function conclude(stage: Stage, failure: string | undefined): number {
  const { screen, origin, receiver, published, restartedAt } = stage;
  const evidence: Evidence = {
    published,
    arrivals: receiver.arrivals,
    accepted: receiver.accepted,
    feeds: publishers.length,
    origin: origin.counts(),
    ...(restartedAt !== undefined && { restartedAt }),
  };
  const result = tally(evidence);
  screen.table(tallyRows(result, evidence));
  for (const { feedId, title } of result.missing) screen.verdict(`missing: ${feedId} “${title}”`, 'bad');
  if (failure !== undefined) screen.verdict(`FAILED: ${failure}`, 'bad');
  const isGood = failure === undefined && result.isClean;
  const time = `${(screen.elapsedMs / 1000).toFixed(1)} s`;
  screen.verdict(
    isGood ? `All as promised, in ${time}.` : `Not as promised, after ${time}.`,
    isGood ? 'good' : 'bad',
  );
  return isGood ? 0 : 1;
}
