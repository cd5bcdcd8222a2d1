// `npm run corpus`: the share of cases in which every assertion holds, and of assertions, for each set and in
// all. `--misses` prints what does not hold, `--set NAME` reads one set only.

import { parseArgs } from 'node:util';
import { type CorpusAssertion, corpusSets, hasCorpus } from '../support/corpus.ts';
import { isAnswered, valueAt } from './judge.ts';
import { anyUrl, type CaseResult, instructive, runSet, type Score, scoreOf } from './run.ts';

const { values } = parseArgs({ options: { misses: { type: 'boolean' }, set: { type: 'string' } } });

if (!hasCorpus) {
  console.log('SKIPPED: there is no corpus at ../shared/corpus beside the project');
  process.exit(0);
}

const names = corpusSets();
if (values.set !== undefined && !names.includes(values.set)) {
  console.error(`no set ${values.set}; there are ${names.join(', ')}`);
  process.exit(2);
}

const results = (values.set === undefined ? names : [values.set]).map((set) => ({ set, cases: runSet(set) }));
const binding = results.filter(({ set }) => set !== instructive);
printRow('set', 'cases', 'assertions');
for (const { set, cases } of binding) printScore(set, scoreOf(cases));
if (binding.length > 1) printScore('all', scoreOf(binding.flatMap(({ cases }) => cases)));
for (const { set, cases } of results) {
  if (set === instructive) printScore(`(${set}`, scoreOf(cases), ', instructs only)');
}
printTrouble(results.flatMap(({ cases }) => cases));
if (values.misses) {
  // Of the instructive set only when it is asked for.
  const shown = values.set === undefined ? binding : results;
  for (const result of shown.flatMap(({ cases }) => cases)) printMisses(result);
}

function printScore(name: string, { cases, wholeCases, assertions, held }: Score, end = ''): void {
  printRow(name, share(wholeCases, cases), share(held, assertions), end);
}

function printRow(name: string, cases: string, assertions: string, end = ''): void {
  console.log(`${name.padEnd(22)}${cases.padStart(24)}${assertions.padStart(26)}${end}`);
}

function share(part: number, whole: number): string {
  const percent = (Math.floor((10_000 * part) / whole) / 100).toFixed(2);
  return `${part}/${whole} ${percent.padStart(6)} %`;
}

function printTrouble(cases: readonly CaseResult[]): void {
  const troubled = cases.filter(({ reading }) => !isAnswered(reading));
  const slowest = Math.max(...cases.map(({ reading }) => reading.ms));
  console.log(`\n${troubled.length} crashed or took over 5 s; the slowest took ${Math.ceil(slowest)} ms`);
  for (const { each, reading } of troubled) console.log(each.file, reading.crash ?? `${reading.ms} ms`);
}

function printMisses({ set, each, reading, misses }: CaseResult): void {
  for (const miss of misses) {
    console.log(`\n${set}  ${each.file}${each.contentType ? `  (${each.contentType})` : ''}`);
    console.log(`  ${miss.path}${miss.kind ? ` [${miss.kind}]` : ''}`);
    console.log(`  expected ${wanted(miss)}`);
    const got = miss.path.split('|').map((path) => {
      if (path === 'encoding') return reading.charset;
      return reading.feed && valueAt(reading.feed, path, each.url ?? anyUrl).value;
    });
    console.log(`  got      ${reading.feed === undefined ? '(refused)' : got.map(shown).join(' | ')}`);
  }
}

function wanted({ path, kind, extended, ...form }: CorpusAssertion): string {
  return 'equals' in form ? shown(form.equals) : shown(form);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 600);
}
