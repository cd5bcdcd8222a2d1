// The delivery loop as the daemon builds it, on the SQLite queue in a folder of its own, under a clock that a
// test moves and with a log that it can read. `restart` is what a new process would find.

import { Writable } from 'node:stream';
import { openSqliteBackend } from '../../src/backend/sqlite/open.ts';
import type { EndpointConfig } from '../../src/config/load.ts';
import { type AttemptEnd, createDeliverer, type Deliverer } from '../../src/deliver/deliverer.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { type Log, silentLog } from '../../src/log.ts';
import type { Attempt, Delivery } from '../../src/model/delivery.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import type { Backend } from '../../src/ports.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { FakeClock, settle, until } from '../support/fake-clock.ts';
import { fastFolder } from '../support/temporary.ts';

export interface LogLine {
  readonly level: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class DeliveryRig implements AsyncDisposable {
  clock = new FakeClock();
  readonly lines: LogLine[] = [];
  readonly ends: AttemptEnd[] = [];
  readonly printed: string[] = [];
  endpoints: readonly EndpointConfig[];
  output: Writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.printed.push(chunk.toString());
      done();
    },
  });
  readonly #folder = fastFolder();
  #running: { backend: Backend; deliverer: Deliverer } | undefined;

  constructor(endpoints: readonly EndpointConfig[]) {
    this.endpoints = endpoints;
  }

  async start(): Promise<this> {
    const { clock, output } = this;
    const path = (await this.#folder).file('feedhook.db');
    const backend = await openSqliteBackend({ path, clock, log: silentLog, exclusive: true });
    const deliverer = createDeliverer({
      queue: backend.deliveries,
      store: backend.store,
      clock,
      log: this.#log(),
      userAgent: 'feedhook/test',
      guard: createGuard({ audience: 'webhooks', allow: [] }),
      nextTick,
      observe: (end) => this.ends.push(end),
      output,
    });
    await deliverer.configure(this.endpoints);
    deliverer.start();
    this.#running = { backend, deliverer };
    return this;
  }

  async stop(graceMs = 60_000): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.deliverer.stop(graceMs);
    await running?.backend.close();
  }

  /** Ends this process and lets another begin at `at` (epoch ms). */
  async restart(at: number): Promise<void> {
    await this.stop();
    this.clock = new FakeClock(at);
    await this.start();
  }

  get backend(): Backend {
    if (this.#running === undefined) throw new Error('the rig is not running');
    return this.#running.backend;
  }

  get deliverer(): Deliverer {
    if (this.#running === undefined) throw new Error('the rig is not running');
    return this.#running.deliverer;
  }

  async configure(endpoints: readonly EndpointConfig[]): Promise<void> {
    this.endpoints = endpoints;
    await this.#running?.deliverer.configure(endpoints);
  }

  /** Stores the event and owes it to the endpoints, all configured ones unless told. */
  async owe(event: StoredEvent, endpointIds = this.endpoints.map(({ id }) => id)): Promise<void> {
    await this.backend.store.addEvents([event]);
    const { id: eventId, feedId } = event;
    await this.backend.deliveries.add(endpointIds.map((endpointId) => ({ eventId, endpointId, feedId })));
  }

  /** Turns the loop until `condition` holds; the clock stands still meanwhile. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await until(async () => {
      await settle();
      return condition();
    }, what);
  }

  async deliveryTo(endpointId: string): Promise<Delivery> {
    const [delivery] = await this.backend.deliveries.list({ endpointId }, 1);
    if (delivery === undefined) throw new Error(`nothing is owed to ${endpointId}`);
    return delivery;
  }

  /** What is known of the endpoint. */
  async conditionOf(endpointId: string): Promise<EndpointCondition> {
    const all = await this.backend.deliveries.endpoints();
    return all.find((each) => each.endpointId === endpointId)?.condition ?? {};
  }

  /** The lines with this text. */
  linesOf(text: string): LogLine[] {
    return this.lines.filter((line) => line.text === text);
  }

  attemptsOf(delivery: Delivery): Promise<Attempt[]> {
    return this.backend.deliveries.attempts(delivery.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopping = this.stop(0);
    await this.clock.advance(0);
    await stopping;
    await (await this.#folder)[Symbol.asyncDispose]();
  }

  #log(): Log {
    const keep = (level: string) => (fields: object, text: string) => {
      this.lines.push({ level, text, fields: { ...fields } });
    };
    return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  }
}

export function startRig(endpoints: readonly EndpointConfig[]): Promise<DeliveryRig> {
  return new DeliveryRig(endpoints).start();
}
