// Which lane a URL belongs to: the queue of its origin. One request at a time and a gap between two, unless
// `origins` in feeds.yaml says otherwise. The URL is the one that is asked: the adopted one of a feed that has
// moved. A redirect that is only followed does not enter the lane of its target; there, what bounds the
// requests is the client, which has no more connections to an origin than the origin's lanes have turns.

import { BlockList, isIP } from 'node:net';
import { siteOf, withoutRootDot } from './site.ts';

export interface Lane {
  /** A host, `site:` and a registrable domain, or a host and a feed id with a slash between. */
  readonly id: string;
  /** From the end of one request to the start of the next. */
  readonly gapMs: number;
  /** Requests at a time. */
  readonly concurrency: number;
}

/** One entry of `origins`, by host (`example.org`, `example.org:8443`, `[::1]`). */
export interface OriginRule {
  readonly scope?: 'host' | 'site' | 'feed';
  readonly gapMs?: number;
  readonly concurrency?: number;
}

const defaultGapMs = 2_000;

/** Publishers known to count the requests to all their hosts together; `origins` can overrule each value. */
const builtIn: ReadonlyMap<string, OriginRule> = new Map<string, OriginRule>([
  // Retry-After of one blog speaks for all: https://github.com/FreshRSS/FreshRSS/issues/7870
  ['tumblr.com', { scope: 'site' }],
  // One request a minute, whichever host: https://github.com/FreshRSS/FreshRSS/issues/8928
  ['reddit.com', { scope: 'site', gapMs: 60_000 }],
]);

export function laneOf(url: string, feedId: string, origins: ReadonlyMap<string, OriginRule>): Lane {
  const { host, site, scope, gapMs, concurrency = 1 } = ruleOf(url, origins);
  return {
    id: laneId(scope, host, site, feedId),
    // The interval of a feed that has its lane to itself is all the gap it needs.
    gapMs: gapMs ?? (scope === 'feed' ? 0 : defaultGapMs),
    concurrency,
  };
}

// A host holds no slash, and its colon comes before digits alone, so that no two kinds can meet.
function laneId(scope: string, host: string, site: string | undefined, feedId: string): string {
  if (scope === 'feed') return `${host}/${feedId}`;
  return scope === 'site' && site !== undefined ? `site:${site}` : host;
}

/** How many requests the lanes of one host may send at a time; `manyLanes` where each feed has its own. */
export function requestsAtATime(
  url: string,
  origins: ReadonlyMap<string, OriginRule>,
  manyLanes: number,
): number {
  const { scope, concurrency = 1 } = ruleOf(url, origins);
  return scope === 'feed' ? manyLanes : concurrency;
}

/** The host's own rule, over that of the site that covers it, over what is built in. */
function ruleOf(url: string, origins: ReadonlyMap<string, OriginRule>) {
  // URL.host is lower case, without the port that the scheme implies: http and https share a lane.
  const { host, hostname, port } = new URL(url);
  const name = withoutRootDot(hostname);
  const own = origins.get(host) ?? origins.get(name);
  const covering = coveringSite(name, origins);
  const scope = own?.scope ?? covering?.rule.scope ?? (isPrivateHost(name) ? 'feed' : 'host');
  return {
    ...(scope === 'site' && covering?.rule),
    ...own,
    host: port === '' ? name : `${name}:${port}`,
    site: scope === 'site' ? (covering?.site ?? siteOf(name)) : undefined,
    scope,
  };
}

/**
 * The nearest rule with scope `site` under this name or one above it. It covers all hosts below its name; the
 * name need not be a registrable domain, so that all users of a hosting that is on the list (`github.io`) can
 * be made one site.
 */
function coveringSite(hostname: string, origins: ReadonlyMap<string, OriginRule>) {
  if (isIP(hostname) !== 0) return undefined;
  for (let name = hostname; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    const rule = { ...builtIn.get(name), ...origins.get(name) };
    if (rule.scope === 'site') return { rule, site: siteOf(name) ?? name };
  }
  return undefined;
}

const privateRanges = new BlockList();
privateRanges.addSubnet('127.0.0.0', 8);
privateRanges.addSubnet('10.0.0.0', 8);
privateRanges.addSubnet('172.16.0.0', 12);
privateRanges.addSubnet('192.168.0.0', 16);
privateRanges.addSubnet('169.254.0.0', 16);
privateRanges.addAddress('::1', 'ipv6');
privateRanges.addSubnet('fc00::', 7, 'ipv6');
privateRanges.addSubnet('fe80::', 10, 'ipv6');

/**
 * A private address is a bridge of one's own that serves many unrelated sources. Only literals
 * count, no name is resolved here. This is no security rule; who may be asked at all is fetch/egress.ts.
 */
export function isPrivateHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  return version !== 0 && privateRanges.check(address, version === 6 ? 'ipv6' : 'ipv4');
}
