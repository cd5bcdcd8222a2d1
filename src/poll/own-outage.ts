// What the end of a fetch says of our own network, for those who watch it (schedule/outage.ts). Pure but for the
// question itself.

import type { FeedState } from '../model/feed.ts';
import type { FetchedFeed } from '../model/poll.ts';
import type { Attempt } from '../schedule/outage-evidence.ts';
import { siteOf } from '../schedule/site.ts';
import type { Learned } from './learn.ts';

/** Takes the end of each fetch; true when our own network is at fault, so that it counts against no feed. */
export interface OutageNotes {
  note(attempt: Attempt): boolean;
}

/** What an outage would be blamed on, if it is not one of ours. */
interface Blamed {
  readonly member: { readonly feed: { readonly id: string }; readonly before: FeedState | undefined };
  readonly fetched: FetchedFeed;
  readonly learned: Learned;
}

export function isOwnOutage(
  site: string,
  lessons: readonly Blamed[],
  outage: OutageNotes | undefined,
): boolean {
  const [first] = lessons;
  if (!outage || !first) return false;
  const { fetched, learned } = first;
  const target = learned.outcome === 'failed' ? strangeEnd(site, fetched) : undefined;
  return outage.note({
    site,
    feedIds: lessons.map(({ member }) => member.feed.id),
    before: lessons.map(({ member }) => member.before),
    answered: fetched.status !== undefined,
    ...(learned.code !== undefined && { code: learned.code }),
    ...(target !== undefined && { target }),
  });
}

/**
 * The origin that answered instead, if another site was redirected to. A portal shows its page; one that refuses in
 * words of HTTP (429, 503) is a server that many feeds lead to, and what it asks for holds.
 */
function strangeEnd(site: string, { status, hops, url }: FetchedFeed): string | undefined {
  if (status === undefined || hops.length === 0 || isRefusal(status)) return undefined;
  const { hostname, origin } = new URL(url);
  return (siteOf(hostname) ?? hostname) === site ? undefined : origin;
}

/** RFC 6585 §6: 511 is the portal's own word. https://www.rfc-editor.org/rfc/rfc6585#section-6 */
function isRefusal(status: number): boolean {
  return status >= 400 && status !== 511;
}
