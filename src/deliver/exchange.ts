// Takes the answer to one request as undici hands it over: status, headers, the first 64 KiB of the body; or the reason why
// there is none. One object a request and no stream. `ended` is called once, by whatever ends it.

import { type Code, FeedhookError, FetchError } from '../errors.ts';
import { networkError, type Stage } from '../fetch/network-error.ts';
import type { AttemptPhases } from '../model/delivery.ts';
import { excerptOf, isPlain, textOf } from './excerpt.ts';
import { type Connecting, type ConnectionNotes, span } from './phases.ts';

/** The receiver answered. The status decides, whatever happened to the body of the answer. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  /** Names in lower case; of a field that was sent more than once, the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 KiB of the body, empty when it is compressed; for reading alone, never to be stored or shown. */
  readonly text: string;
  /** What of it people may see. */
  readonly excerpt?: string;
  readonly phases: AttemptPhases;
  /** What a handshake allows from now on. */
  readonly allowance?: { readonly remaining: number; readonly resetMs: number };
}

export interface Unanswered {
  readonly kind: 'unanswered';
  readonly code: Code;
  readonly message: string;
  readonly phases: AttemptPhases;
}

/** A line of the `stdout` endpoint was taken. */
export interface Printed {
  readonly kind: 'printed';
}

export type Sent = Answered | Unanswered | Printed;

export interface ExchangeOptions {
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly needsBody: boolean;
  /** What people may not see. */
  readonly secrets: RegExp;
}

/** What of undici's controller is used. */
interface Controller {
  abort(reason: Error): void;
}

type WireHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const maxAnswerBytes = 64 * 1_024;
/** Interim responses (1xx) before the answer. */
const maxInterim = 10;

export class Exchange {
  /** Set by the client that sends it. */
  notes?: ConnectionNotes;
  readonly #options: ExchangeOptions;
  readonly #ended: (sent: Answered | Unanswered) => void;
  readonly #crash: (error: unknown) => void;
  #controller: Controller | undefined;
  #connecting: Connecting = {};
  #startedAt: number | undefined;
  #firstByteMs: number | undefined;
  #head: Pick<Answered, 'status' | 'headers'> | undefined;
  #interim = 0;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  /** `crash` takes what is no fault of receiver or network, but of this program. */
  constructor(
    options: ExchangeOptions,
    ended: (sent: Answered | Unanswered) => void,
    crash: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#ended = ended;
    this.#crash = crash;
    // An object instead of a closure; undici itself would heed a signal only once it is connected.
    options.signal.addEventListener('abort', this);
  }

  handleEvent(): void {
    const { reason } = this.#options.signal;
    this.#fail(reason);
    // Destroys the socket.
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Controller): void {
    if (this.#isOver) {
      controller.abort(stopped());
      return;
    }
    this.#controller = controller;
    this.#startedAt = this.#options.now();
    this.#connecting = this.notes?.fresh ?? {};
  }

  onResponseStart(controller: Controller, status: number, headers: WireHeaders): void {
    if (status >= 200) {
      this.#firstByteMs = span(this.#startedAt ?? this.#options.now(), this.#options.now());
      this.#head = { status, headers: firstValues(headers) };
      return;
    }
    this.#interim += 1;
    if (this.#interim > maxInterim) {
      controller.abort(new FetchError('too-many-1xx', `more than ${maxInterim} interim responses`));
    }
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#chunks.push(chunk.subarray(0, maxAnswerBytes - this.#bytes));
    this.#bytes += chunk.length;
    if (this.#bytes < maxAnswerBytes) return;
    this.#answer();
    controller.abort(stopped());
  }

  onResponseEnd(): void {
    if (!this.#isOver) this.#answer();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.#fail(error);
  }

  /** Cut off, reset or too late: where a status came before, the status decides. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    const head = this.#head;
    const isDecided = head !== undefined && !(this.#options.needsBody && isGood(head.status));
    if (isDecided) {
      this.#answer();
      return;
    }
    try {
      const { code, message } = faultOf(error, head === undefined ? 'request' : 'body', this.#options.signal);
      this.#end({ kind: 'unanswered', code, message, phases: this.#phases() });
    } catch (fault) {
      this.#isOver = true;
      this.#crash(fault);
    }
  }

  #answer(): void {
    const head = this.#head;
    if (head === undefined) return;
    const body = Buffer.concat(this.#chunks);
    const coding = head.headers['content-encoding'];
    const excerpt = excerptOf(body, coding, this.#options.secrets);
    this.#end({
      kind: 'answered',
      ...head,
      text: isPlain(coding) ? textOf(body) : '',
      ...(excerpt !== undefined && { excerpt }),
      phases: this.#phases(),
    });
  }

  #end(sent: Answered | Unanswered): void {
    this.#isOver = true;
    this.#options.signal.removeEventListener('abort', this);
    this.#ended(sent);
  }

  #phases(): AttemptPhases {
    const firstByteMs = this.#firstByteMs;
    return { ...this.#connecting, ...(firstByteMs !== undefined && { firstByteMs }) };
  }
}

function isGood(status: number): boolean {
  return status <= 299;
}

function firstValues(headers: WireHeaders): Record<string, string> {
  const first: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    const line = typeof value === 'string' ? value : value?.[0];
    if (line !== undefined) first[name.toLowerCase()] = line;
  }
  return first;
}

// An abort shows in many ways in what undici throws, so the signal is asked first.
function faultOf(error: unknown, stage: Stage, signal: AbortSignal): FeedhookError {
  if (!signal.aborted) return networkError(error, stage);
  const { reason } = signal;
  return reason instanceof FeedhookError ? reason : stopped();
}

function stopped(): FetchError {
  return new FetchError('aborted', 'stopped before the answer ended');
}
