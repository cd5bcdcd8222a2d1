// One fetch: from the URL that is configured, over its redirects, to the answer that counts. Asks one URL after
// the other under one deadline and decides nothing itself: conditional.ts says what is sent, redirect.ts where
// to go next, outcome.ts what the last answer means.

import { type Clock, deadline } from '../clock.ts';
import { FetchError } from '../errors.ts';
import type { FetchedFeed, Hop, Validators } from '../model/poll.ts';
import { type Conversation, type RequestHeaders, requestHeaders, validatorsFor } from './conditional.ts';
import {
  type Answer,
  type Asked,
  type Failure,
  failed,
  judgeAnswer,
  type Outcome,
  termsOf,
} from './outcome.ts';
import { decideRedirect, isRedirect, requestUrl } from './redirect.ts';
import { retryAfterMs } from './retry-after.ts';

export interface FeedRequest {
  readonly url: string;
  readonly validators?: Validators;
  /** Headers of the feed's configuration. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends `Cache-Control: no-cache` (`poll --force`). */
  readonly noCache?: boolean;
  readonly signal?: AbortSignal;
}

export interface ChainLimits {
  /** Milliseconds for the whole chain, bodies included. */
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly maxRedirects: number;
}

/** Sends one GET; resolves with the answer, or with the reason why there is none. */
export type Get = (url: URL, headers: RequestHeaders, signal: AbortSignal) => Promise<Answer | Unanswered>;

export interface Unanswered {
  readonly fault: Failure;
  /** The connection had been kept from an earlier request, and its end crossed this one. */
  readonly wasKept?: boolean;
  readonly status?: undefined;
  readonly wireBytes?: undefined;
}

export interface ChainTools {
  readonly clock: Clock;
  readonly limits: ChainLimits;
  readonly userAgent: string;
  readonly get: Get;
}

/** What adds up over the chain. */
interface Walk {
  readonly startedAt: number;
  readonly hops: Hop[];
  requests: number;
  conditional: boolean;
  wireBytes: number;
}

export async function followChain(request: FeedRequest, tools: ChainTools): Promise<FetchedFeed> {
  const { clock, limits, get } = tools;
  const first = requestUrl(new URL(request.url));
  const conversation = conversationOf(request, first, tools.userAgent);
  const walk: Walk = { startedAt: clock.now(), hops: [], requests: 0, conditional: false, wireBytes: 0 };
  const late = () => overdue(limits.requestTimeoutMs);
  const limit = deadline(clock, limits.requestTimeoutMs, late, request.signal);
  const send = (url: URL) => {
    walk.requests += 1;
    return get(url, requestHeaders(url, conversation), limit.signal);
  };
  const ask = async (url: URL) => {
    const answer = await send(url);
    return isWorthRepeating(answer) ? await send(url) : answer;
  };
  try {
    for (let url = first; ; ) {
      const validators = validatorsFor(url, request.validators);
      const answer = await ask(url);
      walk.conditional ||= validators !== undefined;
      walk.wireBytes += answer.wireBytes ?? 0;
      const step = await stepAfter(
        answer,
        { url, validators, maxBodyBytes: limits.maxBodyBytes },
        walk,
        tools,
      );
      if (step.kind !== 'follow') return end(walk, url, step, answer, clock.now());
      walk.hops.push({ url: url.href, status: step.status });
      url = step.url;
    }
  } finally {
    limit.clear();
  }
}

// RFC 9110 §9.2.2, RFC 9112 §9.3.1: servers close idle connections when they like, and a GET that met such a close is
// sent once more. A fresh connection that is reset is an answer of a kind, and is not asked again.
// https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
function isWorthRepeating(answer: Answer | Unanswered): boolean {
  return answer.status === undefined && answer.wasKept === true && answer.fault.code === 'connect-reset';
}

type Step = Outcome | { readonly kind: 'follow'; readonly status: number; readonly url: URL };

async function stepAfter(
  answer: Answer | Unanswered,
  asked: Asked,
  { hops }: Walk,
  { clock, limits }: ChainTools,
): Promise<Step> {
  if (answer.status === undefined) return failed(undefined, answer.fault);
  const { status, headers } = answer;
  if (!isRedirect(status)) return judgeAnswer(answer, asked);
  // RFC 9110 §10.2.3: with a redirect, Retry-After is the least time before the target may be asked.
  if ((retryAfterMs(headers, clock.now()) ?? 0) > 0) {
    return failed(status, { code: `http-${status}`, message: `a ${status} that asks to be followed later` });
  }
  const step = decideRedirect(headers, { url: asked.url, hops, maxRedirects: limits.maxRedirects });
  return step.kind === 'follow' ? { ...step, status } : failed(status, step);
}

function conversationOf(request: FeedRequest, url: URL, userAgent: string): Conversation {
  return {
    userAgent,
    configured: request.headers,
    configuredOrigin: url.origin,
    validators: request.validators,
    noCache: request.noCache ?? false,
  };
}

function overdue(timeoutMs: number): FetchError {
  return new FetchError('timeout', `no complete answer within ${timeoutMs} ms`);
}

function end(
  walk: Walk,
  url: URL,
  outcome: Outcome,
  answer: Answer | Unanswered,
  endedAt: number,
): FetchedFeed {
  return {
    ...outcome,
    url: url.href,
    hops: walk.hops,
    figures: {
      requests: walk.requests,
      conditional: walk.conditional,
      wireBytes: walk.wireBytes,
      decodedBytes: outcome.kind === 'document' ? outcome.body.length : 0,
      durationMs: endedAt - walk.startedAt,
    },
    terms: termsOf(answer.status === undefined ? undefined : answer, outcome, endedAt),
  };
}
