// Which feeds are one source: those that the same request asks for. A source is polled once, for all of its
// feeds; nearly every source has one. Pure; what is remembered of each feed stays its own.
//
// The same request is the same URL, the adopted one of a feed that has moved, with the same headers,
// credentials and rule for downgrades. RFC 3986 §6.2: URLs are compared as they are asked, the fragment left off.
// https://www.rfc-editor.org/rfc/rfc3986#section-6.2

import { createHash } from 'node:crypto';
import type { FeedAuth } from '../config/config.ts';
import { requestUrl } from '../fetch/redirect.ts';
import type { NextPoll } from '../model/poll.ts';
import type { Lane } from './lane.ts';
import { siteOf } from './site.ts';

/** What the configuration of a feed says of its requests. */
export interface SourceFeed {
  readonly id: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: FeedAuth;
  readonly allowDowngrade?: boolean;
}

export interface Source<F> {
  /** That of its first feed. */
  readonly id: string;
  /** Equal for the feeds of one source and for no others. */
  readonly key: string;
  /** The URL to ask, as its first feed has it. */
  readonly url: string;
  /** The registrable domain of the URL, or its host where there is none. */
  readonly site: string;
  readonly lane: Lane;
  /** At least one. */
  readonly feeds: readonly F[];
}

export type LaneAt<F> = (url: string, feed: F) => Lane;

/** All sources of these feeds, in their order. */
export function sourcesOf<F extends SourceFeed>(
  feeds: readonly F[],
  urlOf: (feed: F) => string,
  laneAt: LaneAt<F>,
): Source<F>[] {
  const groups = new Map<string, F[]>();
  for (const feed of feeds) {
    const key = sourceKey(feed, urlOf(feed));
    const group = groups.get(key);
    if (group) group.push(feed);
    else groups.set(key, [feed]);
  }
  return [...groups].map(([key, [first, ...others]]) => {
    if (!first) throw new RangeError('a group of no feeds');
    return sourceOf(key, urlOf(first), [first, ...others], laneAt);
  });
}

export function sourceOf<F extends SourceFeed>(
  key: string,
  url: string,
  feeds: readonly [F, ...F[]],
  laneAt: LaneAt<F>,
): Source<F> {
  const [first] = feeds;
  const { hostname } = new URL(url);
  return { id: first.id, key, url, site: siteOf(hostname) ?? hostname, lane: laneAt(url, first), feeds };
}

/** Equal for two feeds whose requests, sent to these URLs, cannot be told apart. */
export function sourceKey(feed: SourceFeed, url: string): string {
  const { href } = requestUrl(new URL(url));
  const { headers = {}, auth, allowDowngrade = false } = feed;
  const names = Object.keys(headers);
  if (names.length === 0 && auth === undefined) return allowDowngrade ? `${href} allowDowngrade` : href;
  const lines = names.map((name) => `${name.toLowerCase()}:${headers[name]}`).sort();
  // Both go to the configured origin alone. Digested, so that no secret lies in a map.
  const { origin } = new URL(feed.url);
  const digest = createHash('sha256')
    .update(JSON.stringify([origin, lines, credentialsOf(auth), allowDowngrade]))
    .digest('base64url');
  return `${href} ${digest}`;
}

function credentialsOf(auth: FeedAuth | undefined): readonly unknown[] {
  if (auth === undefined) return [];
  return auth.kind === 'bearer'
    ? [auth.kind, auth.token.reveal()]
    : [auth.kind, auth.user, auth.password.reveal(), auth.isPreemptive];
}

/**
 * The longest wait that any feed of a source owes, which is how long all of them wait. One that is parked owes
 * nothing, so it cannot keep the others from being polled; where all are parked, none is polled.
 */
export function longestOf(waits: readonly NextPoll[]): NextPoll | undefined {
  const open = waits.filter((wait) => !isParked(wait));
  return (open.length > 0 ? open : waits).reduce<NextPoll | undefined>(
    (longest, wait) => (longest && longest.at >= wait.at ? longest : wait),
    undefined,
  );
}

/** The next poll of a feed in a source that waits this long; a parked one stays parked. */
export function inSource(own: NextPoll, longest: NextPoll | undefined): NextPoll {
  return isParked(own) ? own : (longest ?? own);
}

function isParked({ at }: NextPoll): boolean {
  return at === Number.POSITIVE_INFINITY;
}
