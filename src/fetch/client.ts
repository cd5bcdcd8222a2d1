// Asks origins over undici and hands back one FetchedFeed for one feed URL: the connections and limits of a client.
// Never throws for what an origin or the network does. Dispatches to an agent of its own: no fetch(), no interceptor,
// no proxy from the environment.

import { Agent, type Client, type Dispatcher, Pool } from 'undici';
import type { Clock } from '../clock.ts';
import type { FetchedFeed } from '../model/poll.ts';
import { AnswerReader, type ReaderLimits } from './answer-reader.ts';
import { type ChainLimits, type FeedRequest, followChain, type Get } from './chain.ts';
import { ChallengeMemory } from './credentials.ts';
import type { EgressGuard } from './egress.ts';
import { watchStreams } from './http2-streams.ts';
import { OriginClient } from './origin-client.ts';
import type { TlsSettings } from './tls-context.ts';
import type { ProxySettings } from './tunnel.ts';

export type { FeedRequest } from './chain.ts';
export type { TlsSettings } from './tls-context.ts';
export type { ProxySettings } from './tunnel.ts';

/** Body bytes are counted as they come, before decompression. */
export interface FetchLimits extends ChainLimits, ReaderLimits {
  /** For look-up and connect, and again for the TLS handshake. */
  readonly connectTimeoutMs: number;
  /** Without a complete header block. */
  readonly headersTimeoutMs: number;
  /** Without a byte of the body. */
  readonly bodyTimeoutMs: number;
}

export interface FeedClient {
  fetch(request: FeedRequest): Promise<FetchedFeed>;
  /** Ends every request and connection. */
  close(): Promise<void>;
}

export interface FeedClientOptions {
  readonly clock: Clock;
  readonly limits: FetchLimits;
  readonly guard: EgressGuard;
  readonly userAgent: string;
  /** How many requests lanes may send to an origin (`https://example.org`) at a time; 1 if nobody says. */
  readonly connectionsTo?: (origin: string) => number;
  /** Authorities and a client certificate for an origin; equal settings are read once. */
  readonly tlsFor?: (origin: string) => TlsSettings | undefined;
  /** Whether HTTP/2 is offered to an origin over TLS; never if nobody says. */
  readonly http2For?: (origin: string) => boolean;
  readonly proxy?: ProxySettings;
}

// Below the 5 s after which many servers close, so that a request seldom meets a dying connection, and above
// the 2 s between two requests of a lane.
const keepAliveMs = 4_000;
/** However long a server offers: thousands of origins must not mean thousands of idle sockets. */
const keepAliveMaxMs = 10_000;

export function createFeedClient({ clock, limits, userAgent, ...options }: FeedClientOptions): FeedClient {
  const lifetime = new AbortController();
  const agent = agentFor(options, limits, () => clock.now(), lifetime.signal);
  const now = () => clock.now();
  const get: Get = (url, headers, signal) =>
    new Promise((resolve, reject) => {
      const reader = new AnswerReader({ limits, now, signal }, resolve, reject);
      if (signal.aborted) return reader.handleEvent();
      const { origin, pathname, search } = url;
      agent.dispatch({ origin, path: pathname + search, method: 'GET', headers }, reader);
    });
  const tools = { clock, limits, userAgent, get, challenges: new ChallengeMemory() };
  return {
    fetch: (request) => followChain(request, tools),
    async close() {
      lifetime.abort();
      await agent.destroy();
    },
  };
}

type AgentOptions = Omit<FeedClientOptions, 'clock' | 'limits' | 'userAgent'>;

function agentFor(
  { guard, connectionsTo, tlsFor, http2For, proxy }: AgentOptions,
  limits: FetchLimits,
  now: () => number,
  signal: AbortSignal,
): Agent {
  const connect = guard.connector({
    timeout: limits.connectTimeoutMs,
    signal,
    now,
    ...(tlsFor && { tlsFor }),
    ...(http2For && { http2For }),
    ...(proxy && { proxy }),
  });
  if (http2For) watchStreams();
  const common: Client.Options = {
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMaxMs,
    // undici refuses at the limit, we refuse beyond it; and its 0 means no limit, ours no time.
    maxHeaderSize: limits.maxHeaderBytes + 1,
    headersTimeout: Math.max(1, limits.headersTimeoutMs),
    bodyTimeout: Math.max(1, limits.bodyTimeoutMs),
  };
  const factory = (origin: string | URL): Dispatcher => {
    const name = String(origin);
    const connections = connectionsTo?.(name) ?? 1;
    const allowH2 = http2For?.(name) ?? false;
    // Streams count as connections do: the lanes say how many requests an origin gets at a time.
    const h2Options = { maxConcurrentStreams: connections, pingInterval: 0 };
    const own = { ...common, ...(allowH2 && { h2Options }), allowH2, connect, now };
    // A pool costs more than the one connection that nearly every origin gets.
    if (connections === 1) return new OriginClient(origin, own);
    return new Pool(origin, { connect, allowH2, connections, factory: (url) => new OriginClient(url, own) });
  };
  return new Agent({ factory });
}
