// One command of feedhook, run for real as a child.

import { execFile } from 'node:child_process';
import { childEnv, cliPath } from './daemon.ts';

export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `feedhook …args` in `cwd`; a command that takes longer than a minute is killed. */
export function feedhook(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cliPath, ...args],
      {
        cwd,
        env: { ...process.env, ...childEnv, NO_COLOR: '1', ...env },
        timeout: 60_000,
        maxBuffer: 50_000_000,
      },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
