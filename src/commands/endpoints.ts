// `feedhook endpoints list|enable`: what the queue knows of each endpoint, and the way back from `disabled`.

import type { Command } from 'commander';
import { configOption } from './config-option.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';
import { table, when } from './table.ts';
import { withheldByFeed, withheldWords } from './withheld.ts';

export function addEndpoints(program: Command): void {
  const endpoints = program.command('endpoints').description('Look at endpoints and enable disabled ones.');
  endpoints
    .command('list')
    .description('List the endpoints with their pending, done, dead and withheld deliveries.')
    .addOption(configOption())
    .option('--json', 'one JSON document instead of a table')
    .action(async ({ config: file, json }: { config: string; json?: boolean }) => {
      await using opened = await openForReading(file);
      const configured = new Set(opened.config.endpoints.map(({ id }) => id));
      const found = await opened.backend.deliveries.endpoints();
      const rows = found.map((each) => ({
        ...each,
        state: each.disabled
          ? `disabled (${each.disabled.reason})`
          : isInUse(each.endpointId, configured)
            ? 'enabled'
            : 'parked',
      }));
      if (json) return console.log(jsonText(rows));
      console.log(
        table(
          ['ENDPOINT', 'STATE', 'PENDING', 'DONE', 'DEAD', 'WITHHELD', 'OLDEST PENDING'],
          rows.map((row) => [
            row.endpointId,
            row.state,
            row.pending,
            row.done,
            row.dead,
            row.withheld,
            when(row.oldestPendingAt),
          ]),
        ),
      );
      const counts = await withheldByFeed(opened.backend.deliveries);
      for (const [feedId, count] of counts) console.log(`feed ${feedId}: ${withheldWords(feedId, count)}`);
    });
  endpoints
    .command('enable <endpoint>')
    .description('Enable a disabled endpoint; what waited is delivered.')
    .addOption(configOption())
    .action(async (id: string, { config: file }: { config: string }, command: Command) => {
      await using opened = await openForReading(file);
      const known = await opened.backend.deliveries.endpoints();
      if (!known.some(({ endpointId }) => endpointId === id))
        return command.error(`error: no endpoint "${id}"; "feedhook endpoints list" shows those that exist`);
      const changed = await opened.backend.deliveries.enable(id);
      console.log(changed ? `${id} is enabled` : `${id} was not disabled`);
    });
}

/** With no endpoint configured, the events go to the built-in `stdout`. */
function isInUse(endpointId: string, configured: ReadonlySet<string>): boolean {
  return configured.size === 0 ? endpointId === 'stdout' : configured.has(endpointId);
}
