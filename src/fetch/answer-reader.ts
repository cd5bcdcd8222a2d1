// Reads the answer to one GET as undici hands it over: status and headers, the body up to its limit, or the reason
// why there is none. One object a request and no stream: the bodies of feeds are bounded and wanted whole.

import type { Dispatcher } from 'undici';
import { FetchError } from '../errors.ts';
import type { ExchangeTimes, Unanswered } from './chain.ts';
import type { AnswerHeaders } from './headers.ts';
import { expectStream, type StreamOwner, wasReset } from './http2-streams.ts';
import { isStreamReset, networkError, type Stage } from './network-error.ts';
import type { Connection, OriginClient, Passenger } from './origin-client.ts';
import { type Answer, bringsDocument, type Failure } from './outcome.ts';

export interface ReaderLimits {
  readonly maxHeaderBytes: number;
  readonly maxWireBytes: number;
  readonly maxInterimResponses: number;
}

export interface ReaderOptions {
  readonly limits: ReaderLimits;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export type Ended = (answer: Answer | Unanswered) => void;

/** Of a body that nobody wants, for the sake of its connection; the rest costs the connection. */
const maxUnwantedBytes = 64 * 1_024;

const nothing = new Uint8Array(0);

/** Waiting for a connection, then for headers, then for the body; `ended` is called once, by whatever ends it. */
export class AnswerReader implements Dispatcher.DispatchHandler, Passenger, StreamOwner {
  line?: OriginClient;
  stream?: NonNullable<StreamOwner['stream']>;
  readonly #options: ReaderOptions;
  readonly #ended: Ended;
  readonly #crash: (error: unknown) => void;
  readonly #startedAt: number;
  #controller: Dispatcher.DispatchController | undefined;
  #connection: Connection | undefined;
  /** Absent on a connection that had been kept. */
  #made: Connection | undefined;
  #isOver = false;
  #interim = 0;
  #status: number | undefined;
  #headers: AnswerHeaders = {};
  #headersAt = 0;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** `crash` takes what is no fault of origin or network, but of this program. */
  constructor(options: ReaderOptions, ended: Ended, crash: (error: unknown) => void) {
    this.#options = options;
    this.#ended = ended;
    this.#crash = crash;
    this.#startedAt = options.now();
    // An object instead of a closure; undici itself would heed a signal only once it is connected.
    options.signal.addEventListener('abort', this);
  }

  handleEvent(): void {
    this.#controller?.abort(this.#options.signal.reason);
    this.#fail(this.#options.signal.reason);
  }

  /** Again, if HTTP/2 sends anew what a closing connection did not take. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) {
      controller.abort(this.#options.signal.reason ?? aborted());
      return;
    }
    this.#controller = controller;
    this.#connection = this.line?.current;
    this.#made = this.line?.fresh ?? this.#made;
    if (this.#connection?.isHttp2) expectStream(this);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    const { limits, now } = this.#options;
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > limits.maxInterimResponses) controller.abort(tooManyInterim(limits));
      return;
    }
    this.#headersAt = now();
    this.#status = status;
    this.#headers = headers;
    // The parser of HTTP/1.1 has counted already.
    if (this.#connection?.isHttp2 && sizeOf(headers) > limits.maxHeaderBytes) {
      this.#status = undefined;
      controller.abort(headersTooLarge(limits));
    }
    // RFC 9110 §8.6: with a 304 or 204 the length is that of no body here.
    const hasBody = status !== 304 && status !== 204;
    if (hasBody && Number(headers['content-length']) > this.#maxBytes()) controller.abort(this.#tooLarge());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes()) controller.abort(this.#tooLarge());
    else if (this.#isWanted()) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver || this.#status === undefined) return;
    if (wasReset(this)) this.#fail(new FetchError('truncated', 'the stream was reset before its end'));
    else this.#end(this.#complete(this.#status));
  }

  #complete(status: number): Answer {
    return {
      status,
      headers: this.#headers,
      wire: joined(this.#chunks, this.#bytes),
      wireBytes: this.#bytes,
      times: this.#times(),
    };
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    try {
      this.#end(this.#status === undefined ? this.#unanswered(error) : this.#cutOff(this.#status, error));
    } catch (fault) {
      this.#isOver = true;
      this.#crash(fault);
    }
  }

  #end(answer: Answer | Unanswered): void {
    this.#isOver = true;
    this.#options.signal.removeEventListener('abort', this);
    this.#ended(answer);
  }

  #unanswered(error: unknown): Unanswered {
    const isKept = this.#controller !== undefined && this.#made === undefined;
    const fault = faultOf(error, 'request', this.#options.signal);
    return { fault, wasKept: isKept && !isStreamReset(error), times: this.#times() };
  }

  /** The status decides unless the body is wanted, whatever became of it. */
  #cutOff(status: number, error: unknown): Answer {
    const answer = { status, headers: this.#headers, wire: nothing, wireBytes: this.#bytes };
    if (!this.#isWanted()) return { ...answer, times: this.#times() };
    return { ...answer, fault: faultOf(error, 'body', this.#options.signal), times: this.#times() };
  }

  #isWanted(): boolean {
    return this.#status !== undefined && bringsDocument(this.#status);
  }

  #maxBytes(): number {
    const { maxWireBytes } = this.#options.limits;
    return this.#isWanted() ? maxWireBytes : Math.min(maxWireBytes, maxUnwantedBytes);
  }

  #tooLarge(): FetchError {
    return new FetchError('too-large', `more than ${this.#maxBytes()} bytes on the wire`);
  }

  #times(): ExchangeTimes {
    const made = this.#made;
    const connection = this.#connection;
    const hasHeaders = this.#status !== undefined;
    return {
      totalMs: this.#options.now() - this.#startedAt,
      ...(hasHeaders && { headersMs: this.#headersAt - this.#startedAt }),
      ...(made && { connectMs: made.connectMs }),
      ...(made?.tlsMs !== undefined && { tlsMs: made.tlsMs }),
      ...(connection && { peer: connection.peer, protocol: connection.isHttp2 ? 'HTTP/2' : 'HTTP/1.1' }),
    };
  }
}

function sizeOf(headers: AnswerHeaders): number {
  let bytes = 0;
  for (const [name, value = ''] of Object.entries(headers)) {
    for (const line of typeof value === 'string' ? [value] : value) bytes += name.length + line.length;
  }
  return bytes;
}

function joined([first = Buffer.alloc(0), ...others]: Buffer[], bytes: number): Uint8Array {
  return others.length === 0 ? first : Buffer.concat([first, ...others], bytes);
}

function headersTooLarge({ maxHeaderBytes }: ReaderLimits): FetchError {
  return new FetchError('headers-too-large', `more than ${maxHeaderBytes} bytes of headers`);
}

function tooManyInterim({ maxInterimResponses }: ReaderLimits): FetchError {
  return new FetchError('too-many-1xx', `more than ${maxInterimResponses} interim responses`);
}

// An abort shows in many ways in what undici throws, so the signal is asked first: it aborts for our
// deadline, which says so, or because the caller wants no answer any more.
function faultOf(error: unknown, stage: Stage, signal: AbortSignal): Failure {
  if (!signal.aborted) return networkError(error, stage);
  const { reason } = signal;
  return reason instanceof FetchError && reason.code === 'timeout' ? reason : aborted();
}

function aborted(): FetchError {
  return new FetchError('aborted', 'stopped before the request ended');
}
