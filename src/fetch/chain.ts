// One fetch: from the URL that is configured, over its redirects, to the answer that counts. Asks one URL after
// the other under one deadline and decides nothing itself: conditional.ts says what is sent, credentials.ts who asks,
// redirect.ts where to go next, outcome.ts what the last answer means.

import { type Clock, deadline } from '../clock.ts';
import { FetchError } from '../errors.ts';
import type { Exchange, FetchedFeed, Hop, Validators } from '../model/poll.ts';
import { type Conversation, type RequestHeaders, requestHeaders, validatorsFor } from './conditional.ts';
import {
  authorizationOf,
  type ChallengeMemory,
  type Credentials,
  isSentUnasked,
  offersBasic,
  refusal,
} from './credentials.ts';
import { exchangeOf, isConditional, sentIn } from './exchange.ts';
import {
  type Answer,
  type Asked,
  failed,
  judgeAnswer,
  type Outcome,
  termsOf,
  type Unanswered,
} from './outcome.ts';
import { decideRedirect, isRedirect, requestUrl } from './redirect.ts';
import { retryAfterMs } from './retry-after.ts';
import { Wire } from './wire.ts';

export type { Credentials } from './credentials.ts';
export type { ExchangeTimes, Unanswered } from './outcome.ts';

export interface FeedRequest {
  readonly url: string;
  readonly validators?: Validators;
  /** The URL of the configuration, if another is asked: what the operator configured belongs to its origin. */
  readonly configuredUrl?: string;
  /** Headers of the feed's configuration. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends `Cache-Control: no-cache` (`poll --force`). */
  readonly noCache?: boolean;
  readonly auth?: Credentials;
  /** Whether a redirect from https to http is followed; never with credentials. */
  readonly allowDowngrade?: boolean;
  /** Takes each line of the conversation, secrets masked (`--wire`). */
  readonly wire?: (line: string) => void;
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

export interface ChainTools {
  readonly clock: Clock;
  readonly limits: ChainLimits;
  readonly userAgent: string;
  readonly get: Get;
  /** Absent: each fetch waits to be asked for credentials. */
  readonly challenges?: ChallengeMemory;
}

/** Who asks, for a feed with credentials. */
interface Identity {
  readonly credentials: Credentials;
  readonly authorization: string;
  /** Under which the origin's wish is remembered. */
  readonly feedUrl: string;
  /** Whether the home origin is told with the next request. */
  isTold: boolean;
}

/** One chain on its way: what stays the same, and what adds up. */
interface Walk {
  readonly tools: ChainTools;
  readonly signal: AbortSignal;
  readonly conversation: Conversation;
  readonly identity: Identity | undefined;
  readonly mayDowngrade: boolean;
  readonly wire: Wire | undefined;
  readonly startedAt: number;
  readonly hops: Hop[];
  readonly exchanges: Exchange[];
  requests: number;
  conditional: boolean;
  wireBytes: number;
}

export async function followChain(request: FeedRequest, tools: ChainTools): Promise<FetchedFeed> {
  const { clock, limits } = tools;
  const late = () => overdue(limits.requestTimeoutMs);
  const limit = deadline(clock, limits.requestTimeoutMs, late, request.signal);
  try {
    const first = requestUrl(new URL(request.url));
    const walk = startWalk(request, first, tools, limit.signal);
    for (let url = first; ; ) {
      const validators = validatorsFor(url, request.validators);
      const answer = await ask(url, validators, walk);
      const step = await stepAfter(answer, { url, validators, maxBodyBytes: limits.maxBodyBytes }, walk);
      if (walk.wire) show(walk.wire, answer, step);
      if (step.kind !== 'follow') return end(walk, url, step, answer, clock.now());
      walk.hops.push({ url: url.href, status: step.status });
      url = step.url;
    }
  } finally {
    limit.clear();
  }
}

function startWalk(request: FeedRequest, first: URL, tools: ChainTools, signal: AbortSignal): Walk {
  const { url, configuredUrl = url, headers, auth, wire } = request;
  const configured = isEmpty(headers) ? undefined : headers;
  const isHomeAsked = configuredUrl === url || (!auth && !configured);
  return {
    tools,
    signal,
    conversation: {
      userAgent: tools.userAgent,
      configured,
      home: isHomeAsked ? first.origin : new URL(configuredUrl).origin,
      noCache: request.noCache ?? false,
    },
    identity: auth && identityOf(auth, configuredUrl, tools.challenges),
    mayDowngrade: request.allowDowngrade === true && !auth && !configured,
    wire: wire && new Wire(wire, { urls: [url, configuredUrl], headers: headers ?? {}, credentials: auth }),
    startedAt: tools.clock.now(),
    hops: [],
    exchanges: [],
    requests: 0,
    conditional: false,
    wireBytes: 0,
  };
}

function isEmpty(headers: FeedRequest['headers']): boolean {
  for (const _name in headers) return false;
  return true;
}

function identityOf(credentials: Credentials, feedUrl: string, challenges?: ChallengeMemory): Identity {
  const authorization = authorizationOf(credentials);
  const isTold = isSentUnasked(credentials) || challenges?.has(feedUrl, authorization) === true;
  return { credentials, authorization, feedUrl, isTold };
}

/** The answer to one URL of the chain, after the requests it takes. */
function ask(url: URL, validators: Validators | undefined, walk: Walk): Promise<Answer | Unanswered> {
  const { identity } = walk;
  return identity ? askAs(identity, url, validators, walk) : askOnce(url, validators, walk);
}

async function askAs(
  identity: Identity,
  url: URL,
  validators: Validators | undefined,
  walk: Walk,
): Promise<Answer | Unanswered> {
  const answer = await askOnce(url, validators, walk);
  return answer.status === undefined ? answer : proveIdentity(answer, url, validators, walk, identity);
}

// RFC 9110 §11.6.1: a 401 says how to ask. Basic is given to the home origin, once: a 401 to it is the end.
// https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
async function proveIdentity(
  answer: Answer,
  url: URL,
  validators: Validators | undefined,
  walk: Walk,
  identity: Identity,
): Promise<Answer | Unanswered> {
  const { clock, challenges } = walk.tools;
  if (answer.status !== 401 || url.origin !== walk.conversation.home) return answer;
  if (identity.isTold) {
    challenges?.forget(identity.feedUrl, identity.authorization);
    return answer;
  }
  const isWantedNow = offersBasic(answer.headers) && (retryAfterMs(answer.headers, clock.now()) ?? 0) === 0;
  if (!isWantedNow) return answer;
  walk.wire?.body(answer);
  walk.wire?.again('with credentials');
  identity.isTold = true;
  const second = await askOnce(url, validators, walk);
  if (second.status !== undefined && second.status !== 401) {
    challenges?.note(identity.feedUrl, identity.authorization);
  }
  return second;
}

// RFC 9110 §9.2.2, RFC 9112 §9.3.1: servers close idle connections when they like, and a GET that met such a close is
// sent once more. A fresh connection that is reset is an answer of a kind, and is not asked again.
// https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
async function askOnce(
  url: URL,
  validators: Validators | undefined,
  walk: Walk,
): Promise<Answer | Unanswered> {
  const answer = await send(url, validators, walk);
  if (answer.status !== undefined || !answer.wasKept || answer.fault.code !== 'connect-reset') return answer;
  walk.wire?.again('the kept connection had ended');
  return send(url, validators, walk);
}

async function send(url: URL, validators: Validators | undefined, walk: Walk): Promise<Answer | Unanswered> {
  const { conversation, identity, tools, wire } = walk;
  const authorization = identity?.isTold ? identity.authorization : undefined;
  const headers = requestHeaders(url, conversation, { validators, authorization });
  const sent = sentIn(headers);
  const startedAt = tools.clock.now();
  wire?.request(url, headers);
  const answer = await tools.get(url, headers, walk.signal);
  wire?.answer(answer);
  const exchange = exchangeOf(url, sent, answer, startedAt, tools.clock.now());
  if (exchange) walk.exchanges.push(exchange);
  walk.requests += 1;
  walk.conditional ||= isConditional(sent);
  walk.wireBytes += answer.wireBytes ?? 0;
  return answer;
}

type Step = Outcome | { readonly kind: 'follow'; readonly status: number; readonly url: URL };

function stepAfter(answer: Answer | Unanswered, asked: Asked, walk: Walk): Step | Promise<Step> {
  if (answer.status === undefined) return failed(undefined, answer.fault);
  const { status, headers } = answer;
  if (status === 401)
    return failed(status, { code: 'http-401', message: refusedBy(answer, asked.url, walk) });
  if (!isRedirect(status)) return judgeAnswer(answer, asked);
  const { clock, limits } = walk.tools;
  // RFC 9110 §10.2.3: with a redirect, Retry-After is the least time before the target may be asked.
  if ((retryAfterMs(headers, clock.now()) ?? 0) > 0) {
    return failed(status, { code: `http-${status}`, message: `a ${status} that asks to be followed later` });
  }
  const { hops, mayDowngrade } = walk;
  const step = decideRedirect(headers, {
    url: asked.url,
    hops,
    maxRedirects: limits.maxRedirects,
    mayDowngrade,
  });
  return step.kind === 'follow' ? { ...step, status } : failed(status, step);
}

function refusedBy({ headers }: Answer, url: URL, { identity, conversation: { home } }: Walk): string {
  const isAway = url.origin !== home;
  return refusal(headers, {
    credentials: identity?.credentials,
    wereSent: identity?.isTold === true && !isAway,
    awayFrom: isAway ? home : undefined,
  });
}

function show(wire: Wire, answer: Answer | Unanswered, step: Step): void {
  if (answer.status !== undefined) {
    wire.body(answer, step.kind === 'document' ? step.body.length : undefined);
  }
  if (step.kind === 'follow') wire.following(step.status, step.url);
  if (step.kind === 'failed') wire.failed(step);
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
      exchanges: walk.exchanges,
      requests: walk.requests,
      conditional: walk.conditional,
      wireBytes: walk.wireBytes,
      decodedBytes: outcome.kind === 'document' ? outcome.body.length : 0,
      durationMs: endedAt - walk.startedAt,
    },
    terms: termsOf(answer.status === undefined ? undefined : answer, outcome, endedAt),
  };
}
