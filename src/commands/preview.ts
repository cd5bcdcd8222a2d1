// `feedhook preview URL`: fetches and parses one feed, stores nothing, and shows the entries as feedhook understands them; with
// `--endpoint` what an endpoint would be sent of them (preview-endpoint.ts).

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { configOption } from './config-option.ts';
import { jsonText } from './json-text.ts';
import type { FeedReading } from './read-document.ts';
import { targetFault } from './target-fault.ts';

interface PreviewOptions {
  readonly config: string;
  readonly endpoint?: string;
  readonly entry?: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

export function addPreview(program: Command): void {
  program
    .command('preview <url>')
    .description('Fetch and parse one feed and print its entries; stores nothing, sends nothing.')
    .option(
      '--allow <what>',
      'allow addresses that are refused by default (loopback, private, a CIDR, a host name); may be repeated',
      (what: string, before: readonly string[] = []) => [...before, what],
    )
    .addOption(configOption())
    .option(
      '--endpoint <id>',
      'show what this endpoint would be sent, and why not the rest; <url> may be the id of a feed',
    )
    .option(
      '--entry <words>',
      'with --endpoint: only the entry with this number, id, link or part of a title',
    )
    .option(
      '--json',
      'the whole parsed feed as one JSON document, with its items as receivers would get them, but never cut',
    )
    .action(async (url: string, options: PreviewOptions, command: Command) => {
      const { endpoint } = options;
      if (endpoint !== undefined) {
        const { previewEndpoint } = await import('./preview-endpoint.ts');
        return await previewEndpoint(url, { ...options, endpoint }, command);
      }
      if (options.entry !== undefined) return command.error('error: --entry belongs to --endpoint');
      const fault = await targetFault(url, options.allow);
      if (fault !== undefined) return command.error(`error: ${fault}`);
      await preview(url, options);
    });
}

async function preview(url: string, { allow = [], json }: PreviewOptions): Promise<void> {
  const { previewReport, previewRecord } = await import('./preview-report.ts');
  const reading = await read(url, allow);
  console.log(json ? jsonText(previewRecord(reading, systemClock.now())) : previewReport(reading));
}

async function read(url: string, allow: readonly string[]): Promise<FeedReading> {
  const { createFeedClient } = await import('../fetch/client.ts');
  const { createGuard } = await import('../fetch/egress.ts');
  const { defaultLimits } = await import('../config/load.ts');
  const { userAgent } = await import('../version.ts');
  const { readFeed } = await import('./read-feed.ts');

  const client = createFeedClient({
    clock: systemClock,
    limits: defaultLimits,
    guard: createGuard({ audience: 'feeds', allow }),
    userAgent: userAgent(undefined),
  });
  return await readFeed({ url }, { client, limits: defaultLimits });
}
