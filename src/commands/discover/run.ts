// Puts a search together from the options and, if one is named, a feeds.yaml; prints what it found. The exit code says
// whether that is anything.

import { systemClock } from '../../clock.ts';
import { type Config, defaultLimits } from '../../config/load.ts';
import { createFeedClient, type FeedClient } from '../../fetch/client.ts';
import { createGuard } from '../../fetch/egress.ts';
import { userAgent } from '../../version.ts';
import { jsonText } from '../json-text.ts';
import { readFeeds } from '../read-feeds.ts';
import { printable } from '../table.ts';
import { bestOf } from './found-feed.ts';
import { Inquiry } from './inquiry.ts';
import { discoveryReport } from './report.ts';
import { type Discovery, discover, type Start } from './search.ts';

export type { Start } from './search.ts';

export interface DiscoverOptions {
  readonly config?: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

export async function runDiscover(
  start: Start,
  { config: file, allow = [], json }: DiscoverOptions,
): Promise<number> {
  const config = file === undefined ? undefined : await readFeeds(file);
  const limits = config?.limits ?? defaultLimits;
  const client = clientFor(config, limits, allow);
  try {
    const inquiry = new Inquiry({
      clock: systemClock,
      client,
      limits,
      origins: config?.origins ?? new Map(),
      onWait: (line) => console.error(printable(line)),
    });
    const discovery = await discover(start, inquiry);
    console.log(json ? jsonText(documentOf(discovery)) : discoveryReport(discovery));
    return discovery.found.length > 0 ? 0 : 1;
  } finally {
    await client.close();
  }
}

/** As the daemon's, without client certificates: who asks is nobody's business before a feed is configured. */
function clientFor(
  config: Config | undefined,
  limits: Config['limits'],
  allow: readonly string[],
): FeedClient {
  const { ca: caOfAll, proxy, http2 = false, allow: allowed = [] } = config?.network.feeds ?? {};
  const originAt = (origin: string) => {
    const { host, hostname } = new URL(origin);
    return config?.origins.get(host) ?? config?.origins.get(hostname);
  };
  return createFeedClient({
    clock: systemClock,
    limits,
    guard: createGuard({ audience: 'feeds', allow: [...allowed, ...allow] }),
    userAgent: userAgent(config?.contact),
    tlsFor(origin) {
      const authorities = [caOfAll, originAt(origin)?.ca].filter((pem) => pem !== undefined);
      return authorities.length > 0 ? { ca: authorities.join('\n') } : undefined;
    },
    http2For: (origin) => originAt(origin)?.http2 ?? http2,
    ...(proxy && { proxy }),
  });
}

function documentOf(discovery: Discovery): object {
  return { ...discovery, feeds: bestOf(discovery.found).map(({ url }) => url) };
}
