// A crash run: independent worlds side by side, each with a share of the kills, and one report of them all.
// Ends early when a mutant is caught; the true program is always run to the end.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fastFolder } from '../support/temporary.ts';
import type { StoreKind, Victim } from './crash-store.ts';
import type { Instant } from './instant.ts';
import type { Violation } from './ledger.ts';
import { victims } from './victims.ts';
import { World } from './world.ts';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Folder that holds the cli.ts to run. */
  readonly source: string;
  /** Default sqlite. */
  readonly store?: StoreKind;
  /** Of the kills, so many are of the redis-server, which comes back with its file. Default 0. */
  readonly serverKills?: number;
  /** Of the kills, so many are of a master whose replica lacks the last writes. Default 0. */
  readonly failovers?: number;
  /** Of the kills, so many only put a daemon to sleep until others have taken over. Default 0. */
  readonly sleepers?: number;
  /** Default 20. */
  readonly feeds?: number;
  /** Default 2. */
  readonly worlds?: number;
  /** Stop all worlds at the first violation. */
  readonly endsAtViolation?: boolean;
  /** Folder for what the daemons say; default: they are not heard. */
  readonly logs?: string;
  /** Called after each kill, with how many there have been in all worlds. */
  readonly onKill?: (kills: number, violations: number) => void;
}

export interface CrashReport {
  readonly seed: number;
  readonly kills: number;
  readonly killsBy: Readonly<Record<Instant['kind'], number>>;
  readonly killsOf: Readonly<Record<Victim, number>>;
  readonly published: number;
  readonly missing: number;
  /** Accepted again under the same id. */
  readonly duplicates: number;
  readonly requests: number;
  readonly durationMs: number;
  readonly violations: readonly Violation[];
}

/** Git ignores it. */
export const crashFolder = join(import.meta.dirname, '../../.crash');

let runs = 0;

export async function runCrash(options: CrashOptions): Promise<CrashReport> {
  const startedAt = performance.now();
  const { seed, worlds = 2 } = options;
  const folder = join(crashFolder, `run-${process.pid}-${++runs}`);
  await mkdir(folder, { recursive: true });
  // In memory: a daemon that ends writes all it has compiled, and on a busy disk that takes longer than it has.
  await using cache = await fastFolder();
  const killsBy = { burst: 0, answer: 0, request: 0 };
  const killsOf = { worker: 0, sleeper: 0, server: 0, master: 0 };
  const ledgers: World['ledger'][] = [];
  const isCaught = () =>
    options.endsAtViolation === true && ledgers.some((each) => each.violations.length > 0);
  const onKill = ({ kind }: Instant, victim: Victim) => {
    killsBy[kind] += 1;
    killsOf[victim] += 1;
    options.onKill?.(
      sum(ledgers.map((each) => each.kills)),
      sum(ledgers.map((each) => each.violations.length)),
    );
  };
  try {
    const ends = await Promise.allSettled(
      shares(victims(options), worlds).map((share, index) =>
        runWorld({
          options,
          share,
          folder,
          compileCache: cache.path,
          index,
          isCaught,
          onKill,
          onLedger: (each) => ledgers.push(each),
        }),
      ),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    seed,
    kills: sum(ledgers.map((each) => each.kills)),
    killsBy,
    killsOf,
    published: sum(ledgers.map((each) => each.published)),
    missing: sum(ledgers.map((each) => each.missing)),
    duplicates: sum(ledgers.map((each) => each.duplicates)),
    requests: sum(ledgers.map((each) => each.requests)),
    durationMs: performance.now() - startedAt,
    violations: ledgers.flatMap((each) => each.violations),
  };
}

interface WorldRun {
  readonly options: CrashOptions;
  /** Who is killed, in this order. */
  readonly share: readonly Victim[];
  readonly folder: string;
  readonly compileCache: string;
  readonly index: number;
  /** A violation was found, and one is enough. */
  readonly isCaught: () => boolean;
  readonly onKill: (instant: Instant, victim: Victim) => void;
  readonly onLedger: (ledger: World['ledger']) => void;
}

async function runWorld({
  options,
  share,
  folder,
  compileCache,
  index,
  isCaught,
  onKill,
  onLedger,
}: WorldRun): Promise<void> {
  const world = await World.open({
    seed: options.seed + index,
    folder: join(folder, `world-${index + 1}`),
    cli: join(options.source, 'cli.ts'),
    feeds: options.feeds ?? 20,
    compileCache,
    store: options.store ?? 'sqlite',
    ...(options.logs !== undefined && { logs: options.logs }),
  });
  onLedger(world.ledger);
  try {
    await world.baseline();
    const isOver = () => world.isOver || isCaught();
    for (const victim of share) if (!isOver()) onKill(await world.cycle(victim), victim);
    if (!isOver()) await world.finish();
  } finally {
    await world.close();
  }
}

/** Cut into `parts` of nearly equal length. */
function shares<T>(all: readonly T[], parts: number): T[][] {
  return Array.from({ length: parts }, (_, part) => all.filter((_, place) => place % parts === part));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
