// One request and what came back: an answer with a status, or the reason why there is none. Follows no redirect, keeps no
// cookie, decompresses nothing, never sends a second time by itself, and reads no more of an answer than it must. What the
// answer means, reading.ts decides.

import { Client, type Dispatcher, Pool } from 'undici';
import { type Clock, deadline } from '../clock.ts';
import { FetchError } from '../errors.ts';
import type { Connect, Made } from '../fetch/connector.ts';
import type { EgressGuard } from '../fetch/egress.ts';
import type { TlsSettings } from '../fetch/tls-context.ts';
import { type Answered, Exchange, type Unanswered } from './exchange.ts';
import { ConnectionNotes } from './phases.ts';
import { bearingContinue } from './unasked-continue.ts';

export type { Answered, Printed, Sent, Unanswered } from './exchange.ts';

export interface OutRequest {
  readonly method: 'POST' | 'PUT' | 'OPTIONS';
  /** With the query. */
  readonly path: string;
  /** Name, value, name, value … */
  readonly headers: string[];
  readonly body: Buffer;
}

export interface SenderOptions {
  /** Of it, the origin alone. */
  readonly url: string;
  readonly guard: EgressGuard;
  readonly clock: Clock;
  /** Connections at a time; the queue starts no more attempts than that. */
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  /** For the whole attempt: name look-up, TLS, request, answer. */
  readonly timeoutMs: number;
  /** Adds to what is trusted, and what we show; certificates are verified whatever it says. */
  readonly tls?: TlsSettings;
  /** A 2xx alone does not tell whether it went well, so one whose body is cut off is no answer. */
  readonly needsBody?: boolean;
  /** Matches what an answer may repeat of our secrets, and people may not see. @default none */
  readonly secrets?: RegExp;
}

export interface Sender {
  send(request: OutRequest, signal: AbortSignal): Promise<Answered | Unanswered>;
  /** Resolves when the requests that are running have ended. */
  close(): Promise<void>;
}

const maxHeaderBytes = 16 * 1_024;

export function createSender(options: SenderOptions): Sender {
  const { clock, timeoutMs, needsBody = false, secrets = /(?!)/g } = options;
  const closing = new AbortController();
  const pool = poolFor(options, closing.signal);
  const running = new Set<Promise<unknown>>();
  const now = () => clock.now();

  const exchange = async ({ method, path, headers, body }: OutRequest, signal: AbortSignal) => {
    const limit = deadline(clock, timeoutMs, () => overdue(timeoutMs), signal);
    const request = { method, path, headers, body: method === 'OPTIONS' ? null : body };
    try {
      return await new Promise<Answered | Unanswered>((resolve, reject) => {
        const handler = new Exchange({ now, signal: limit.signal, needsBody, secrets }, resolve, reject);
        if (limit.signal.aborted) handler.handleEvent();
        else pool.dispatch(request, handler);
      });
    } finally {
      limit.clear();
    }
  };
  return {
    send(request, signal) {
      const sending = exchange(request, signal).finally(() => running.delete(sending));
      running.add(sending);
      return sending;
    },
    async close() {
      await Promise.allSettled(running);
      // Ends a connection that is still being made although nobody waits for it any more.
      closing.abort();
      await pool.destroy();
    },
  };
}

function poolFor({ url, guard, clock, tls, ...options }: SenderOptions, signal: AbortSignal): Pool {
  const now = () => clock.now();
  const connect = guard.connector({
    timeout: options.connectTimeoutMs,
    signal,
    now,
    ...(tls && { tlsFor: () => tls }),
  });
  const common = {
    maxHeaderSize: maxHeaderBytes,
    // Receivers gain nothing from it, and a stream that is reset may be one that was processed.
    allowH2: false,
    // The deadline covers both; undici's are idle timers, which a slow drip never meets.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const factory = (origin: string | URL) => new Line(origin, common, connect, new ConnectionNotes(now));
  return new Pool(new URL(url).origin, { ...common, connect, connections: options.concurrency, factory });
}

/** One connection at a time, which tells each request how it came about. */
class Line extends Client {
  readonly #notes: ConnectionNotes;

  constructor(origin: string | URL, options: Client.Options, connect: Connect, notes: ConnectionNotes) {
    super(origin, { ...options, connect: notes.watching(patient(connect)) });
    this.#notes = notes;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler & { notes?: ConnectionNotes },
  ): boolean {
    handler.notes = this.#notes;
    return super.dispatch(options, handler);
  }
}

function patient(connect: Connect): Connect {
  return (options, answer, note) => {
    const made = (result: Made) => {
      bearingContinue(result.socket);
      note?.(result);
    };
    connect(options, answer, made);
  };
}

function overdue(timeoutMs: number): FetchError {
  return new FetchError('timeout', `no complete answer within ${timeoutMs} ms`);
}
