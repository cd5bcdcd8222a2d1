// Starts lock-holder.ts and waits until it holds what it should.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export type Child = ChildProcessByStdio<Writable, Readable, null>;

export async function startHolder(what: 'store' | 'write-lock', path: string): Promise<Child> {
  const script = join(import.meta.dirname, 'lock-holder.ts');
  const child = spawn(process.execPath, [script, what, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [first] = await once(child.stdout, 'data');
  if (String(first) !== 'ready\n') throw new Error(`the child said ${first}`);
  return child;
}

/** Resolves when the process is gone. */
export async function kill(child: Child): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
