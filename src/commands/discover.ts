// `feedhook discover URL`: finds the feeds of a web page and says what each holds. Sends GETs as a poll does, never
// credentials, whatever feeds.yaml has for the host; stores nothing.

import { type Command, Option } from 'commander';
import type { DiscoverOptions, Start } from './discover/run.ts';
import { targetFault } from './target-fault.ts';

export function addDiscover(program: Command): void {
  program
    .command('discover <url>')
    .description('Find the feeds of a web page and say what each holds; stores nothing.')
    .addOption(
      new Option('-c, --config <file>', 'take contact, origins, limits and network of this file').env(
        'FEEDHOOK_CONFIG',
      ),
    )
    .option(
      '--allow <what>',
      'allow addresses that are refused by default (loopback, private, a CIDR, a host name); may be repeated',
      (what: string, before: readonly string[] = []) => [...before, what],
    )
    .option('--json', 'all that was found as one JSON document')
    .action(async (text: string, options: DiscoverOptions, command: Command) => {
      const start = startOf(text);
      const fault = await targetFault(start.url, options.allow);
      if (fault !== undefined) return command.error(`error: ${fault}`);
      const { runDiscover } = await import('./discover/run.ts');
      process.exitCode = await runDiscover(start, options);
    });
}

/** Without a scheme https is meant; http is asked if nothing listens there. A fragment is never sent. */
export function startOf(text: string): Start {
  const address = text
    .trim()
    .replace(/^feed:(?=https?:|\/\/)/i, '')
    .replace(/#.*$/, '');
  if (/^[a-z][a-z\d+.-]*:(?!\d)/i.test(address)) return { url: address, hasScheme: true };
  return { url: `https://${address.replace(/^\/\//, '')}`, hasScheme: false };
}
