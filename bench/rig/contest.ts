// Lets child processes send requests to one server in turn, and reads how many it answered and what they cost.

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

/** A server in a process of its own, so that what it does is not counted as the work of who asks it. */
export interface ServerChild {
  readonly port: number;
  readonly pid: number | undefined;
  /** Requests answered so far, of those that are measured. */
  answered(): Promise<number>;
  stop(): void;
}

/** `script`: a file of this folder that sends its port, and its count whenever it is sent something. */
export async function startServerChild(script: string, ...args: readonly string[]): Promise<ServerChild> {
  const child = fork(join(import.meta.dirname, script), args);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    pid: child.pid,
    async answered() {
      const answer = once(child, 'message');
      child.send('count');
      const [count] = await answer;
      return count;
    },
    stop: () => void child.disconnect(),
  };
}

export interface Span {
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What these processes reach together once they are warm; they are killed afterwards. */
export async function figureOf(
  children: readonly ChildProcess[],
  server: ServerChild,
  span: Span,
): Promise<Figure> {
  const cpu = () => children.reduce<number | undefined>((sum, child) => plus(sum, cpuTicks(child.pid)), 0);
  try {
    await wait(systemClock, span.warmUpMs);
    const [before, cpuBefore, from] = [await server.answered(), cpu(), performance.now()];
    await wait(systemClock, span.measuredMs);
    const [after, cpuAfter, to] = [await server.answered(), cpu(), performance.now()];
    const ended = children.find(({ exitCode }) => exitCode !== null);
    if (ended) throw new Error(`a contestant ended with ${ended.exitCode}`);
    const answers = after - before;
    const perSecond = (1000 * answers) / (to - from);
    if (cpuBefore === undefined || cpuAfter === undefined || answers === 0) return { perSecond };
    return { perSecond, cpuMicroseconds: ((cpuAfter - cpuBefore) * tickMicroseconds) / answers };
  } finally {
    await Promise.all(children.map(end));
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

const plus = (sum: number | undefined, more: number | undefined) =>
  sum === undefined || more === undefined ? undefined : sum + more;

/** USER_HZ is 100 on Linux. */
export const tickMicroseconds = 10_000;

/** User and system time of the process so far, from proc(5); `undefined` elsewhere than on Linux. */
export function cpuTicks(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}

/** The middle of several rounds, figure by figure. */
export function middle(figures: readonly Figure[]): Figure {
  return {
    perSecond: median(figures.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: median(figures.map(({ cpuMicroseconds }) => cpuMicroseconds ?? Number.NaN)),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
