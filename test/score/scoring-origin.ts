// An origin that keeps a log of every request, as a publisher who scores feed readers would: when it came, by
// the scoring clock, every header field of it, what was answered, and when the answer's last byte was handed
// over. Plays one script of answers for each resource. It judges nothing; that is judge.ts.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, wait } from '../../src/clock.ts';
import { type Answer, type Fields, failure, minuteMs } from './answer.ts';

/** One URL of the origin, and what it answers. */
export interface Resource {
  readonly name: string;
  /** Path and query, as they must be asked for; a whole URL where scheme or host matter. */
  readonly target: string;
  /** One answer a request, and `rest` from then on. */
  readonly script: readonly Answer[];
  readonly rest: Answer;
  /** Feeds of one lane share a name and the gap that must lie between two requests. */
  readonly lane?: { readonly name: string; readonly gapMs: number };
  /** The `Authorization` that is configured for it. */
  readonly authorization?: string;
  /** Its `Authorization` goes out only after a 401, which it answers to whoever comes without. */
  readonly isChallenging?: boolean;
  /** The lines of feeds.yaml that name it, if not one; they make one request stream. */
  readonly lines?: readonly Line[];
  /** More keys of its lines. */
  readonly config?: object;
  /** Not configured: the feed whose redirects lead here. */
  readonly of?: string;
}

export interface Line {
  readonly id: string;
  /** Another way to write the same URL. */
  readonly spelling?: (url: string) => string;
  readonly intervalMs?: number;
}

export interface Visit {
  /** Absent: nothing is there, and nobody was told that it was. */
  readonly resource?: Resource;
  readonly method: string;
  readonly url: string;
  readonly target: string;
  /** Name in lower case -> its lines, one character a byte. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
  readonly at: number;
  readonly answer?: Answer;
  /** As they were sent. */
  readonly answered: Fields;
  /** When the last byte was handed over; absent while it was not. */
  endedAt?: number;
}

const slowMs = 10 * minuteMs;

const challenge = failure(401, { fields: { 'www-authenticate': 'Basic realm="tides"' } });

/** First byte of a TLS connection: a handshake record. */
const handshake = 22;

/** A certificate and its key, PEM: with one an origin speaks https as well, on the same port. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export class ScoringOrigin implements AsyncDisposable {
  readonly visits: Visit[] = [];
  readonly #clock: Clock;
  readonly #server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void this.#receive(request, response, 'http');
  });
  readonly #tls: TlsServer | undefined;
  readonly #door = createTcpServer((socket) => this.#admit(socket));
  readonly #sockets = new Set<Socket>();
  readonly #resources = new Map<string, Resource>();
  readonly #counts = new Map<Resource, number>();
  /** Requests whose answer is under way, and those of them that will not end soon or at all. */
  #open = 0;
  #hanging = 0;

  static async start(clock: Clock, identity?: Identity): Promise<ScoringOrigin> {
    const origin = new ScoringOrigin(clock, identity);
    await new Promise<void>((resolve) => origin.#door.listen(0, '127.0.0.1', resolve));
    return origin;
  }

  private constructor(clock: Clock, identity: Identity | undefined) {
    this.#clock = clock;
    this.#tls =
      identity &&
      createTlsServer({ ...identity, keepAliveTimeout: 60_000 }, (request, response) => {
        void this.#receive(request, response, 'https');
      });
    this.#server.on('connect', (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n', () => this.#server.emit('connection', socket));
    });
  }

  /** As a proxy it leads to itself, whatever host is asked for: so it can be any host without a name service. */
  get proxy(): string {
    return `http://${this.host}`;
  }

  /** `localhost` where it has a certificate, which names hosts and no addresses. */
  get host(): string {
    const address = this.#door.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return `${this.#tls ? 'localhost' : '127.0.0.1'}:${port}`;
  }

  serve(resources: readonly Resource[]): void {
    for (const resource of resources) this.#resources.set(resource.target, resource);
  }

  get resources(): readonly Resource[] {
    return [...this.#resources.values()];
  }

  urlOf({ target }: Resource): string {
    return target.startsWith('/') ? `http://${this.host}${target}` : target;
  }

  countOf(resource: Resource): number {
    return this.#counts.get(resource) ?? 0;
  }

  /** Whether no answer is under way. */
  get isQuiet(): boolean {
    return this.#open === 0;
  }

  /** Whether an answer is under way that nobody will wait for. */
  get isHanging(): boolean {
    return this.#hanging > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#door.close(resolve));
  }

  /** http and https on one port, so that an address differs in its scheme alone. */
  #admit(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
    if (!this.#tls) {
      this.#server.emit('connection', socket);
      return;
    }
    const [plain, secure] = [this.#server, this.#tls];
    socket.once('data', (bytes) => {
      socket.pause();
      socket.unshift(bytes);
      (bytes[0] === handshake ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse, scheme: string): Promise<void> {
    const at = this.#clock.now();
    request.resume();
    const { url: target = '', method = '' } = request;
    // Resources with a path alone are of whichever scheme and host is asked.
    const url = `${scheme}://${request.headers.host ?? this.host}${target}`;
    const resource = this.#resources.get(url) ?? this.#resources.get(target);
    const isRefused = resource?.isChallenging && request.headers.authorization === undefined;
    const answer = resource && (isRefused ? challenge : this.#next(resource));
    const answered = answer?.fields(at) ?? {};
    const visit: Visit = {
      ...(resource && { resource }),
      ...(answer && { answer }),
      method,
      url,
      target,
      asked: linesOf(request.rawHeaders),
      at,
      answered,
    };
    this.visits.push(visit);
    this.#open += 1;
    response.on('close', () => {
      this.#open -= 1;
    });
    if (answer) await this.#send(answer, visit, response);
    else response.writeHead(404).end();
  }

  #next(resource: Resource): Answer {
    const count = this.countOf(resource);
    this.#counts.set(resource, count + 1);
    return resource.script[count] ?? resource.rest;
  }

  async #send({ status, body, ending }: Answer, visit: Visit, response: ServerResponse): Promise<void> {
    if (ending === 'never' || ending === 'slow') {
      this.#hanging += 1;
      response.on('close', () => {
        this.#hanging -= 1;
      });
    }
    if (ending === 'never') return;
    const mayHaveBody = status !== 304;
    response.sendDate = false;
    response.writeHead(status, { ...visit.answered, ...(mayHaveBody && { 'content-length': body.length }) });
    if (ending === 'slow' || ending === 'cut') {
      response.write(body.subarray(0, body.length / 2));
      if (ending === 'slow') await wait(this.#clock, slowMs);
      else await turn();
    }
    if (response.destroyed) return;
    // Before the last byte leaves: the other side cannot have seen the end any earlier.
    visit.endedAt = this.#clock.now();
    if (ending === 'cut') response.destroy();
    else response.end(ending === 'slow' ? body.subarray(body.length / 2) : mayHaveBody ? body : undefined);
  }
}

/** The same request once more: with the credentials that the 401 before it asked for. */
export function isRepeat({ resource, asked }: Visit, last: Visit): boolean {
  return (
    resource?.isChallenging === true &&
    last.resource === resource &&
    last.answer?.status === 401 &&
    !last.asked.has('authorization') &&
    asked.has('authorization')
  );
}

function linesOf(rawHeaders: readonly string[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    lines.set(name, [...(lines.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return lines;
}
