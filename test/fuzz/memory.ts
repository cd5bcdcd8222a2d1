// How much time and memory one document takes, measured in a process of its own, so that what an earlier document left
// behind hides nothing and one that fills the heap ends nothing else. Memory is the peak of the resident set above what it
// was after warming up: the kernel keeps that peak and resets it on request; elsewhere it is the heap right after.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Served } from './read.ts';
import { subjects } from './subjects.ts';
import { caseOf, type Suspicion } from './suspicion.ts';
import { longestStretch, stretches } from './time.ts';

/** For a document of 1 MB. */
export const largestGrowth = 64_000_000;

export interface Measure {
  readonly name: string;
  /** Infinite when the process died of it. */
  readonly ms: number;
  readonly bytes: number;
}

/** A heap of 600 MB is far above what is allowed, and far below what would trouble the machine. */
const flags = ['--expose-gc', '--max-old-space-size=600'];

export function measure(suspicion: Suspicion): Measure {
  const script = import.meta.filename;
  const { stdout } = spawnSync(process.execPath, [...flags, script, JSON.stringify(suspicion)], {
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [ms = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY] =
    stdout.trim() === '' ? [] : stdout.trim().split(' ').map(Number);
  return { name: suspicion.name, ms, bytes };
}

/** The own process: what is asked for stands in the last argument. */
if (process.argv[1] === import.meta.filename) {
  const served = caseOf(JSON.parse(process.argv[2] ?? '{}'));
  warmUp();
  const bytes = growthBy(served);
  const ms = Math.min(longestStretch(served), longestStretch(served), longestStretch(served));
  process.stdout.write(`${ms} ${bytes}\n`);
}

function warmUp(): void {
  const few = subjects().slice(0, 20);
  for (let round = 0; round < 20; round++) {
    for (const { read: bytesOf, url } of few) longestStretch({ bytes: bytesOf(), url });
  }
}

function growthBy(served: Served): number {
  globalThis.gc?.();
  const resident = resetPeak() ? kernelFigure('VmRSS') : undefined;
  const heap = heapBytes();
  for (const stretch of stretches(served)) stretch();
  return resident === undefined ? heapBytes() - heap : kernelFigure('VmHWM') - resident;
}

function heapBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** proc(5): 5 written to clear_refs sets VmHWM to the present size. */
function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function kernelFigure(name: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? Number.NaN) * 1024;
}
