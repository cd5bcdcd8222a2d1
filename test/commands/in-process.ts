// A command run in this process, since a child for each would take ten times as long; and the store of its feeds.yaml, opened
// as the daemon would.

import { jest } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { main } from '../../src/cli.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/log.ts';
import type { Backend } from '../../src/ports.ts';
import type { CommandEnd } from '../support/command.ts';

/** `feedhook …args --config <config>` */
export async function runHere(config: string, args: readonly string[]): Promise<CommandEnd> {
  const out: string[] = [];
  const complaints: string[] = [];
  const spies = [
    jest.spyOn(console, 'log').mockImplementation((text) => void out.push(`${text}\n`)),
    jest.spyOn(console, 'error').mockImplementation((text) => void complaints.push(`${text}\n`)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => complaints.push(String(text)) > 0),
  ];
  const before = process.exitCode;
  try {
    const code = await main([...args, '--config', config]);
    return { code, stdout: out.join(''), stderr: complaints.join('') };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** Opens the store at `path` alone, as long as `act` takes. */
export async function withStore<T>(path: string, act: (backend: Backend) => Promise<T>): Promise<T> {
  const store = { kind: 'sqlite', path } as const;
  const backend = await openBackend({ store, clock: systemClock, log: silentLog, exclusive: true });
  try {
    return await act(backend);
  } finally {
    await backend.close();
  }
}
