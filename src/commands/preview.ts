// `feedhook preview URL`: fetches and parses one feed, stores nothing, and shows the entries as feedhook understands them.

import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { FetchError } from '../errors.ts';
import type { Entry } from '../model/entry.ts';
import type { ParsedFeed } from '../model/feed.ts';
import type { DecodedFeed } from '../model/poll.ts';
import { jsonText } from './json-text.ts';
import { printable, table } from './table.ts';

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
    .option('--json', 'the whole parsed feed as one JSON document')
    .action(async (url: string, options: PreviewOptions, command: Command) => {
      const fault = await argumentFault(url, options);
      if (fault !== undefined) return command.error(`error: ${fault}`);
      await preview(url, options);
    });
}

/** The rules of feeds.yaml hold here too: its `feeds[].url` and `network.feeds.allow`. */
async function argumentFault(url: string, { allow = [] }: PreviewOptions): Promise<string | undefined> {
  const { allowedTarget, webUrl } = await import('../config/net-values.ts');
  const read = [
    { text: url, ...webUrl().safeParse(url) },
    ...allow.map((what) => ({ text: `--allow ${what}`, ...allowedTarget().safeParse(what) })),
  ];
  const wrong = read.find(({ success }) => !success);
  return wrong && `${wrong.text}: ${wrong.error?.issues[0]?.message}`;
}

async function preview(url: string, { allow = [], json }: PreviewOptions): Promise<void> {
  const { decoded, parsed } = await read(url, allow);
  if (json) return console.log(jsonText({ charset: decoded.charset, ...parsed }));
  console.log(
    [
      `${printable(parsed.title ?? '(no title)')}: ${parsed.format}, ${parsed.entries.length} entries`,
      `charset ${decoded.charset.charset} (${decoded.charset.reason})`,
      ...parsed.flaws.map(
        ({ message, entryIndex }) =>
          `flaw${entryIndex === undefined ? '' : ` in entry ${entryIndex}`}: ${printable(message)}`,
      ),
      '',
      table(['DATE', 'TITLE', 'LINK', 'ID'], parsed.entries.map(row)),
    ].join('\n'),
  );
}

async function read(
  url: string,
  allow: readonly string[],
): Promise<{ decoded: DecodedFeed; parsed: ParsedFeed }> {
  const { createFeedClient } = await import('../fetch/client.ts');
  const { createGuard } = await import('../fetch/egress.ts');
  const { decode } = await import('../decode/decode.ts');
  const { parse } = await import('../parse/parse.ts');
  const { defaultLimits } = await import('../config/load.ts');
  const { userAgent } = await import('../version.ts');

  const client = createFeedClient({
    clock: systemClock,
    limits: defaultLimits,
    guard: createGuard({ audience: 'feeds', allow }),
    userAgent: userAgent(undefined),
  });
  try {
    const fetched = await client.fetch({ url });
    if (fetched.kind !== 'document') {
      const { code, message } =
        fetched.kind === 'failed' ? fetched : { code: 'unsolicited-304' as const, message: url };
      const wayOut = code === 'blocked-address' ? '; for this preview alone, --allow does the same' : '';
      throw new FetchError(code, `${message}${wayOut}`);
    }
    const decoded = decode(fetched.body, fetched.contentType);
    const parsed = parse({
      text: decoded.text,
      url: fetched.url,
      limits: defaultLimits,
      ...(fetched.contentType !== undefined && { contentType: fetched.contentType }),
    });
    return { decoded, parsed };
  } finally {
    await client.close();
  }
}

function row({ published, updated, title, url, id }: Entry): string[] {
  const short = (text: string | undefined) =>
    text === undefined ? '-' : text.length > 60 ? `${text.slice(0, 59)}…` : text;
  return [published ?? updated ?? '-', short(title), short(url), short(id)];
}
