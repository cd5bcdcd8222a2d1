// Weeks in seconds: in each round every feed is asked once, and between two rounds the machine sleeps, which is
// nothing but a jump of the clock. Waits for what must come, so a slow machine only makes it longer.

import { wait } from '../../src/clock.ts';
import { minuteMs } from './answer.ts';
import type { ScaledClock } from './scaled-clock.ts';
import type { Resource, Visit } from './scoring-origin.ts';
import type { WatchedDaemon } from './watched-daemon.ts';

/** Of scoring time: in which all feeds are asked, and after which whoever must not come would have come. */
const longestRoundMs = 4 * 60 * minuteMs;
const afterRoundMs = 2 * minuteMs;

export interface Rounds {
  readonly daemon: WatchedDaemon;
  readonly clock: ScaledClock;
  readonly configured: readonly Resource[];
  readonly visits: () => readonly Visit[];
  readonly rounds: number;
  readonly sleepMs: number;
  /** Whether a feed is to be asked in a round, counted from 0; all are, if nobody says. */
  readonly isDue?: (resource: Resource, round: number) => boolean;
}

/** Returns who was not asked. */
export async function playRounds(play: Rounds): Promise<string[]> {
  const { daemon, clock, configured, visits, rounds, sleepMs, isDue = () => true } = play;
  const unasked: string[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await daemon.sleep(sleepMs);
    const began = clock.now();
    const missing = () => {
      const asked = visits().filter(({ at }) => at >= began);
      return configured.filter((each) => isDue(each, round) && !asked.some((visit) => isOf(each, visit)));
    };
    while (missing().length > 0 && clock.now() - began < longestRoundMs) await wait(clock, minuteMs / 4);
    for (const { name } of missing()) unasked.push(`${name} in round ${round + 1}`);
    await wait(clock, afterRoundMs);
  }
  return unasked;
}

function isOf({ name }: Resource, { resource }: Visit): boolean {
  return resource?.name === name || resource?.of === name;
}
