// Which URL a feed is asked at, when it has moved, and when a move is believed: docs/http.md, "Failure, moves, gone".
// Pure. Only redirects that call themselves permanent count, and only time and a feed at their end prove them: no list of
// words such as "login" would know every captive portal. What a document says of itself: claimed-move.ts.

import { requestUrl } from '../fetch/redirect.ts';
import type { FeedNotice } from '../model/event.ts';
import type { FeedState } from '../model/feed.ts';
import type { Hop } from '../model/poll.ts';

const dayMs = 24 * 60 * 60_000;

/** A permanent redirect is believed when it has led to a feed this often and for this long. */
const provingPolls = 3;
const provingMs = 7 * dayMs;

/** Failures in a row at an adopted URL after which the configured one is asked. */
const failuresBeforeReturn = 3;

/** The adopted URL as long as the configured one is the same as then; else the configured one. */
export function effectiveUrl(feed: { readonly url: string }, state: FeedState | undefined): string {
  return state?.adopted !== undefined && state.url === feed.url ? state.adopted.url : feed.url;
}

/**
 * The URL of the next request: the effective one, but after three failures in a row at an adopted URL the configured
 * one, once in a row of failures.
 */
export function urlToAsk(feed: { readonly url: string }, state: FeedState | undefined): string {
  return state?.failures === failuresBeforeReturn ? feed.url : effectiveUrl(feed, state);
}

/** Whether the configured URL had its turn in this row of failures, or is the one that fails. */
export function hasTriedConfigured({ adopted }: FeedState, failures: number): boolean {
  return adopted === undefined || failures > failuresBeforeReturn;
}

/** A poll as far as moves are concerned. */
export interface Journey {
  readonly feed: { readonly url: string };
  readonly before: FeedState;
  readonly hops: readonly Hop[];
  /** The URL that gave the last answer. */
  readonly finalUrl: string;
  /** The last answer was a feed, or said that the known one has not changed. */
  readonly isGood: boolean;
  /** Epoch ms. */
  readonly endedAt: number;
  /** Epoch seconds of the first parsed answer, this one included. */
  readonly baselineAt?: number | undefined;
}

export interface Moves {
  readonly state: Pick<FeedState, 'adopted' | 'pendingMove'>;
  readonly notice?: FeedNotice;
}

export function movesAfter(journey: Journey): Moves {
  const { before, feed, isGood } = journey;
  const { adopted, pendingMove } = before;
  // A target that fails today proves nothing, neither for the move nor against it.
  if (!isGood) return { state: { ...(adopted && { adopted }), ...(pendingMove && { pendingMove }) } };
  const move = permanentMove(journey);
  if (adopted !== undefined && askedUrl(journey) === hrefOf(feed.url)) {
    return move?.to === adopted.url ? { state: { adopted } } : undone(journey, adopted.url, move);
  }
  if (move === undefined) return { state: { ...(adopted && { adopted }) } };
  return adoption(journey, move) ?? { state: { ...(adopted && { adopted }), ...counted(journey, move) } };
}

interface Move {
  readonly to: string;
  readonly status: 301 | 308;
  /** Only the scheme changes, from http to https. */
  readonly isUpgrade: boolean;
}

// RFC 9110 §15.4.2, §15.4.9: 301 and 308 are for good. A 302 behind them is not, so the target of the last permanent one
// counts, and what the 302 leads to today does not. https://www.rfc-editor.org/rfc/rfc9110#section-15.4
function permanentMove({ hops, finalUrl }: Journey): Move | undefined {
  const leading = hops.findIndex(({ status }) => !isPermanent(status));
  const count = leading === -1 ? hops.length : leading;
  const [first] = hops;
  if (first === undefined || count === 0 || !isPermanent(first.status)) return undefined;
  const urls = [...hops.map(({ url }) => url), finalUrl].slice(0, count + 1);
  const to = urls[count] ?? finalUrl;
  if (urls.some((url, index) => isDowngrade(urls[index - 1], url))) return undefined;
  return { to, status: first.status, isUpgrade: isUpgrade(first.url, to) };
}

function isPermanent(status: number): status is 301 | 308 {
  return status === 301 || status === 308;
}

/** Once adopted, a move to https needs no request in the clear any more, and only a holder of the certificate can claim it. */
function isUpgrade(from: string, to: string): boolean {
  const [old, now] = [new URL(from), new URL(to)];
  const isSamePlace = old.host === now.host && old.pathname === now.pathname && old.search === now.search;
  return isSamePlace && old.protocol === 'http:' && now.protocol === 'https:';
}

/** `allowDowngrade` lets one be followed; asked for good in the clear it could be turned anywhere. */
function isDowngrade(from: string | undefined, to: string): boolean {
  return from?.startsWith('https:') === true && to.startsWith('http:');
}

function adoption(journey: Journey, move: Move): Moves | undefined {
  const { feed, before, endedAt } = journey;
  const since = provenSince(journey, move);
  if (since === undefined) return undefined;
  const isHome = move.to === hrefOf(feed.url);
  return {
    state: isHome ? {} : { adopted: { url: move.to, at: endedAt } },
    notice: {
      type: 'feed.moved',
      from: effectiveUrl(feed, before),
      to: move.to,
      via: move.isUpgrade ? 'https' : move.status,
      isAdopted: true,
      episodeAt: since,
      step: move.to,
    },
  };
}

/**
 * Epoch ms that names a proven move, absent while it is not proven. It was stored before this poll: a crash after the
 * notice and before the state must find the same one again.
 */
function provenSince({ before, endedAt, baselineAt }: Journey, { to, isUpgrade }: Move): number | undefined {
  const { pendingMove, lastSuccessAt } = before;
  if (isUpgrade) return lastSuccessAt ?? (baselineAt === undefined ? undefined : baselineAt * 1000);
  if (pendingMove?.to !== to) return undefined;
  const isProven = pendingMove.polls + 1 >= provingPolls && endedAt - pendingMove.since >= provingMs;
  return isProven ? pendingMove.since : undefined;
}

function counted({ before: { pendingMove }, endedAt }: Journey, { to }: Move): Moves['state'] {
  const known = pendingMove?.to === to ? pendingMove : { to, since: endedAt, polls: 0 };
  return { pendingMove: { ...known, polls: known.polls + 1 } };
}

/** The configured URL answers again and no longer leads to the adopted one. Where it leads now is counted from here. */
function undone(journey: Journey, from: string, move: Move | undefined): Moves {
  const { feed, before, endedAt } = journey;
  return {
    state: move ? counted(journey, move) : {},
    notice: {
      type: 'feed.moved',
      from,
      to: hrefOf(feed.url),
      via: 'undone',
      isAdopted: true,
      episodeAt: before.failingSince ?? before.adopted?.at ?? endedAt,
      step: 'undone',
    },
  };
}

function askedUrl({ hops, finalUrl }: Journey): string {
  return hops[0]?.url ?? finalUrl;
}

/** As it is asked: without user-info and fragment, in the one spelling that redirects have too. */
export function hrefOf(url: string): string {
  return requestUrl(new URL(url)).href;
}
