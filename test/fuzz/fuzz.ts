// `npm run fuzz`: mutated documents through the whole way from bytes to events. Exit code 0 when every promise was kept,
// in time and in memory too.
//
//   npm run fuzz -- --runs 100000 [--seed N] [--from N] [--no-measure]
//   npm run fuzz -- --case N [--seed N]

import { parseArgs } from 'node:util';
import { largestGrowth, type Measure, measure } from './memory.ts';
import { type FuzzCase, fuzzCase, judge } from './run-fuzz.ts';
import { hasCorpus, subjects } from './subjects.ts';
import { suspects } from './suspects.ts';
import type { Suspicion } from './suspicion.ts';
import { longestStretch, maxMs } from './time.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    case: { type: 'string' },
    'no-measure': { type: 'boolean', default: false },
  },
});

/** How many cases are measured again in a process of their own: the slowest, and the largest. */
const mostMeasured = 60;

const all = subjects();
const seed = Number(values.seed);
const from = Number(values.case ?? values.from);
const runs = values.case === undefined ? Number(values.runs) : 1;

print(
  hasCorpus
    ? `${all.length} documents, those of the corpus among them`
    : `${all.length} documents; the corpus is NOT there`,
);
let wrong = 0;
const times: { number: number; ms: number; bytes: number }[] = [];
for (let number = from; number < from + runs; number++) {
  const each = fuzzCase(all, seed, number);
  if (!isKept(each)) wrong += 1;
  times.push({ number, ms: longestStretch(each.mutant), bytes: each.mutant.bytes.length });
  if ((number - from + 1) % 5_000 === 0)
    process.stderr.write(`${number - from + 1} runs, ${wrong} findings\n`);
}
print(`${runs} runs with seed ${seed}: ${wrong} findings`);
if (!values['no-measure']) wrong += report(measured());
process.exitCode = wrong === 0 ? 0 : 1;

function isKept(each: FuzzCase): boolean {
  const finding = judge(each);
  if (finding === undefined) return true;
  const { number, subject, mutations, complaints } = finding;
  print(`case ${number} (${subject}; ${mutations.join(', ')})\n  ${complaints.join('\n  ')}`);
  return false;
}

function measured(): Measure[] {
  const slowest = times.toSorted((one, other) => other.ms - one.ms).slice(0, mostMeasured);
  const largest = times.toSorted((one, other) => other.bytes - one.bytes).slice(0, mostMeasured);
  const numbers = [...new Set([...slowest, ...largest].map(({ number }) => number))];
  const suspicions: Suspicion[] = [
    ...(values.case === undefined ? suspects : []).map(({ name }) => ({ name })),
    ...numbers.map((number) => ({ name: `case ${number}`, seed, number })),
  ];
  return suspicions.map(measure);
}

function report(measures: readonly Measure[]): number {
  print(
    `the longest without a turn of the event loop, of ${measures.length} measured alone (best of three; at most ${maxMs} ms):`,
  );
  for (const { name, ms } of measures.toSorted((one, other) => other.ms - one.ms).slice(0, 10))
    print(`${ms.toFixed(0).padStart(8)} ms  ${name}`);
  print(`the fattest of them, above what the process held before (at most ${largestGrowth / 1e6} MB):`);
  for (const { name, bytes } of measures.toSorted((one, other) => other.bytes - one.bytes).slice(0, 10))
    print(`${(bytes / 1e6).toFixed(1).padStart(8)} MB  ${name}`);
  return measures.filter(({ ms, bytes }) => ms > maxMs || bytes > largestGrowth).length;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
