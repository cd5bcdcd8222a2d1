// `feedhook migrate --to STORE`: copies a store into another one and puts the first out of use. What may be migrated and in which
// steps is backend/migrate/; this opens the two and tells how far it is.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Progress, Side, Tally } from '../backend/migrate/migrate.ts';
import { systemClock } from '../clock.ts';
import type { StoreConfig } from '../config/load.ts';
import { silentLog } from '../log.ts';
import type { Backend } from '../ports.ts';
import { configOption } from './config-option.ts';
import { readFeeds } from './read-feeds.ts';
import { namedStore } from './store-name.ts';
import { printable, span, table } from './table.ts';

interface MigrateOptions {
  readonly config: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: boolean;
}

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'Copy the store into another one, from a file to Redis or back, without sending anything again; the first is out of use then.',
    )
    .addOption(configOption())
    .option('--from <store>', 'the store to copy, as `store` of feeds.yaml has it; that one if absent')
    .option('--to <store>', 'the empty store to copy it into; that of feeds.yaml if absent')
    .option('--dry-run', 'only say what would be copied, or why it cannot be')
    .action(async (options: MigrateOptions, command: Command) => {
      if (options.from === undefined && options.to === undefined)
        return command.error(
          'error: give --to STORE, or --from STORE where feeds.yaml has the new one already',
        );
      const config = { from: options.from, to: options.to };
      const own =
        config.from === undefined || config.to === undefined ? await readFeeds(options.config) : undefined;
      const storeOf = (name: 'from' | 'to') => {
        const text = config[name];
        return text === undefined ? own?.store : namedStore(`--${name}`, text, options.config, command);
      };
      const [from, to] = [storeOf('from'), storeOf('to')];
      if (from?.kind === 'sqlite' && to?.kind === 'sqlite' && from.path === to.path)
        return command.error(`error: --from and --to are both ${printable(from.path)}`);
      if (from && to) await copyStore(from, to, options.dryRun ?? false);
    });
}

async function copyStore(from: StoreConfig, to: StoreConfig, isDryRun: boolean): Promise<void> {
  const { migrate, requireIdle, survey } = await import('../backend/migrate/migrate.ts');
  const startedAt = systemClock.now();
  // A source that does not exist must not be made.
  await (await open(from, false)).close();
  await using source = await openSide(from, true);
  await requireIdle(source);
  if (isDryRun) {
    await using target = await openIfThere(to);
    const { about } = await survey(source, target, startedAt);
    const name = target?.name ?? (to.kind === 'sqlite' ? to.path : '');
    return console.log(reportOf(source.name, name, about, 'would be copied'));
  }
  await using target = await openSide(to, true);
  const copied = await migrate(source, target, { now: startedAt, progress: progressLine() }).finally(endLine);
  const total = Object.values(copied).reduce((sum, count) => sum + count, 0);
  console.log(
    [
      reportOf(source.name, target.name, copied, 'copied'),
      '',
      `done in ${span(systemClock.now() - startedAt)}: both hold the same ${total} records`,
      `to do: have the new one as "store" in feeds.yaml, and start feedhook; ${printable(source.name)} is left as it is, and refused from now on`,
    ].join('\n'),
  );
}

async function open(store: StoreConfig, exclusive: boolean): Promise<Backend> {
  const { openForMigration } = await import('../backend/open.ts');
  return await openForMigration({ store, clock: systemClock, log: silentLog, exclusive });
}

async function openSide(store: StoreConfig, exclusive: boolean): Promise<Side & AsyncDisposable> {
  const backend = await open(store, exclusive);
  return { name: backend.portable.name, backend, [Symbol.asyncDispose]: () => backend.close() };
}

/** A dry run makes no file. */
async function openIfThere(store: StoreConfig): Promise<(Side & AsyncDisposable) | undefined> {
  return store.kind === 'sqlite' && !existsSync(store.path) ? undefined : await openSide(store, false);
}

const words: Readonly<Record<keyof Tally, string>> = {
  event: 'events',
  endpoint: 'endpoints',
  delivery: 'deliveries',
  memory: 'memories of feeds',
  state: 'states of feeds',
  hold: 'lanes on hold',
};

function reportOf(from: string, to: string, tally: Tally, head: string): string {
  const rows = Object.entries(words).map(([kind, word]) => [word, tally[kind as keyof Tally]]);
  return [
    `from  ${printable(from)}`,
    `to    ${printable(to)}`,
    '',
    table(['RECORDS', head.toUpperCase()], rows),
  ].join('\n');
}

/** Drawn again at most so often, in ms. */
const redrawMs = 200;

/** Only for people who look. */
function progressLine(): (progress: Progress) => void {
  let drawnAt = 0;
  return ({ step, done, of }) => {
    const now = systemClock.now();
    if (!process.stderr.isTTY || now - drawnAt < redrawMs) return;
    drawnAt = now;
    process.stderr.write(`\r${step} ${done} of about ${of} records `);
  };
}

function endLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
