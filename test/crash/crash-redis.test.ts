// The gate's share of the crash test over Redis: one of three daemons is killed, now and then redis-server itself, or a master
// whose replica lacks the last writes. The long forms are `npm run crash -- --store redis --kills 1000` and `-- --mutants`.

import { describe, expect, test } from '@jest/globals';
import { plant, trueSource } from './mutant-source.ts';
import { runCrash } from './run-crash.ts';
import { entriesAtOnce } from './world.ts';

const seed = 20_261_121;
const kills = 100;
/** Half of what the long form has: three daemons on one store poll them all. */
const feeds = 10;

describe('SIGKILL to one of several', () => {
  test('a hundred kills lose nothing, and repeat only under the same id', async () => {
    await using copy = await plant(trueSource);
    const report = await runCrash({
      kills,
      serverKills: 6,
      failovers: 4,
      sleepers: 10,
      seed,
      source: copy.source,
      store: 'redis',
      feeds,
    });
    expect(report).toMatchObject({
      violations: [],
      kills,
      killsOf: { worker: 80, sleeper: 10, server: 6, master: 4 },
      missing: 0,
      published: kills * feeds * entriesAtOnce,
    });
    expect(Math.min(...Object.values(report.killsBy))).toBeGreaterThan(kills / 5);
  }, 600_000);
});
