// Times several ways of doing the same in turns, in one process, so that a slow moment of the machine falls on
// all alike. The median of many rounds is what counts.

import type { ParseLimits } from '../../src/parse/parse.ts';
import { median } from './contest.ts';

/** One reading of the document; gives the number of entries, so that nobody wins by finding none. */
export type Reading = () => number | Promise<number>;

/** Those of the configuration schema. */
export const defaultLimits: ParseLimits = {
  maxDepth: 100,
  maxReferences: 250_000,
  maxTags: 200_000,
  maxEntries: 5_000,
};

/** As long as the daemon has run when it meets its ten-thousandth document: all code is compiled. */
const warmUpMs = 1_500;
const rounds = 40;
/** Readings in a row, so that one that takes microseconds is not timed alone. */
const turnMs = 20;

/** Milliseconds of one reading, by contestant. */
export async function race(
  contestants: Readonly<Record<string, Reading>>,
  entries: number,
): Promise<Map<string, number>> {
  const times = new Map<string, number[]>();
  const take = async (who: string, read: Reading, ms: number) => {
    const found = await read();
    if (found !== entries) throw new Error(`${who} found ${found} entries and not ${entries}`);
    return await turn(read, ms);
  };
  for (const [who, read] of Object.entries(contestants)) await take(who, read, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const [who, read] of Object.entries(contestants)) {
      times.set(who, [...(times.get(who) ?? []), await take(who, read, turnMs)]);
    }
  }
  return new Map([...times].map(([who, each]) => [who, median(each)]));
}

async function turn(read: Reading, ms: number): Promise<number> {
  const start = performance.now();
  let readings = 0;
  while (performance.now() < start + ms) {
    await read();
    readings++;
  }
  return (performance.now() - start) / readings;
}
