// Asks origins over undici and hands back one FetchedFeed for one feed URL: the hop itself, its limits and its
// bytes. Never throws for what an origin or the network does. Uses `request` with an agent of its own: no
// fetch(), no interceptor, no proxy from the environment, no HTTP/2 yet.

import { Agent, Client, type Dispatcher, Pool } from 'undici';
import type { Clock } from '../clock.ts';
import { FetchError } from '../errors.ts';
import type { FetchedFeed } from '../model/poll.ts';
import { type ChainLimits, type FeedRequest, followChain, type Get, type Unanswered } from './chain.ts';
import type { RequestHeaders } from './conditional.ts';
import type { EgressGuard } from './egress.ts';
import { networkError, type Stage } from './network-error.ts';
import { type Answer, bringsDocument, type Failure } from './outcome.ts';

export type { FeedRequest } from './chain.ts';

export interface FetchLimits extends ChainLimits {
  /** For look-up and connect, and again for the TLS handshake. */
  readonly connectTimeoutMs: number;
  /** Without a complete header block. */
  readonly headersTimeoutMs: number;
  /** Without a byte of the body. */
  readonly bodyTimeoutMs: number;
  readonly maxHeaderBytes: number;
  /** Of a body as it comes, before decompression. */
  readonly maxWireBytes: number;
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
}

// Below the 5 s after which many servers close, so that a request seldom meets a dying connection, and above
// the 2 s between two requests of a lane.
const keepAliveMs = 4_000;
/** However long a server offers: thousands of origins must not mean thousands of idle sockets. */
const keepAliveMaxMs = 10_000;
/** Of a body that nobody wants, for the sake of its connection; the rest costs the connection. */
const maxUnwantedBytes = 64 * 1_024;

const nothing = new Uint8Array(0);

export function createFeedClient({ clock, limits, userAgent, ...options }: FeedClientOptions): FeedClient {
  const lifetime = new AbortController();
  const agent = new Agent({
    connect: options.guard.connector({ timeout: limits.connectTimeoutMs, signal: lifetime.signal }),
    factory: (origin, shared) => dispatcherOf(origin, shared, options.connectionsTo?.(String(origin)) ?? 1),
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMaxMs,
    // undici refuses at the limit, we refuse beyond it; and its 0 means no limit, ours no time.
    maxHeaderSize: limits.maxHeaderBytes + 1,
    headersTimeout: Math.max(1, limits.headersTimeoutMs),
    bodyTimeout: Math.max(1, limits.bodyTimeoutMs),
  });
  // Each running exchange listens for its own connection.
  agent.setMaxListeners(0);
  const get: Get = (url, headers, signal) => exchange(agent, { url, headers, signal }, limits.maxWireBytes);
  const tools = { clock, limits, userAgent, get };
  return {
    fetch: (request) => followChain(request, tools),
    async close() {
      lifetime.abort();
      await agent.destroy();
    },
  };
}

/** A pool costs more than the one connection that nearly every origin gets. */
function dispatcherOf(origin: string | URL, shared: object, connections: number): Dispatcher {
  return connections === 1 ? new Client(origin, shared) : new Pool(origin, { ...shared, connections });
}

interface Exchange {
  readonly url: URL;
  readonly headers: RequestHeaders;
  readonly signal: AbortSignal;
}

async function exchange(agent: Agent, asked: Exchange, maxWireBytes: number): Promise<Answer | Unanswered> {
  const response = await begin(agent, asked);
  if ('fault' in response) return response;
  const { statusCode: status, headers, body } = response;
  const isWanted = bringsDocument(status);
  const maxBytes = isWanted ? maxWireBytes : Math.min(maxWireBytes, maxUnwantedBytes);
  const read = await readBody(body, Number(headers['content-length']), maxBytes);
  if (!isWanted) return { status, headers, wire: nothing, wireBytes: read.bytes };
  if (read.error === undefined) return { status, headers, wire: read.whole, wireBytes: read.bytes };
  const fault = faultOf(read.error, 'body', asked.signal);
  return { status, headers, wire: nothing, wireBytes: read.bytes, fault };
}

/** The answer as far as its headers. */
async function begin(agent: Agent, asked: Exchange): Promise<Dispatcher.ResponseData | Unanswered> {
  let isFresh = false;
  const noteConnect = ({ origin }: URL) => {
    isFresh ||= origin === asked.url.origin;
  };
  agent.on('connect', noteConnect);
  try {
    return await send(agent, asked);
  } catch (error) {
    // An error of our own comes from the connector, so there was no connection.
    const wasKept = !isFresh && !(error instanceof FetchError);
    return { fault: faultOf(error, 'request', asked.signal), wasKept };
  } finally {
    agent.off('connect', noteConnect);
  }
}

function send(agent: Agent, { url, headers, signal }: Exchange): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = url;
  return new Promise((resolve, reject) => {
    // undici heeds the signal only once it is connected.
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    agent.request({ origin, path: pathname + search, method: 'GET', headers, signal }, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}

interface ReadBody {
  readonly whole: Uint8Array;
  readonly bytes: number;
  readonly error?: unknown;
}

/** Reads to the end or to the first byte too many, and never rejects. */
function readBody(
  body: Dispatcher.ResponseData['body'],
  declared: number,
  maxBytes: number,
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > maxBytes) body.destroy(tooLarge(maxBytes));
    });
    body.on('end', () => resolve({ whole: joined(chunks, bytes), bytes }));
    body.on('error', (error) => resolve({ whole: nothing, bytes, error }));
    if (declared > maxBytes) body.destroy(tooLarge(maxBytes));
  });
}

function joined([first = Buffer.alloc(0), ...others]: Buffer[], bytes: number): Uint8Array {
  return others.length === 0 ? first : Buffer.concat([first, ...others], bytes);
}

function tooLarge(maxBytes: number): FetchError {
  return new FetchError('too-large', `more than ${maxBytes} bytes on the wire`);
}

// An abort shows in many ways in what undici throws, so the signal is asked first: it aborts for our
// deadline, which says so, or because the caller wants no answer any more.
function faultOf(error: unknown, stage: Stage, signal: AbortSignal): Failure {
  if (!signal.aborted) return networkError(error, stage);
  const { reason } = signal;
  return reason instanceof FetchError && reason.code === 'timeout' ? reason : aborted();
}

function aborted(): Failure {
  return { code: 'aborted', message: 'stopped before the request ended' };
}
