// `feedhook preview URL`: fetches and parses one feed, stores nothing, and shows the entries as feedhook understands them.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { FetchError, ParseError } from '../errors.ts';
import { jsonText } from './json-text.ts';
import type { FeedReading } from './read-document.ts';

interface PreviewOptions {
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
    .option(
      '--json',
      'the whole parsed feed as one JSON document, with its items as receivers would get them, but never cut',
    )
    .action(async (url: string, options: PreviewOptions, command: Command) => {
      const fault = await targetFault(url, options.allow);
      if (fault !== undefined) return command.error(`error: ${fault}`);
      await preview(url, options);
    });
}

/** The rules of feeds.yaml hold for a command too: its `feeds[].url` and `network.feeds.allow`. */
export async function targetFault(url: string, allow: readonly string[] = []): Promise<string | undefined> {
  const { allowedTarget, webUrl } = await import('../config/net-values.ts');
  const read = [
    { text: url, ...webUrl().safeParse(url) },
    ...allow.map((what) => ({ text: `--allow ${what}`, ...allowedTarget().safeParse(what) })),
  ];
  const wrong = read.find(({ success }) => !success);
  return wrong && `${wrong.text}: ${wrong.error?.issues[0]?.message}`;
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
  const { readDocument } = await import('./read-document.ts');

  const client = createFeedClient({
    clock: systemClock,
    limits: defaultLimits,
    guard: createGuard({ audience: 'feeds', allow }),
    userAgent: userAgent(undefined),
  });
  try {
    const reading = await readDocument(url, { client, limits: defaultLimits });
    if (reading.kind === 'feed') return reading;
    const { code, message } = reading;
    if (reading.kind === 'other') {
      const further = code === 'not-a-feed' ? '; "feedhook discover" looks for feeds there' : '';
      throw new ParseError(code, `${message}${further}`);
    }
    const wayOut = code === 'blocked-address' ? '; for this preview alone, --allow does the same' : '';
    throw new FetchError(code, `${message}${wayOut}`);
  } finally {
    await client.close();
  }
}
