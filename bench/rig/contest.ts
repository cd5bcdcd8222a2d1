// Lets child processes ask one origin in turn, and reads how often they did and what it cost them.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, wait } from '../../src/clock.ts';

export interface Figure {
  readonly perSecond: number;
  /** Microseconds of processor time per answer; absent where the system does not tell. */
  readonly cpuMicroseconds?: number;
}

export interface OriginChild {
  readonly port: number;
  counts(): Promise<{ readonly full: number; readonly notModified: number }>;
  stop(): void;
}

export async function startOrigin(connection: 'keep' | 'close'): Promise<OriginChild> {
  const child = fork(join(import.meta.dirname, 'origin.ts'), [connection]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    async counts() {
      const answer = once(child, 'message');
      child.send('counts');
      const [counts] = await answer;
      return counts;
    },
    stop: () => void child.disconnect(),
  };
}

export interface Span {
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What `child` reaches once it is warm; the child is killed afterwards. */
export async function figureOf(child: ChildProcess, origin: OriginChild, span: Span): Promise<Figure> {
  try {
    await wait(systemClock, span.warmUpMs);
    const [before, cpuBefore, from] = [await origin.counts(), cpuTicks(child), performance.now()];
    await wait(systemClock, span.measuredMs);
    const [after, cpuAfter, to] = [await origin.counts(), cpuTicks(child), performance.now()];
    if (child.exitCode !== null) throw new Error(`a contestant ended with ${child.exitCode}`);
    const answers = after.notModified - before.notModified;
    const perSecond = (1000 * answers) / (to - from);
    if (cpuBefore === undefined || cpuAfter === undefined || answers === 0) return { perSecond };
    return { perSecond, cpuMicroseconds: ((cpuAfter - cpuBefore) * tickMicroseconds) / answers };
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** USER_HZ is 100 on Linux. */
const tickMicroseconds = 10_000;

/** User and system time of the process so far, from proc(5); `undefined` elsewhere than on Linux. */
function cpuTicks({ pid }: ChildProcess): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
