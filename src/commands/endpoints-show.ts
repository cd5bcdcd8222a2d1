// `feedhook endpoints show`: one endpoint, how it stands, what decides over its deliveries, and what it is owed.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { configOption } from './config-option.ts';
import { endpointNamed } from './endpoint-name.ts';
import { endpointText } from './endpoint-text.ts';
import { readViews } from './endpoint-views.ts';
import { standingAdvice } from './endpoint-words.ts';
import { asJson } from './endpoints-list.ts';
import { jsonText } from './json-text.ts';
import { openForReading } from './open.ts';

export function addEndpointShow(endpoints: Command): void {
  endpoints
    .command('show <endpoint>')
    .description(
      'Show one endpoint: how it stands, its order, rate and times, what it is owed, and what to do.',
    )
    .addOption(configOption())
    .option('--json', 'one JSON document instead of text')
    .action(
      async (name: string, { config: file, json }: { config: string; json?: boolean }, command: Command) => {
        await using opened = await openForReading(file);
        const id = await endpointNamed(name, opened, command);
        const now = systemClock.now();
        const view = (await readViews(opened.config, opened.backend.deliveries, now)).get(id);
        // A name that is known is in the views.
        if (!view) return;
        console.log(
          json ? jsonText({ ...asJson(view, now), advice: standingAdvice(view) }) : endpointText(view, now),
        );
      },
    );
}
