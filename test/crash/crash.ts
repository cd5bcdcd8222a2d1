// `npm run crash`: kills the daemon many times and checks the ledger. Exit code 0 when the true
// program keeps every rule, or when every mutant asked for is caught.
//
//   npm run crash -- --kills 1000 [--seed N] [--worlds N] [--logs FOLDER]
//   npm run crash -- --store redis --kills 1000 [--server-kills N] [--failovers N] [--sleepers N]
//   npm run crash -- [--store redis] --mutants | --mutant NAME

import { parseArgs } from 'node:util';
import { type Mutant, plant, trueSource } from './mutant-source.ts';
import { mutantsOf } from './mutants.ts';
import { reportText } from './report.ts';
import { type CrashOptions, runCrash } from './run-crash.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    worlds: { type: 'string', default: '2' },
    store: { type: 'string', default: 'sqlite' },
    'server-kills': { type: 'string' },
    failovers: { type: 'string', default: '0' },
    sleepers: { type: 'string', default: '0' },
    logs: { type: 'string' },
    mutant: { type: 'string', multiple: true, default: [] },
    mutants: { type: 'boolean', default: false },
  },
});

const { store } = values;
if (store !== 'sqlite' && store !== 'redis') throw new Error('--store is sqlite or redis');
const kills = wholeNumber('kills', values.kills);
const usualServerKills = store === 'redis' ? Math.floor(kills / 10) : 0;
const common = {
  store,
  kills,
  serverKills: wholeNumber('server-kills', values['server-kills'] ?? String(usualServerKills)),
  failovers: wholeNumber('failovers', values.failovers),
  sleepers: wholeNumber('sleepers', values.sleepers),
  seed: wholeNumber('seed', values.seed),
  worlds: wholeNumber('worlds', values.worlds),
  ...(values.logs !== undefined && { logs: values.logs }),
  onKill: showProgress,
} as const;
const mutants = mutantsOf(store);
const chosen = values.mutants ? mutants : values.mutant.map(mutantNamed);
process.exitCode = chosen.length > 0 ? await hunt(chosen, common) : await endure(common);

/** The true program must survive. */
async function endure(options: Omit<CrashOptions, 'source'>): Promise<number> {
  await using copy = await plant(trueSource);
  const report = await runCrash({ ...options, source: copy.source });
  print(reportText(report));
  return report.violations.length === 0 ? 0 : 1;
}

/** Every mutant must be caught, and every control must not. */
async function hunt(some: readonly Mutant[], options: Omit<CrashOptions, 'source'>): Promise<number> {
  let wrong = 0;
  for (const mutant of some) {
    await using planted = await plant(mutant);
    const report = await runCrash({ ...options, source: planted.source, endsAtViolation: true });
    const [first] = report.violations;
    const isRight = (first === undefined) === (mutant.isControl === true);
    if (!isRight) wrong += 1;
    const end = first
      ? `caught at kill ${report.kills}, ${first.rule}: ${first.text}`
      : `survived ${report.kills} kills`;
    print(`${isRight ? 'as it should' : 'WRONG       '}  ${mutant.name.padEnd(34)}  ${end}`);
  }
  return wrong === 0 ? 0 : 1;
}

function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((each) => each.name === name);
  if (mutant) return mutant;
  throw new Error(`no mutant ${name}; there are ${mutants.map((each) => each.name).join(', ')}`);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} wants a whole number, not ${text}`);
  return Number(text);
}

function showProgress(kills: number, violations: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${kills} kills, ${violations} violations `);
  else if (kills % 100 === 0) process.stderr.write(`${kills} kills, ${violations} violations\n`);
}

function print(text: string): void {
  process.stdout.write(`${process.stderr.isTTY ? '\n' : ''}${text}\n`);
}
