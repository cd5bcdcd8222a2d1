// Scheduler, poll, client and SQLite store together, as the daemon joins them, against real sockets and under a clock
// that stands still until a test moves it. The origin notes every request by that clock, and is all that tests ask.

import type { lookup as systemLookup } from 'node:dns';
import { afterEach, beforeEach } from '@jest/globals';
import { openBackend } from '../../src/backend/open.ts';
import { wait } from '../../src/clock.ts';
import { silentLog } from '../../src/log.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { fanOut } from '../../src/outbox/fan-out.ts';
import { type PolledFeed, type PollTools, poll, replan } from '../../src/poll.ts';
import type { Backend } from '../../src/ports.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { laneOf } from '../../src/schedule/lane.ts';
import { OwnOutage } from '../../src/schedule/outage.ts';
import { createScheduler, type Scheduler } from '../../src/schedule/scheduler.ts';
import { feedClient, limits } from '../fetch/clients.ts';
import { FakeClock, settle, until } from '../support/fake-clock.ts';
import { type SeenRequest, startServer, type TestServer } from '../support/http-server.ts';
import { polledFeed } from '../support/polled-feed.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** What the origin answers. `date` is its clock's, unless `fields` say otherwise. */
export interface Said {
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** So long after the head, by the clock. */
  readonly bodyAfterMs?: number;
  /** No byte is sent, or the connection is cut in the middle of the body. */
  readonly ending?: 'never' | 'cut';
}

export interface Visit {
  readonly path: string;
  readonly method: string;
  readonly host: string;
  /** Name in lower case -> value as it was sent. */
  readonly asked: Readonly<Record<string, string | undefined>>;
  readonly at: number;
  endedAt: number;
}

export interface FeedLine {
  readonly id?: string;
  readonly url?: string;
  readonly intervalMs?: number;
  readonly staleProbe?: boolean;
}

const parseLimits = { ...limits, maxDepth: 100, maxReferences: 1_000, maxTags: 10_000, maxEntries: 1_000 };

const item = (n: number) =>
  `<item><guid isPermaLink="false">entry-${n}</guid><title>Entry ${n}</title><pubDate>Thu, 19 Nov 2026 06:00:00 GMT</pubDate></item>`;

/** A feed with the entries 1 … `last`, newest first, with everything in it that one might make validators from. */
export function rss(last = 1, head = ''): string {
  const items = Array.from({ length: last }, (_none, at) => item(last - at)).join('');
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>Log</title><lastBuildDate>Fri, 20 Nov 2026 06:00:00 GMT</lastBuildDate>${head}${items}</channel></rss>`;
}

export const etag = '"v1"';
export const modified = 'Fri, 20 Nov 2026 06:00:00 GMT';
export const both = { etag, 'last-modified': modified };

/** A 200 with both validators, unless others are given. */
export function feed(fields: Readonly<Record<string, string>> = both, body = rss()): Said {
  return { status: 200, fields, body };
}

export const again: Said = { status: 304 };

export class PoliteWorld {
  readonly clock = new FakeClock();
  readonly visits: Visit[] = [];
  /** One after the other; the last one from then on. By path, where a path has its own. */
  script: Said[] = [feed(), again];
  readonly scripts = new Map<string, Said[]>();
  /** What names lead to; without it the system is asked. */
  lookup: typeof systemLookup | undefined;
  origins = new Map<string, { scope?: 'feed' | 'host' | 'site'; gapMs?: number }>();
  readonly #origin: TestServer;
  readonly #folder: TemporaryFolder;
  #backend: Backend | undefined;
  #scheduler: Scheduler<PolledFeed> | undefined;
  #feeds: readonly PolledFeed[] = [];
  #polling = 0;
  #sleeping = 0;
  #crash: unknown;

  static async open(): Promise<PoliteWorld> {
    return new PoliteWorld(await startServer(() => {}), await temporaryFolder());
  }

  private constructor(origin: TestServer, folder: TemporaryFolder) {
    this.#origin = origin;
    this.#folder = folder;
    origin.answer = (request, response) => this.#answer(request, response);
  }

  get url(): string {
    return this.#origin.url;
  }

  get port(): number {
    return this.#origin.port;
  }

  get backend(): Backend {
    if (!this.#backend) throw new Error('nothing runs');
    return this.#backend;
  }

  /** Starts on the same store as before; a new feed begins at once. */
  async start(lines: readonly FeedLine[] = [{}]): Promise<void> {
    this.#feeds = lines.map((line) => this.#feedOf(line));
    this.#backend = await openBackend({
      store: { kind: 'sqlite', path: this.#folder.file('feedhook.db') },
      clock: this.clock,
      log: silentLog,
      exclusive: true,
    });
    this.#scheduler = this.#assemble(this.#backend);
    await this.#scheduler.start(this.#feeds);
    await this.pass(0);
  }

  async reload(lines: readonly FeedLine[]): Promise<void> {
    this.#feeds = lines.map((line) => this.#feedOf(line));
    await this.#scheduler?.reconfigure(this.#feeds);
    await this.pass(0);
  }

  async stop(): Promise<void> {
    await this.#scheduler?.stop();
    await this.#backend?.close();
    this.#scheduler = undefined;
    this.#backend = undefined;
    if (this.#crash) throw this.#crash;
  }

  async restart(lines?: readonly FeedLine[]): Promise<void> {
    const before = this.#feeds.map(({ id, url, plan: { intervalMs } }) => ({
      id,
      url,
      ...(intervalMs !== undefined && { intervalMs }),
    }));
    await this.stop();
    await this.start(lines ?? before);
  }

  async close(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#origin.close();
      await this.#folder[Symbol.asyncDispose]();
    }
  }

  /** Lets time pass, each timer at its moment; what real sockets do in between takes no time. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.#quiet();
    for (let next = this.clock.untilNext; next !== undefined && this.clock.now() + next <= end; ) {
      await this.clock.advance(next);
      await this.#quiet();
      next = this.clock.untilNext;
    }
    await this.clock.advance(end - this.clock.now());
  }

  /** Lets time pass until the origin has been asked so often in all. */
  async passUntilAsked(times: number): Promise<readonly Visit[]> {
    for (let turn = 0; this.visits.length < times; turn++) {
      if (this.#crash) throw this.#crash;
      if (turn > 500) throw new Error(`asked ${this.visits.length} times and not ${times}`);
      await this.pass(this.clock.untilNext ?? day);
    }
    return this.visits;
  }

  /** From the end of each answer to the next request. */
  gaps(visits: readonly Visit[] = this.visits): number[] {
    return visits.slice(1).map(({ at }, n) => at - (visits[n]?.endedAt ?? 0));
  }

  async state(feedId = 'log'): Promise<FeedState> {
    const state = (await this.backend.store.readStates([feedId])).get(feedId);
    if (!state) throw new Error(`no state of ${feedId}`);
    return state;
  }

  /** The keys of the entries that were handed to the queue, sorted; one twice is one delivered twice. */
  async delivered(): Promise<string[]> {
    const all = await this.backend.deliveries.list({}, 1_000);
    const events = await this.backend.store.readEvents(all.map(({ eventId }) => eventId));
    return events.flatMap(({ entryKey }) => entryKey ?? []).sort();
  }

  #feedOf({ id = 'log', url = `${this.url}/feed`, ...more }: FeedLine): PolledFeed {
    return polledFeed({ id, url, ...more });
  }

  #assemble(backend: Backend): Scheduler<PolledFeed> {
    const { clock } = this;
    let scheduler: Scheduler<PolledFeed> | undefined;
    const outage = new OwnOutage({
      clock,
      log: silentLog,
      onBegin: (feeds) => scheduler?.forgive(feeds),
    });
    const tools: PollTools = {
      clock,
      store: backend.store,
      queue: backend.deliveries,
      client: feedClient({ clock, ...(this.lookup && { lookup: this.lookup }) }),
      limits: parseLimits,
      maxArchives: 10,
      floodLimit: 50,
      nextTick,
      fanOut: (_feedId, events) =>
        fanOut(events, { id: 'f', labels: [] }, [{ id: 'app', events: ['entry.new'] }]),
      outage,
    };
    scheduler = createScheduler<PolledFeed>({
      lanes: backend.lanes,
      states: backend.store,
      clock,
      log: silentLog,
      startSpreadMs: 0,
      maxConcurrentLanes: 32,
      outage,
      laneAt: (url, { id }) => laneOf(url, id, this.origins),
      replan: async (one, state) => replan(one, state, await backend.store.readMemory(one.id), nextTick),
      poll: async (source, states, signal) => {
        this.#polling += 1;
        return poll(source, states, tools, { signal }).finally(() => {
          this.#polling -= 1;
        });
      },
      onCrash: (error) => {
        this.#crash = error;
      },
    });
    return scheduler;
  }

  /** Until nobody does anything but wait for the clock. */
  async #quiet(): Promise<void> {
    for (let calm = 0; calm < 2; calm++) {
      await settle();
      if (this.#polling === this.#sleeping) continue;
      await until(() => this.#polling === this.#sleeping, 'all polls have ended');
      calm = -1;
    }
  }

  async #answer(request: SeenRequest, response: Parameters<TestServer['answer']>[1]): Promise<void> {
    const { clock } = this;
    const [path = ''] = request.path.split('?');
    const script = this.scripts.get(path) ?? this.script;
    const said = (script.length > 1 ? script.shift() : script[0]) ?? again;
    const visit: Visit = {
      path: request.path,
      method: request.method,
      host: request.headers.host ?? '',
      asked: fieldsOf(request.rawHeaders),
      at: clock.now(),
      endedAt: clock.now(),
    };
    this.visits.push(visit);
    if (said.ending === 'never') {
      this.#sleeping += 1;
      response.on('close', () => {
        this.#sleeping -= 1;
      });
      return;
    }
    const body = Buffer.from(said.body ?? '');
    response.sendDate = false;
    response.writeHead(said.status ?? 200, {
      date: new Date(clock.now()).toUTCString(),
      ...said.fields,
      ...(said.status !== 304 && { 'content-length': body.length }),
    });
    if (said.bodyAfterMs !== undefined) {
      response.flushHeaders();
      this.#sleeping += 1;
      await wait(clock, said.bodyAfterMs);
      this.#sleeping -= 1;
    }
    visit.endedAt = clock.now();
    if (said.ending === 'cut') response.write(body.subarray(0, body.length / 2), () => response.destroy());
    else response.end(said.status === 304 ? undefined : body);
  }
}

function fieldsOf(rawHeaders: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    // What is sent twice shows as both.
    fields[name] = fields[name] === undefined ? value : `${fields[name]} and again ${value}`;
  }
  return fields;
}

/** A world for each test of the file. */
export function eachTestInItsWorld(): () => PoliteWorld {
  let world: PoliteWorld | undefined;
  beforeEach(async () => {
    world = await PoliteWorld.open();
  });
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });
  return () => {
    if (!world) throw new Error('the world is only there inside a test');
    return world;
  };
}
