// Where a document says that its feed lives, when nobody redirects there. Never followed: a document may be copied,
// cached or written by anyone, so people are told once and nothing else happens. Pure.

import type { FeedNotice } from '../model/event.ts';
import type { ParsedFeed } from '../model/feed.ts';
import { hrefOf } from './move.ts';

/** As for a redirect's Location; longer ones are no addresses. */
const maxUrlLength = 4_096;

export interface ClaimInput {
  readonly parsed: Pick<ParsedFeed, 'newFeedUrl' | 'selfUrl'>;
  /** The effective URL. */
  readonly from: string;
  /** Every URL that the feed is known under: configured, adopted, asked and answered. */
  readonly known: readonly string[];
  /** The claim that was told last. */
  readonly claimedUrl?: string | undefined;
  /** Epoch seconds of the first parsed answer: what the id of the event is made from. */
  readonly baselineAt: number;
}

export function claimOf(input: ClaimInput): FeedNotice | undefined {
  const claim = newUrlClaim(input) ?? selfClaim(input);
  if (claim === undefined || claim.to === input.claimedUrl) return undefined;
  return {
    type: 'feed.moved',
    from: input.from,
    ...claim,
    isAdopted: false,
    episodeAt: input.baselineAt * 1000,
    step: `claim:${claim.to}`,
  };
}

interface Claim {
  readonly to: string;
  readonly via: 'itunes:new-feed-url' | 'rel=self';
}

/** A statement about a move and nothing else, so it is told unless the feed is there already. */
function newUrlClaim({ parsed: { newFeedUrl }, known }: ClaimInput): Claim | undefined {
  const to = addressOf(newFeedUrl);
  const isThere = to === undefined || known.some((url) => hrefOf(url) === to);
  return isThere ? undefined : { to, via: 'itunes:new-feed-url' };
}

/**
 * Most rel=self that differ mean nothing: http for https, another spelling, a tracking parameter, the address behind a
 * proxy. Only another host of the public web is told, and only once: some feeds name another mirror at each poll.
 */
function selfClaim({ parsed: { selfUrl }, known, claimedUrl }: ClaimInput): Claim | undefined {
  const to = addressOf(selfUrl);
  if (to === undefined || claimedUrl !== undefined) return undefined;
  const host = hostOf(to);
  const isPublicName = /\.[a-z][a-z0-9-]*$/.test(host);
  return isPublicName && !known.some((url) => hostOf(url) === host) ? { to, via: 'rel=self' } : undefined;
}

function addressOf(url: string | undefined): string | undefined {
  return url === undefined || url.length > maxUrlLength ? undefined : hrefOf(url);
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^www\./, '').replace(/\.$/, '');
}
