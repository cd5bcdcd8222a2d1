#!/usr/bin/env node
// argv to one command. Every command is one file in commands/; this file only gathers them, turns their
// faults into one clear line on standard error, and sets the exit code (docs/commands.md).

import { Command, CommanderError } from 'commander';
import { addCheck } from './commands/check.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDemo } from './commands/demo.ts';
import { addDiscover } from './commands/discover.ts';
import { addEndpoints } from './commands/endpoints.ts';
import { addMigrate } from './commands/migrate.ts';
import { addPoll } from './commands/poll.ts';
import { addPreview } from './commands/preview.ts';
import { addRun } from './commands/run.ts';
import { addStatus } from './commands/status.ts';
import { printable } from './commands/table.ts';
import { addWhy } from './commands/why.ts';
import { ConfigError, FeedhookError } from './errors.ts';
import { version } from './version.ts';

/** The whole command line, without side effects: also read by the test that holds the docs to it. */
export function commandLine(): Command {
  const program = new Command('feedhook')
    .description('Watches Atom, RSS and JSON feeds and tells your webhooks what is new.')
    .version(version)
    .showHelpAfterError('(--help tells more)')
    .exitOverride();
  for (const add of [
    addRun,
    addCheck,
    addPoll,
    addPreview,
    addDiscover,
    addStatus,
    addWhy,
    addDeliveries,
    addEndpoints,
    addMigrate,
    addDemo,
  ]) {
    add(program);
  }
  return program;
}

/** Exit codes: 0 done, 1 done but something is wrong, 2 the command line or feeds.yaml is wrong. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await commandLine().parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError) {
      console.error(printableLines(error.message));
      return 2;
    }
    if (error instanceof FeedhookError) {
      console.error(printableLines(`${error.code}: ${error.message}`));
      return 1;
    }
    throw error;
  }
}

/** A message may quote what an origin sent. */
function printableLines(message: string): string {
  return message.split('\n').map(printable).join('\n');
}

function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 15)) return;
  console.error(
    `feedhook needs Node 24.15 or newer and this is ${process.versions.node}; "npm ci" brings one that "npm start" and "npx feedhook" use`,
  );
  process.exit(2);
}

/** A reader that has had enough (`| head`) is no fault of a command; `run` and `demo` note it themselves as well. */
function bearClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/**
 * libuv reads this when its first thread starts, later than here. Half of its four threads would be two names looked
 * up at a time (src/fetch/look-up.ts).
 */
function widenThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= '32';
}

if (import.meta.main) {
  refuseOldNode();
  widenThreadPool();
  bearClosedOutput();
  process.exitCode = await main(process.argv.slice(2));
}
