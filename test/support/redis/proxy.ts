// A TCP proxy on loopback that is told how the network fails: bytes that vanish while the connection stands, silence, delay,
// resets. Before a server it stands between that and its clients; between a master and its replica it loses what was
// acknowledged and never copied (FAULTS M9).

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the bytes of one direction. `hold`: they arrive when it is `pass` again. `drop`: they never do. */
export type Flow = 'pass' | 'hold' | 'drop';

export class TcpProxy implements AsyncDisposable {
  /** Of each chunk, both ways. */
  delayMs = 0;
  /** New connections are cut at once; those that stand are left. */
  isRefusing = false;
  /** Bytes that have left for the clients. */
  answered = 0;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: number;
  #cutAt = Number.POSITIVE_INFINITY;
  #questions: Flow = 'pass';
  #answers: Flow = 'pass';

  /** `target`: port of what stands behind it. */
  static async start(target: number): Promise<TcpProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server, target);
  }

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  get target(): number {
    return this.#target;
  }

  /** Connections to what was there before are cut. */
  set target(port: number) {
    this.#target = port;
    this.reset();
  }

  /** What the clients send. */
  set questions(flow: Flow) {
    this.#questions = flow;
    for (const { questions } of this.#pairs) questions.flowOn();
  }

  get questions(): Flow {
    return this.#questions;
  }

  /** What the clients are sent. */
  set answers(flow: Flow) {
    this.#answers = flow;
    for (const { answers } of this.#pairs) answers.flowOn();
  }

  get answers(): Flow {
    return this.#answers;
  }

  /** Cuts all connections (RST). */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Cuts all connections, once, when this many bytes more have left for the clients. */
  cutAfter(bytes: number): void {
    this.#cutAt = this.answered + bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isRefusing = true;
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.isRefusing) return void client.resetAndDestroy();
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    const delay = () => this.delayMs;
    const pair: Pair = {
      client,
      server,
      questions: new Stream(client, server, () => this.#questions, delay),
      answers: new Stream(
        server,
        client,
        () => this.#answers,
        delay,
        (bytes) => this.#count(bytes),
      ),
    };
    this.#pairs.add(pair);
    for (const [end, other] of [[client, server] as const, [server, client] as const]) {
      end.on('error', () => other.resetAndDestroy());
      end.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }

  #count(bytes: number): void {
    this.answered += bytes;
    if (this.answered < this.#cutAt) return;
    this.#cutAt = Number.POSITIVE_INFINITY;
    this.reset();
  }
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly questions: Stream;
  readonly answers: Stream;
}

/** One direction of a connection. */
class Stream {
  readonly #to: Socket;
  readonly #flow: () => Flow;
  readonly #delay: () => number;
  readonly #sent: (bytes: number) => void;
  #held: Buffer[] = [];

  constructor(
    from: Socket,
    to: Socket,
    flow: () => Flow,
    delay: () => number,
    sent = (_bytes: number) => {},
  ) {
    this.#to = to;
    this.#flow = flow;
    this.#delay = delay;
    this.#sent = sent;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => to.end());
  }

  /** After a change of the flow. */
  flowOn(): void {
    for (const chunk of this.#held.splice(0)) this.#take(chunk);
  }

  #take(chunk: Buffer): void {
    const flow = this.#flow();
    if (flow === 'hold') this.#held.push(chunk);
    if (flow !== 'pass') return;
    const delayMs = this.#delay();
    if (delayMs > 0) setTimeout(() => this.#send(chunk), delayMs);
    else this.#send(chunk);
  }

  #send(chunk: Buffer): void {
    if (this.#to.writable) this.#to.write(chunk);
    this.#sent(chunk.length);
  }
}
