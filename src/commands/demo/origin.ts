// A loopback origin of many feeds that behaves as a good one should: ETag and Last-Modified on every 200,
// exact 304s, gzip on request. It counts what it is asked, so that promises about politeness can be
// checked from the other side of the wire.

import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock.ts';
import { isNotModified } from './conditional.ts';
import type { DemoEntry, DemoFeed } from './documents/feed.ts';
import { FeedWindow, type Representation, versionOf } from './feed-window.ts';

export interface OriginRequest {
  readonly feedId: string;
  /** Epoch ms of the arrival. */
  readonly at: number;
  readonly isConditional: boolean;
  /** The version of the feed that the request claims to know. */
  readonly knownVersion?: number;
}

export interface OriginAnswer extends OriginRequest {
  readonly status: 200 | 304;
  readonly version: number;
  readonly bodyBytes: number;
  /** Of a 304: the size of the body that did not have to be sent. */
  readonly savedBytes: number;
}

export interface OriginCounts {
  readonly requests: number;
  readonly unconditional: number;
  readonly notModified: number;
  readonly bytesSent: number;
  readonly bytesSaved: number;
}

export interface OriginSetup {
  readonly clock: Clock;
  readonly feeds: readonly DemoFeed[];
  /** Entries a document holds; default 20. */
  readonly windowSize?: number;
  /** Loopback address to listen on; default 127.0.0.1. */
  readonly host?: string;
}

const noCounts: OriginCounts = { requests: 0, unconditional: 0, notModified: 0, bytesSent: 0, bytesSaved: 0 };

/** `request` when one has arrived, `answer` when the last byte of a complete answer has left. */
export class Origin extends EventEmitter<{ request: [OriginRequest]; answer: [OriginAnswer] }> {
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #windows = new Map<string, FeedWindow>();
  readonly #byPath = new Map<string, FeedWindow>();
  readonly #counts = new Map<string, OriginCounts>();

  static async start(setup: OriginSetup): Promise<Origin> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, setup.host ?? '127.0.0.1', resolve);
    });
    return new Origin(server, setup);
  }

  private constructor(server: Server, { clock, feeds, windowSize = 20 }: OriginSetup) {
    super();
    this.#clock = clock;
    this.#server = server;
    for (const feed of feeds) {
      const window = new FeedWindow(feed, `${this.url}${feed.path}`, windowSize, clock.now());
      this.#windows.set(feed.id, window);
      this.#byPath.set(feed.path, window);
    }
    server.on('request', (request, response) => this.#answer(request, response));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  feedUrl(feedId: string): string {
    return this.#window(feedId).feedUrl;
  }

  /** The entries that a request would bring now, newest first. */
  entries(feedId: string): readonly DemoEntry[] {
    return this.#window(feedId).entries;
  }

  /** Adds entries, oldest first, in one new version of the document, and returns its number. */
  publish(feedId: string, ...entries: readonly DemoEntry[]): number {
    return this.#window(feedId).publish(entries, this.#clock.now());
  }

  /** What one feed was asked, or all of them together. */
  counts(feedId?: string): OriginCounts {
    if (feedId !== undefined) return this.#counts.get(feedId) ?? noCounts;
    return [...this.#counts.values()].reduce(add, noCounts);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const window = this.#byPath.get(request.url ?? '');
    if (window === undefined) return void response.writeHead(404).end();
    if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
    const seen = seenRequest(window.feed.id, this.#clock.now(), request);
    this.emit('request', seen);
    const representation = window.representation(/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''));
    const answer = answerTo(seen, window.version, representation, request);
    response.once('finish', () => this.#note(answer));
    send(response, answer, representation, window.feed);
  }

  #note(answer: OriginAnswer): void {
    const counts = this.#counts.get(answer.feedId) ?? noCounts;
    this.#counts.set(answer.feedId, add(counts, countsOf(answer)));
    this.emit('answer', answer);
  }

  #window(feedId: string): FeedWindow {
    const window = this.#windows.get(feedId);
    if (window === undefined) throw new Error(`the origin has no feed ${feedId}`);
    return window;
  }
}

function seenRequest(feedId: string, at: number, { headers }: IncomingMessage): OriginRequest {
  const knownVersion = versionOf(headers['if-none-match']);
  return {
    feedId,
    at,
    isConditional: 'if-none-match' in headers || 'if-modified-since' in headers,
    ...(knownVersion !== undefined && { knownVersion }),
  };
}

function answerTo(
  seen: OriginRequest,
  version: number,
  representation: Representation,
  { headers }: IncomingMessage,
): OriginAnswer {
  const size = representation.body.length;
  return isNotModified(headers, representation)
    ? { ...seen, status: 304, version, bodyBytes: 0, savedBytes: size }
    : { ...seen, status: 200, version, bodyBytes: size, savedBytes: 0 };
}

function send(
  response: ServerResponse,
  { status }: OriginAnswer,
  { etag, modifiedAt, contentEncoding, body }: Representation,
  { packaging }: DemoFeed,
): void {
  // RFC 9110 §15.4.5: a 304 repeats ETag and Vary, and leaves out what describes a body it does not have.
  // https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
  const always = { etag, vary: 'accept-encoding' };
  if (status === 304) return void response.writeHead(304, always).end();
  response.writeHead(200, {
    ...always,
    'last-modified': new Date(modifiedAt).toUTCString(),
    'content-type': packaging.contentType,
    'content-length': body.length,
    ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
  });
  response.end(body);
}

function countsOf(answer: OriginAnswer): OriginCounts {
  return {
    requests: 1,
    unconditional: answer.isConditional ? 0 : 1,
    notModified: answer.status === 304 ? 1 : 0,
    bytesSent: answer.bodyBytes,
    bytesSaved: answer.savedBytes,
  };
}

function add(a: OriginCounts, b: OriginCounts): OriginCounts {
  return {
    requests: a.requests + b.requests,
    unconditional: a.unconditional + b.unconditional,
    notModified: a.notModified + b.notModified,
    bytesSent: a.bytesSent + b.bytesSent,
    bytesSaved: a.bytesSaved + b.bytesSaved,
  };
}
