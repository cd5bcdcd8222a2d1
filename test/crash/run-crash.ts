// A crash run: independent worlds side by side, each with a share of the kills, and one report of them all.
// Ends early when a mutant is caught; the true program is always run to the end.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from './instant.ts';
import type { Violation } from './ledger.ts';
import { World } from './world.ts';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Folder that holds the cli.ts to run. */
  readonly source: string;
  /** Default 20. */
  readonly feeds?: number;
  /** Default 2. */
  readonly worlds?: number;
  /** Stop all worlds at the first violation. */
  readonly endsAtViolation?: boolean;
  /** Called after each kill, with how many there have been in all worlds. */
  readonly onKill?: (kills: number, violations: number) => void;
}

export interface CrashReport {
  readonly seed: number;
  readonly kills: number;
  readonly killsBy: Readonly<Record<Instant['kind'], number>>;
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
  const killsBy = { burst: 0, answer: 0, request: 0 };
  const ledgers: World['ledger'][] = [];
  const isCaught = () =>
    options.endsAtViolation === true && ledgers.some((each) => each.violations.length > 0);
  const onKill = ({ kind }: Instant) => {
    killsBy[kind] += 1;
    options.onKill?.(
      sum(ledgers.map((each) => each.kills)),
      sum(ledgers.map((each) => each.violations.length)),
    );
  };
  try {
    const ends = await Promise.allSettled(
      shares(options.kills, worlds).map((kills, index) =>
        runWorld({ options, kills, folder, index, isCaught, onKill, onLedger: (each) => ledgers.push(each) }),
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
  readonly kills: number;
  readonly folder: string;
  readonly index: number;
  /** A violation was found, and one is enough. */
  readonly isCaught: () => boolean;
  readonly onKill: (instant: Instant) => void;
  readonly onLedger: (ledger: World['ledger']) => void;
}

async function runWorld({
  options,
  kills,
  folder,
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
    compileCache: join(folder, 'compile-cache'),
  });
  onLedger(world.ledger);
  try {
    await world.baseline();
    const isOver = () => world.isOver || isCaught();
    for (let kill = 0; kill < kills && !isOver(); kill++) onKill(await world.cycle());
    if (!isOver()) await world.finish();
  } finally {
    await world.close();
  }
}

/** `total` cut into `parts` nearly equal whole shares. */
function shares(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, index) => Math.floor((total + index) / parts));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
