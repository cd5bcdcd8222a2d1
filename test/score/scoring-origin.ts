// An origin that keeps a log of every request, as a publisher who scores feed readers would: when it came, by
// the scoring clock, every header field of it, what was answered, and when the answer's last byte was handed
// over. Plays one script of answers for each resource. It judges nothing; that is judge.ts.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, wait } from '../../src/clock.ts';
import { type Answer, type Fields, minuteMs } from './answer.ts';

/** One URL of the origin, and what it answers. */
export interface Resource {
  readonly name: string;
  /** Path and query, as they must be asked for. */
  readonly target: string;
  /** One answer a request, and `rest` from then on. */
  readonly script: readonly Answer[];
  readonly rest: Answer;
  /** Feeds of one lane share a name and the gap that must lie between two requests. */
  readonly lane?: { readonly name: string; readonly gapMs: number };
  /** The `Authorization` that is configured for it. */
  readonly authorization?: string;
}

export interface Visit {
  /** Absent: nothing is there, and nobody was told that it was. */
  readonly resource?: Resource;
  readonly method: string;
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

export class ScoringOrigin implements AsyncDisposable {
  readonly visits: Visit[] = [];
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #resources = new Map<string, Resource>();
  readonly #counts = new Map<Resource, number>();
  #open = 0;

  static async start(clock: Clock): Promise<ScoringOrigin> {
    const origin = new ScoringOrigin(clock);
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve));
    return origin;
  }

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.#receive(request, response);
    });
  }

  get host(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  serve(resources: readonly Resource[]): void {
    for (const resource of resources) this.#resources.set(resource.target, resource);
  }

  get resources(): readonly Resource[] {
    return [...this.#resources.values()];
  }

  urlOf({ target }: Resource): string {
    return `http://${this.host}${target}`;
  }

  countOf(resource: Resource): number {
    return this.#counts.get(resource) ?? 0;
  }

  /** Whether no answer is under way. */
  get isQuiet(): boolean {
    return this.#open === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = this.#clock.now();
    request.resume();
    const { url: target = '', method = '' } = request;
    const resource = this.#resources.get(target);
    const answer = resource && this.#next(resource);
    const answered = answer?.fields(at) ?? {};
    const visit: Visit = {
      ...(resource && { resource }),
      ...(answer && { answer }),
      method,
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
    if (ending === 'never') return;
    const mayHaveBody = status !== 304;
    response.sendDate = false;
    response.writeHead(status, { ...visit.answered, ...(mayHaveBody && { 'content-length': body.length }) });
    if (ending === 'slow' || ending === 'cut') {
      response.write(body.subarray(0, body.length / 2));
      if (ending === 'slow') await wait(this.#clock, slowMs);
      else await turn();
    }
    // Before the last byte leaves: the other side cannot have seen the end any earlier.
    visit.endedAt = this.#clock.now();
    if (ending === 'cut') response.destroy();
    else response.end(ending === 'slow' ? body.subarray(body.length / 2) : mayHaveBody ? body : undefined);
  }
}

function linesOf(rawHeaders: readonly string[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    lines.set(name, [...(lines.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return lines;
}
