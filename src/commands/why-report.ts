// Everything that is known about the polls of one feed, gathered from what is configured and stored, and what a
// person can do about it. Pure; why.ts prints it.

import type { FeedMemory, FeedState } from '../model/feed.ts';
import type { PollSummary, Validators } from '../model/poll.ts';
import type { PolledFeed } from '../poll.ts';
import { type Explained, explain, laneHoldOf, originWaitEnd } from '../schedule/explain.ts';
import { effectiveUrl, hrefOf, urlToAsk } from '../schedule/move.ts';
import { isOfOtherUrl, stateAtUrl } from '../schedule/poll-state.ts';
import type { Source } from '../schedule/source.ts';
import { urlToCopy, when } from './table.ts';
import { because } from './turn.ts';

export type WhyFeed = Pick<PolledFeed, 'id' | 'url' | 'plan'>;

export interface WhyInput {
  readonly feed: WhyFeed;
  /** All that there are, the feed's own among them. */
  readonly sources: readonly Source<WhyFeed>[];
  readonly states: ReadonlyMap<string, FeedState>;
  readonly memory: FeedMemory | undefined;
  /** Deliveries of it that wait for the operator. */
  readonly withheld?: number;
  readonly now: number;
}

export interface WhyReport {
  readonly feedId: string;
  readonly advice: string;
  readonly url: string;
  /** What is stored speaks of a URL that feeds.yaml had before. */
  readonly hasOtherUrl?: boolean;
  /** Absent: the configured URL is asked. */
  readonly adopted?: NonNullable<FeedState['adopted']>;
  readonly pendingMove?: NonNullable<FeedState['pendingMove']>;
  /** Where a document once said that the feed lives, although nobody redirects there. */
  readonly claimedUrl?: string;
  /** Absent: never polled. */
  readonly explained?: Explained;
  readonly lastPoll?: PollSummary;
  readonly lastSuccessAt?: number;
  /** Sent with the next request to their URL. */
  readonly validators?: Validators;
  /** They belong to where the URL that is asked leads, which itself is asked without. */
  readonly areOfRedirect?: boolean;
  readonly failing?: { readonly since: number; readonly failures: number; readonly told: number };
  readonly parkedAt?: number;
  /** Deliveries that wait for the operator; absent: none. */
  readonly withheld?: number;
  readonly lane?: {
    readonly id: string;
    readonly gapMs: number;
    readonly concurrency: number;
    /** Ids of the others in it. */
    readonly mates: readonly string[];
    readonly heldUntil?: number;
  };
  /** Ids of the other feeds that the same request asks for. */
  readonly sameUrl: readonly string[];
}

export function whyReport(input: WhyInput): WhyReport {
  const { feed, sources, states, memory, now, withheld = 0 } = input;
  const stored = states.get(feed.id);
  const hasOtherUrl = stored !== undefined && isOfOtherUrl(feed, stored);
  const state = stored && stateAtUrl(feed, stored);
  const source = sources.find(({ feeds }) => feeds.some(({ id }) => id === feed.id));
  const lane = source ? laneAround(source, feed, sources) : undefined;
  const laneStates = (lane?.mates ?? []).concat(feed.id).flatMap((id) => states.get(id) ?? []);
  const sameUrl = (source?.feeds ?? []).map(({ id }) => id).filter((id) => id !== feed.id);
  const hints = memory?.hints ?? {};
  const isShared = sameUrl.length > 0;
  const explained = state && explain({ plan: feed.plan, state, hints, lane: laneStates, isShared });
  const heldUntil = laneHoldOf(laneStates)?.until ?? 0;
  return {
    feedId: feed.id,
    advice: hasOtherUrl ? 'nothing: it is due at once' : advise(feed, { state, explained, heldUntil, now }),
    url: feed.url,
    ...(hasOtherUrl && { hasOtherUrl }),
    ...(state && standing(feed, state)),
    ...claimed(memory, urlToAsk(feed, stored)),
    ...(explained && { explained }),
    ...(memory?.validators && { validators: memory.validators }),
    ...(memory?.validators && isElsewhere(memory.validators, feed, stored) && { areOfRedirect: true }),
    ...(withheld > 0 && { withheld }),
    ...(lane && { lane: { ...lane, ...(heldUntil > now && { heldUntil }) } }),
    sameUrl,
  };
}

function claimed(memory: FeedMemory | undefined, asked: string): Pick<WhyReport, 'claimedUrl'> {
  const { claimedUrl } = memory ?? {};
  return claimedUrl === undefined || claimedUrl === hrefOf(asked) ? {} : { claimedUrl };
}

/** Compared in the one spelling that requests have. */
function isElsewhere({ url }: Validators, feed: WhyFeed, state: FeedState | undefined): boolean {
  return hrefOf(url) !== hrefOf(urlToAsk(feed, state));
}

function laneAround(
  { lane }: Source<WhyFeed>,
  feed: WhyFeed,
  sources: readonly Source<WhyFeed>[],
): NonNullable<WhyReport['lane']> {
  const mates = sources.filter((each) => each.lane.id === lane.id).flatMap(({ feeds }) => feeds);
  return { ...lane, mates: mates.map(({ id }) => id).filter((id) => id !== feed.id) };
}

function standing(feed: WhyFeed, state: FeedState): Partial<WhyReport> {
  const { adopted, pendingMove, lastPoll, lastSuccessAt, failures, failingSince, errorSteps, parkedAt } =
    state;
  // Another URL in feeds.yaml ends what was learned about the old one.
  const isOfThisUrl = state.url === feed.url;
  return {
    ...(adopted && effectiveUrl(feed, state) === adopted.url && { adopted }),
    ...(pendingMove && isOfThisUrl && { pendingMove }),
    ...(lastPoll && { lastPoll }),
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(failures > 0 && {
      failing: {
        since: failingSince ?? lastPoll?.startedAt ?? 0,
        failures,
        told: errorSteps ?? 0,
      },
    }),
    ...(parkedAt !== undefined && { parkedAt }),
  };
}

interface ToAdvise {
  readonly state: FeedState | undefined;
  readonly explained: Explained | undefined;
  /** Epoch ms at which the lane is free again; 0: it is not held. */
  readonly heldUntil: number;
  readonly now: number;
}

/** One sentence: what a person can do, which is mostly to wait. */
function advise(feed: WhyFeed, { state, explained, heldUntil, now }: ToAdvise): string {
  const byHand = (flag = '') => `feedhook poll ${flag}${feed.id} (while the daemon is stopped)`;
  if (heldUntil > now && !explained) return leaveAlone(heldUntil);
  if (!state || !explained) return `nothing: the daemon polls it soon after its start; or: ${byHand()}`;
  if (state.parkedAt !== undefined)
    return `wake it with: ${byHand('--force ')}, or give it another url in feeds.yaml`;
  const { nextPoll } = explained;
  const waitEnd = Math.max(originWaitEnd(state), nextPoll.reason === 'lane' ? nextPoll.at : 0, heldUntil);
  if (waitEnd > now) return leaveAlone(waitEnd);
  if (nextPoll.at <= now)
    return 'nothing: it is due, and polled when the daemon runs and its lane has a free slot';
  if (state.failures > 0)
    return `${remedy(feed, state)}; it is asked again ${when(nextPoll.at)}, or now with: ${byHand('--force ')}`;
  if (state.adopted && effectiveUrl(feed, state) === state.adopted.url)
    return `write its new url into feeds.yaml (below); it is due ${when(nextPoll.at)} in any case`;
  return `nothing: due ${when(nextPoll.at)} because of ${because(explained)}`;
}

function remedy({ url }: WhyFeed, { lastPoll }: FeedState): string {
  const { code = 'the failure' } = lastPoll ?? {};
  if (code === 'not-a-feed')
    return `look for the feed of that page with: feedhook discover ${urlToCopy(url)}`;
  return `see what ${code} means in docs/errors.md`;
}

function leaveAlone(until: number): string {
  return `nothing that would be polite: the origin asks to be left alone until ${when(until)}`;
}
