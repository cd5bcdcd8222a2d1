// The one request that is made for all feeds of a source, those for its archives, and how the cost is shared. Pure.

import type { FeedAuth } from '../config/config.ts';
import type { Credentials, FeedRequest } from '../fetch/chain.ts';
import type { FeedMemory } from '../model/feed.ts';
import type { FetchedFeed, Validators } from '../model/poll.ts';
import type { PolledFeed } from './learn.ts';

/** One feed of the source, and what is known of it. */
export interface Known {
  readonly feed: PolledFeed;
  readonly memory: FeedMemory;
}

export interface PollOptions {
  /** Cuts the request off; what was learned before is kept. */
  readonly signal?: AbortSignal;
  /** Asks caches on the way to revalidate (`poll --force`). */
  readonly noCache?: boolean;
  /** Takes each line of the conversation (`poll --wire`). */
  readonly wire?: (line: string) => void;
}

/** `isProbe`: without validators, because an origin that always says 304 is in doubt. */
export function requestFor(
  url: string,
  members: readonly Known[],
  isProbe: boolean,
  options: PollOptions,
): FeedRequest {
  // The same for all members, or they would not be members.
  const [first] = members;
  if (!first) throw new RangeError('a source of no feeds');
  const validators = isProbe ? undefined : commonValidators(first, members);
  return { ...asOwner(url, first.feed), ...(validators && { validators }), ...options };
}

/** For an archive (RFC 5005) of a feed of the source. Archives do not change, so no cache need look again. */
export function archiveRequest(url: string, feed: PolledFeed, { signal, wire }: PollOptions): FeedRequest {
  return { ...asOwner(url, feed), ...(signal && { signal }), ...(wire && { wire }) };
}

/** Headers and credentials belong to the origin of the configured URL, whichever URL is asked. */
export function asOwner(
  url: string,
  {
    url: configuredUrl,
    headers,
    auth,
    allowDowngrade,
  }: Pick<PolledFeed, 'url' | 'headers' | 'auth' | 'allowDowngrade'>,
): FeedRequest {
  return {
    url,
    configuredUrl,
    headers,
    ...(auth && { auth: credentialsOf(auth) }),
    ...(allowDowngrade && { allowDowngrade: true }),
  };
}

/**
 * A 304 must be true for all of them. One that holds another pair, or none because it was just added, needs the
 * document; it comes with the next request that is due anyway, never with one of its own.
 */
function commonValidators(first: Known, members: readonly Known[]): Validators | undefined {
  const { validators } = first.memory;
  return members.every(({ memory }) => isSamePair(memory.validators, validators)) ? validators : undefined;
}

function isSamePair(one: Validators | undefined, other: Validators | undefined): boolean {
  return one?.url === other?.url && one?.etag === other?.etag && one?.lastModified === other?.lastModified;
}

function credentialsOf(auth: FeedAuth): Credentials {
  if (auth.kind === 'bearer') return { kind: 'bearer', token: auth.token.reveal() };
  const { user, password, isPreemptive } = auth;
  return { kind: 'basic', user, password: password.reveal(), isPreemptive };
}

/** The answer as those feeds see it that did not send the request: what was sent is counted once. */
export function shareOf(fetched: FetchedFeed): FetchedFeed {
  const figures = { ...fetched.figures, exchanges: [], requests: 0, wireBytes: 0 };
  return { ...fetched, figures };
}
