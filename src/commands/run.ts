// `feedhook run`: the daemon, until a signal ends it.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/load.ts';
import { ConfigError, FeedhookError } from '../errors.ts';
import { createLog } from '../log.ts';
import { configOption } from './config-option.ts';
import { readFeeds } from './read-feeds.ts';

export function addRun(program: Command): void {
  program
    .command('run')
    .description('Run the daemon: poll the feeds, deliver what is new. SIGTERM or SIGINT ends it gracefully.')
    .addOption(configOption())
    .action(async ({ config: file }: { config: string }) => {
      process.exitCode = await run(file);
    });
}

/** After a graceful stop. */
const lingerMs = 1_000;

async function run(file: string): Promise<number> {
  const { watchConfig } = await import('../config/watch.ts');
  const { startDaemon } = await import('../daemon.ts');
  const { unpollable } = await import('../daemon/world.ts');

  const config = await readFeeds(file);
  await refuseDeniedNames(config, file);
  const log = createLog(config.logLevel);
  for (const warning of config.warnings) log.warn({ warning }, 'config');

  const crash = (error: unknown) => {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  const daemon = await startDaemon(config, { clock: systemClock, log, output: process.stdout, crash }).catch(
    (error: unknown) => {
      throw asConfigFault(error, config);
    },
  );
  const watcher = watchConfig({
    path: file,
    env: process.env,
    further: unpollable,
    clock: systemClock,
    current: config,
    onConfig: (changed) => void daemon.reload(changed).catch(crash),
    onFault: (error) => daemon.refuse(error instanceof FeedhookError ? error.message : String(error)),
  });
  await stopSignal(() => process.exit(1));
  watcher.close();
  await daemon.stop();
  // Everything is recorded: what a library still waits for, such as a Redis that is away, must not hold up the end.
  setTimeout(() => process.exit(), lingerMs).unref();
  return 0;
}

/** Reads the file again for the lines of what was found. */
async function refuseDeniedNames(config: Config, file: string): Promise<void> {
  const { deniedNames } = await import('../daemon/denied-hosts.ts');
  const { loadConfig } = await import('../config/load.ts');
  const denied = await deniedNames(config);
  if (denied.length > 0) await loadConfig(file, process.env, () => denied);
}

/** An address that is taken is a fault of feeds.yaml to whoever started it, and no crash. */
function asConfigFault(error: unknown, { file, server }: Config): unknown {
  if (!server || !(error instanceof Error && 'syscall' in error && error.syscall === 'listen')) return error;
  const message = `cannot listen at ${server.host}:${server.port} (${error.message}); name a free port, or off`;
  return new ConfigError('config-invalid', [{ file, path: 'server.listen', message }], { cause: error });
}

/** Resolves at the first SIGTERM, SIGINT or SIGHUP; a second one means: at once (nothing is lost by it). */
function stopSignal(again: () => void): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(name, () => {
        signals += 1;
        if (signals === 1) resolve();
        else again();
      });
    }
  });
}
