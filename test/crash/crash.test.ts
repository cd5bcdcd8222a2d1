// The gate's share of the crash test: the daemon is killed a hundred times and must lose nothing;
// the subtlest planted fault must be found. The long forms are `npm run crash -- --kills 1000` and `-- --mutants`.

import { describe, expect, test } from '@jest/globals';
import { plant, trueSource } from './mutant-source.ts';
import { mutants } from './mutants.ts';
import { runCrash } from './run-crash.ts';
import { entriesAtOnce } from './world.ts';

const seed = 20_261_120;
const kills = 100;

describe('SIGKILL', () => {
  test('a hundred kills lose nothing, and repeat only under the same id', async () => {
    await using copy = await plant(trueSource);
    const report = await runCrash({ kills, seed, source: copy.source });
    expect(report).toMatchObject({
      violations: [],
      kills,
      missing: 0,
      published: kills * 20 * entriesAtOnce,
    });
    // Each kind of instant was tried, or the run proves less than it says.
    expect(Math.min(...Object.values(report.killsBy))).toBeGreaterThan(kills / 5);
  }, 600_000);

  test('validators saved just before the entries they vouch for are found within a hundred kills', async () => {
    const mutant = mutants.find(({ name }) => name === 'validators-before-entries-at-once');
    if (mutant === undefined) throw new Error('the mutant is gone');
    await using copy = await plant(mutant);
    const report = await runCrash({ kills, seed, source: copy.source, endsAtViolation: true });
    expect(report.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['L1', 'L6']));
  }, 600_000);
});
