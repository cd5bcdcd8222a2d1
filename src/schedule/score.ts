// What an origin with a log would hold against this feed's requests: docs/http.md, "The score". Pure. Counted from the
// requests that really left and from what earlier answers said; nothing here is shared with the code that decides what
// is sent and when, so that a fault there shows here.
//
// A poll by hand with --force counts like any other: the origin cannot tell them apart.

import type { FeedState, GivenValidators, PollScore } from '../model/feed.ts';
import type { ArchiveFigures, Exchange, FetchedFeed, PollOutcome, Validators } from '../model/poll.ts';

export interface ScoreContext {
  readonly configuredUrl: string;
  /** How the poll ended: an answer that was not understood gives no validators. */
  readonly outcome: PollOutcome;
  /** The answer to the request before this one was never noted, so what is known may be newer than the score. */
  readonly wasCutOff?: boolean;
}

/** Hints of months are nonsense; docs/http.md caps them here, and nobody counts further. */
const longestHintMs = 7 * 24 * 60 * 60_000;

/** Earlier values than the last, of either kind: an older one counts as made up. */
const keptEarlier = 8;

type Tally = { -readonly [Count in keyof PollScore]: PollScore[Count] };

const nothingSent: PollScore = {
  requests: 0,
  conditional: 0,
  unconditional: 0,
  good: 0,
  outOfSequence: 0,
  madeUp: 0,
  early: 0,
  insideRetryAfter: 0,
  additions: 0,
  cookies: 0,
  referrers: 0,
};

/** `before`: the state as it was noted before the request; `known`: the pair that was stored then. */
export function scoreAfter(
  before: FeedState,
  known: { readonly validators?: Validators },
  fetched: FetchedFeed,
  context: ScoreContext,
): PollScore {
  const { given: kept, ...counts } = before.score ?? nothingSent;
  const { exchanges, archives } = fetched.figures;
  // Another feed of the source asks, and what it is given is not seen here.
  if (exchanges.length === 0) return counts;
  const given = kept && !context.wasCutOff ? kept : witnessed(kept, known.validators);
  const score: Tally = counts;
  let previous: Exchange | undefined;
  for (const exchange of exchanges) {
    countRequest(score, exchange, given);
    // Sent once more, after a challenge or on a fresh connection: the same request as far as its time is concerned.
    if (exchange.url !== previous?.url) {
      countTime(score, exchange, before);
      if (!isMeant(exchange.url, previous, before, context.configuredUrl)) score.additions += 1;
    }
    previous = exchange;
  }
  if (archives) countArchives(score, archives, given, before);
  const now = previous && isUnderstood(context) ? givenAfter(given, previous) : given;
  if (now) score.given = now;
  return score;
}

/** A document leads to its archives (RFC 5005 §4), whose URLs nobody configured. What they give is not kept. */
function countArchives(
  score: Tally,
  { exchanges, named }: ArchiveFigures,
  given: GivenValidators | undefined,
  before: FeedState,
): void {
  let previous: Exchange | undefined;
  for (const exchange of exchanges) {
    countRequest(score, exchange, given);
    if (exchange.url !== previous?.url) {
      countTime(score, exchange, before);
      const isLedTo = redirects.has(previous?.status ?? 0) || named.includes(exchange.url);
      if (!isLedTo) score.additions += 1;
    }
    previous = exchange;
  }
}

/** The counts of a lane: its feeds' added up, and the shortest of their gaps. */
export function laneScore(scores: Iterable<PollScore>): PollScore {
  const sum: Tally = { ...nothingSent };
  for (const each of scores) {
    for (const count of counted) sum[count] += each[count];
    shorten(sum, each.shortestGapMs);
  }
  return sum;
}

const counted = Object.keys(nothingSent) as Exclude<keyof PollScore, 'shortestGapMs' | 'given'>[];

function countRequest(score: Tally, { url, sent }: Exchange, given: GivenValidators | undefined): void {
  const { ifNoneMatch, ifModifiedSince, improper } = sent;
  score.requests += 1;
  if (ifNoneMatch === undefined && ifModifiedSince === undefined) score.unconditional += 1;
  else {
    score.conditional += 1;
    const own = given?.url === digest(url) ? given : undefined;
    countValidator(score, ifNoneMatch, own?.etag, own);
    countValidator(score, ifModifiedSince, own?.lastModified, own);
  }
  if (improper?.includes('cookie')) score.cookies += 1;
  if (improper?.includes('referer')) score.referrers += 1;
}

function countValidator(
  score: Tally,
  sent: string | undefined,
  last: number | undefined,
  given: GivenValidators | undefined,
): void {
  if (sent === undefined) return;
  const mark = digest(sent);
  if (mark === last) score.good += 1;
  else if (given?.earlier?.includes(mark)) score.outOfSequence += 1;
  else score.madeUp += 1;
}

/** What the last answer of this very URL asked for; all that is known of a hop is when its chain ended. */
function countTime(score: Tally, { url, startedAt }: Exchange, { terms, lastPoll }: FeedState): void {
  if (!terms || !lastPoll) return;
  const gapMs = startedAt - terms.endedAt;
  if (lastPoll.url === url) {
    if (isInside(gapMs, terms.freshnessMs)) score.early += 1;
    if (isInside(gapMs, terms.retryAfterMs)) score.insideRetryAfter += 1;
  }
  // A clock that was set back tells no gap.
  if (gapMs >= 0 && wasAsked(url, lastPoll)) shorten(score, gapMs);
}

function wasAsked(url: string, { url: last, hops }: NonNullable<FeedState['lastPoll']>): boolean {
  return last === url || hops.some((hop) => hop.url === url);
}

function isInside(gapMs: number, spanMs = 0): boolean {
  return spanMs > 0 && gapMs < Math.min(spanMs, longestHintMs);
}

function shorten(score: Tally, gapMs: number | undefined): void {
  if (gapMs !== undefined) score.shortestGapMs = Math.min(score.shortestGapMs ?? gapMs, gapMs);
}

/** Whether a chain begins where the operator or an adopted move says, and goes on only where it is sent. */
function isMeant(
  url: string,
  previous: Exchange | undefined,
  { adopted }: FeedState,
  configuredUrl: string,
): boolean {
  if (previous) return redirects.has(previous.status ?? 0);
  return url === configuredUrl || url === adopted?.url || url === bare(configuredUrl);
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

// RFC 9110 §7.1: the fragment is never part of a request; user-info is none of the URL's business either.
// https://www.rfc-editor.org/rfc/rfc9110#section-7.1
function bare(configuredUrl: string): string {
  const url = new URL(configuredUrl);
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}

function isUnderstood({ outcome }: ScoreContext): boolean {
  return outcome === 'updated' || outcome === 'unchanged' || outcome === 'notModified';
}

/** What is stored stands in for answers that this score did not see. */
function witnessed(
  kept: GivenValidators | undefined,
  stored: Validators | undefined,
): GivenValidators | undefined {
  if (!stored) return kept;
  return after(kept, digest(stored.url), markOf(stored.etag), markOf(stored.lastModified));
}

/** A 304 leaves in force what it does not say anew; what a document lacks is gone. */
function givenAfter(
  given: GivenValidators | undefined,
  { url, status, received }: Exchange,
): GivenValidators {
  const etag = markOf(received?.etag);
  const lastModified = markOf(received?.lastModified);
  const mark = digest(url);
  if (status !== 304 || given?.url !== mark) return after(given, mark, etag, lastModified);
  return after(given, mark, etag ?? given.etag, lastModified ?? given.lastModified);
}

function after(
  given: GivenValidators | undefined,
  url: number,
  etag: number | undefined,
  lastModified: number | undefined,
): GivenValidators {
  const own = given?.url === url ? given : undefined;
  if (own && own.etag === etag && own.lastModified === lastModified) return own;
  const now = [etag, lastModified];
  const left = [own?.etag, own?.lastModified, ...(own?.earlier ?? [])].filter(
    (mark): mark is number => mark !== undefined && !now.includes(mark),
  );
  return {
    url,
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(left.length > 0 && { earlier: [...new Set(left)].slice(0, keptEarlier) }),
  };
}

/** An empty field is none. */
function markOf(validator: string | undefined): number | undefined {
  return validator === undefined || validator === '' ? undefined : digest(validator);
}

/** FNV-1a, 32 bits: only told apart from a handful of others, so a collision is no matter. */
function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
