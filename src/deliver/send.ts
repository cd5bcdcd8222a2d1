// One POST and what came back: an answer with a status, or the reason why there is none. Follows no redirect,
// keeps no cookie, decompresses nothing, and reads no more of an answer than it must. What the answer means for
// the delivery, answer.ts decides.

import { type Dispatcher, Pool } from 'undici';
import { type Clock, deadline } from '../clock.ts';
import { type Code, FetchError } from '../errors.ts';
import type { EgressGuard } from '../fetch/egress.ts';
import { networkError } from '../fetch/network-error.ts';
import { excerptOf } from './excerpt.ts';

/** The receiver answered. The status decides, whatever happened to the body of the answer. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The receiver's own clock, which an absolute Retry-After is measured by. */
  readonly date: string | undefined;
  readonly location: string | undefined;
  readonly excerpt: string | undefined;
}

export interface Unanswered {
  readonly kind: 'unanswered';
  readonly code: Code;
  readonly message: string;
}

export interface SenderOptions {
  readonly url: string;
  readonly guard: EgressGuard;
  readonly clock: Clock;
  /** Connections at a time; the queue starts no more attempts than that. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  /** For the whole attempt: name lookup, TLS, request, answer. */
  readonly timeoutMs: number;
}

export interface Sender {
  send(headers: string[], body: Buffer, signal: AbortSignal): Promise<Answered | Unanswered>;
  /** Resolves when the requests that are running have ended. */
  close(): Promise<void>;
}

const maxHeaderBytes = 16 * 1_024;
const maxAnswerBytes = 64 * 1_024;

export function createSender(options: SenderOptions): Sender {
  const { origin, pathname, search } = new URL(options.url);
  const closing = new AbortController();
  const pool = new Pool(origin, {
    connect: options.guard.connector({ timeout: options.connectTimeoutMs, signal: closing.signal }),
    connections: options.concurrency,
    maxHeaderSize: maxHeaderBytes,
    allowH2: false,
    // The deadline below covers both; undici's are idle timers, which a slow drip never meets.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async send(headers, body, signal) {
      const limit = deadline(options.clock, options.timeoutMs, () => overdue(options.timeoutMs), signal);
      try {
        const request = { method: 'POST', path: pathname + search, headers, body, signal: limit.signal };
        return await readAnswer(await pool.request(request));
      } catch (error) {
        const { code, message } = networkError(limit.signal.aborted ? limit.signal.reason : error);
        return { kind: 'unanswered', code, message };
      } finally {
        limit.clear();
      }
    },
    async close() {
      await pool.close();
      // Ends a connection that is still being made although nobody waits for it any more.
      closing.abort();
    },
  };
}

function overdue(timeoutMs: number): FetchError {
  return new FetchError('timeout', `no complete answer within ${timeoutMs} ms`);
}

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answered> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      // Leaving the loop destroys the body, and with it the socket.
      if (bytes >= maxAnswerBytes) break;
    }
  } catch {
    // Cut off, reset or too late: the status came before, and the status decides.
  }
  return {
    kind: 'answered',
    status: statusCode,
    retryAfter: first(headers['retry-after']),
    date: first(headers.date),
    location: first(headers.location),
    excerpt: excerptOf(Buffer.concat(chunks), first(headers['content-encoding'])),
  };
}

/** Of a field that was sent more than once, the first. */
function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
