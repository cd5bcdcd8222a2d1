// A loopback receiver of webhooks that trusts nothing: every request is verified with the reference library
// of Standard Webhooks, not with feedhook's own code. It can be told to fail, and keeps what it was sent.

import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type Clock, wait } from '../../clock.ts';

/** What the receiver does once it has read a request. */
export interface Reply {
  /** `reset`: cut the connection without an answer. */
  readonly answer: number | 'reset';
  /** Wait before answering; default 0. */
  readonly delayMs?: number;
}

/** The parts of the payload that the ledgers look at. */
export interface ReceivedEvent {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly data?: {
    readonly feed?: { readonly id?: unknown };
    readonly entry?: { readonly id?: unknown; readonly title?: unknown };
  };
  /** Of a JSON Feed: its entries, and beside them the id of the feed. */
  readonly items?: readonly {
    readonly id?: unknown;
    readonly _feedhook?: { readonly event?: { readonly id?: unknown; readonly type?: unknown } };
  }[];
  readonly _feedhook?: { readonly id?: unknown };
}

export interface Arrival {
  /** From 1, over the life of the receiver. */
  readonly number: number;
  /** Epoch ms at which the whole request was read. */
  readonly at: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly webhookId: string;
  readonly body: Buffer;
  /** SHA-256 of the body, hex. */
  readonly bodyHash: string;
  /** Absent when the body is no JSON. */
  readonly event?: ReceivedEvent;
  /** Why the reference library refuses the request; absent: verified. */
  readonly refusal?: string;
  readonly reply: Reply;
}

export interface ReceiverSetup {
  readonly clock: Clock;
  /** `whsec_…` */
  readonly secret: string;
  /** Default true; a run of many thousand arrivals follows the events instead. */
  readonly keepsArrivals?: boolean;
}

const accept = (): Reply => ({ answer: 200 });

/**
 * `request` when a header block has arrived, `arrival` when the request is read and verified,
 * `answered` when the last byte of an answer has left.
 */
export class Receiver extends EventEmitter<{ request: []; arrival: [Arrival]; answered: [Arrival] }> {
  /** Decides each reply in the order of arrival; replace it to make the receiver fail. */
  decide: (number: number) => Reply = accept;
  readonly arrivals: Arrival[] = [];
  /** Those that verified and whose 200 has left; one whose sender died before the answer is not among them. */
  readonly accepted: Arrival[] = [];
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #webhook: Webhook;
  readonly #keepsArrivals: boolean;
  #count = 0;

  static async start(setup: ReceiverSetup): Promise<Receiver> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Receiver(server, setup);
  }

  private constructor(server: Server, { clock, secret, keepsArrivals = true }: ReceiverSetup) {
    super();
    this.#keepsArrivals = keepsArrivals;
    this.#clock = clock;
    this.#server = server;
    this.#webhook = new Webhook(secret);
    server.on('request', (request, response) => this.#receive(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Answers the next requests with these, one each, and everything after them with 200. */
  failNext(...answers: readonly Reply['answer'][]): void {
    const waiting = [...answers];
    this.decide = () => ({ answer: waiting.shift() ?? 200 });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    this.emit('request');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A sender that is killed in mid-request is what this receiver is there to see.
    request.on('error', () => {});
    request.on('end', () => {
      const arrival = this.#arrivalOf(request, Buffer.concat(chunks));
      if (this.#keepsArrivals) this.arrivals.push(arrival);
      this.emit('arrival', arrival);
      void this.#answer(arrival, response);
    });
  }

  #arrivalOf(request: IncomingMessage, body: Buffer): Arrival {
    const headers = singleHeaders(request);
    const number = ++this.#count;
    const event = parsed(body);
    const refusal = this.#refusal(body, headers);
    return {
      number,
      at: this.#clock.now(),
      path: request.url ?? '',
      headers,
      webhookId: headers['webhook-id'] ?? '',
      body,
      bodyHash: createHash('sha256').update(body).digest('hex'),
      reply: this.decide(number),
      ...(event !== undefined && { event }),
      ...(refusal !== undefined && { refusal }),
    };
  }

  #refusal(body: Buffer, headers: Readonly<Record<string, string>>): string | undefined {
    try {
      this.#webhook.verify(body, headers);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #answer(arrival: Arrival, response: ServerResponse): Promise<void> {
    const { answer, delayMs = 0 } = arrival.reply;
    if (delayMs > 0) await wait(this.#clock, delayMs);
    if (answer === 'reset') return void response.socket?.resetAndDestroy();
    response.once('finish', () => this.#noteAnswered(arrival));
    response.writeHead(answer, { 'content-length': 0 }).end();
  }

  #noteAnswered(arrival: Arrival): void {
    if (this.#keepsArrivals && isAcceptance(arrival)) this.accepted.push(arrival);
    this.emit('answered', arrival);
  }
}

/** Whether the answer to it, once it has left, ends the delivery. */
export function isAcceptance({ reply, refusal }: Arrival): boolean {
  return reply.answer === 200 && refusal === undefined;
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]);
  return Object.fromEntries(pairs);
}

function parsed(body: Buffer): ReceivedEvent | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
