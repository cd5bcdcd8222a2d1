// Which lane a feed belongs to: the queue of its origin. One request at a time and a gap between two, unless
// `origins` in feeds.yaml says otherwise for the host.

import { BlockList, isIP } from 'node:net';

export interface Lane {
  readonly id: string;
  /** From the end of one request to the start of the next. */
  readonly gapMs: number;
  /** Requests at a time. */
  readonly concurrency: number;
}

/** One entry of `origins`, by host (`example.org`, `example.org:8443`, `[::1]`). */
export interface OriginRule {
  readonly scope?: 'host' | 'feed';
  readonly gapMs?: number;
  readonly concurrency?: number;
}

const defaultGapMs = 2_000;

export function laneOf(feedUrl: string, feedId: string, origins: ReadonlyMap<string, OriginRule>): Lane {
  const { host, scope, gapMs, concurrency = 1 } = ruleOf(feedUrl, origins);
  return {
    // A host holds no slash, so a feed's own lane never meets a host's.
    id: scope === 'feed' ? `${host}/${feedId}` : host,
    // The interval of a feed that has its lane to itself is all the gap it needs.
    gapMs: gapMs ?? (scope === 'feed' ? 0 : defaultGapMs),
    concurrency,
  };
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

function ruleOf(url: string, origins: ReadonlyMap<string, OriginRule>) {
  // URL.host is lower case, without the port that the scheme implies: http and https share a lane.
  const { host, hostname } = new URL(url);
  const rule = origins.get(host) ?? origins.get(hostname) ?? {};
  return { ...rule, host, scope: rule.scope ?? (isPrivateHost(hostname) ? 'feed' : 'host') };
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
function isPrivateHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  return version !== 0 && privateRanges.check(address, version === 6 ? 'ipv6' : 'ipv4');
}
