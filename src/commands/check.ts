// `feedhook check`: reads feeds.yaml and says everything that is wrong with it. Opens no socket.

import type { Command } from 'commander';
import { feedIdFromUrl } from '../config/feed-id.ts';
import { storeName } from '../config/store-url.ts';
import { configOption } from './config-option.ts';
import { firstOf } from './feed-name.ts';
import { readFeeds } from './read-feeds.ts';
import { counted } from './table.ts';

interface CheckOptions {
  readonly config: string;
  readonly printSchema?: boolean;
}

export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'Check feeds.yaml without touching the network; exit code 0 valid, 1 valid with warnings, 2 invalid.',
    )
    .addOption(configOption())
    .option('--print-schema', 'print the JSON Schema of feeds.yaml instead')
    .action(async ({ config: file, printSchema }: CheckOptions) => {
      if (printSchema) {
        const { feedsSchema } = await import('../config/json-schema.ts');
        process.stdout.write(feedsSchema());
        return;
      }
      process.exitCode = await check(file);
    });
}

async function check(file: string): Promise<number> {
  const config = await readFeeds(file);
  for (const warning of config.warnings) console.log(`warning: ${warning}`);
  const endpoints = firstOf(config.endpoints.map(({ id }) => id)) || 'standard output';
  console.log(`${file} is valid: ${counted(config.feeds.length, 'feed')}, events go to ${endpoints}`);
  if (config.store.kind === 'redis') {
    console.log(`store: ${storeName(config.store)}, keys begin with {${config.store.prefix}}`);
  }
  const unnamed = config.feeds.filter(({ id, url }) => id === feedIdFromUrl(url));
  const [first] = unnamed;
  if (first) {
    console.log(
      `feeds without an id: ${unnamed.length} (such as ${first.id}); theirs is made from the URL, and a changed URL makes another feed of it`,
    );
  }
  return config.warnings.length > 0 ? 1 : 0;
}
