// One source and its archives at a loopback origin, polled by poll() on a real SQLite store. The clock stands still but
// for the gaps of the lane, which pass by themselves; the origin notes when it was asked for what.

import { openBackend } from '../../src/backend/open.ts';
import type { FeedClient } from '../../src/fetch/client.ts';
import { silentLog } from '../../src/log.ts';
import { eventTypes } from '../../src/model/event.ts';
import type { FeedMemory } from '../../src/model/feed.ts';
import { fanOut } from '../../src/outbox/fan-out.ts';
import type { PollOptions } from '../../src/poll/request.ts';
import {
  type PollEnd,
  type PolledFeed,
  type PollTools,
  poll,
  relayOf,
  type SourceEnd,
} from '../../src/poll.ts';
import type { Backend } from '../../src/ports.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { feedClient, limits } from '../fetch/clients.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { type SeenRequest, startServer, type TestServer } from '../support/http-server.ts';
import { polledFeed } from '../support/polled-feed.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary.ts';

export const gapMs = 2_000;

export interface Page {
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const parseLimits = { ...limits, maxDepth: 100, maxReferences: 1_000, maxTags: 10_000, maxEntries: 60 };

const firstEntry = Date.parse('2026-11-20T06:00:00Z');
const dateOf = (n: number) => new Date(firstEntry + n * 60_000).toISOString();

/** Entry n is a minute younger than n - 1; `date` for one that is not. */
export const entry = (n: number, date = dateOf(n), title = `Entry ${n}`) =>
  `<entry><id>tag:example.org,2026:${n}</id><title>${title}</title><updated>${date}</updated></entry>`;

/** An Atom document of these entries, as they are listed; `prev` names the archive before it. */
export function atom(entries: readonly (number | string)[], prev?: string): string {
  const link = prev === undefined ? '' : `<link rel="prev-archive" href="${prev}"/>`;
  const all = entries.map((each) => (typeof each === 'number' ? entry(each) : each));
  return `<feed xmlns="http://www.w3.org/2005/Atom"><title>Log</title>${link}${all.join('')}</feed>`;
}

/** From `last` down to `first`. */
export const down = (last: number, first: number) =>
  Array.from({ length: last - first + 1 }, (_none, at) => last - at);

export class ArchiveWorld {
  readonly clock = new FakeClock();
  readonly pages = new Map<string, Page | (() => Page | undefined)>();
  readonly visits: { readonly path: string; readonly request: SeenRequest; readonly at: number }[] = [];
  backend!: Backend;
  readonly client: FeedClient = feedClient({ clock: this.clock });
  readonly #origin: TestServer;
  readonly #folder: TemporaryFolder;

  static async open(): Promise<ArchiveWorld> {
    const world = new ArchiveWorld(await startServer(() => {}), await temporaryFolder());
    await world.#openStore();
    return world;
  }

  private constructor(origin: TestServer, folder: TemporaryFolder) {
    this.#origin = origin;
    this.#folder = folder;
    origin.answer = (request, response) => {
      this.visits.push({ path: request.path, request, at: this.clock.now() });
      const page = this.pages.get(request.path) ?? { status: 404 };
      const { status = 200, fields = {}, body } = (typeof page === 'function' ? page() : page) ?? {};
      if (body === undefined && status === 200) return;
      response.writeHead(status, { 'content-type': 'application/atom+xml', ...fields }).end(body);
    };
  }

  get url(): string {
    return this.#origin.url;
  }

  /** The document of the feed, with an ETag of its own. */
  publish(entries: readonly (number | string)[], prev?: string, more: Page = {}): void {
    const body = atom(entries, prev);
    const etag = `"${Buffer.from(body).length}-${entries.length}-${JSON.stringify(entries).slice(-12, -1).replaceAll('"', '')}"`;
    this.pages.set('/feed', { ...more, fields: { etag, ...more.fields }, body });
  }

  archive(path: string, entries: readonly (number | string)[], prev?: string): void {
    this.pages.set(path, { fields: { etag: `"${path}"` }, body: atom(entries, prev) });
  }

  feed(over: Partial<PolledFeed> = {}): PolledFeed {
    const id = over.id ?? 'log';
    return { ...polledFeed({ id, url: `${this.url}/feed` }), ...over };
  }

  /** The paths that were asked since the last time. */
  asked(): string[] {
    return this.visits.splice(0).map(({ path }) => path);
  }

  tools(over: Partial<PollTools> = {}): PollTools {
    return {
      clock: this.clock,
      store: this.backend.store,
      queue: this.backend.deliveries,
      client: this.client,
      limits: parseLimits,
      maxArchives: 10,
      floodLimit: 50,
      nextTick,
      fanOut: (_id, events) =>
        fanOut(events, { id: 'f', labels: [] }, [{ id: 'app', events: [...eventTypes] }]),
      ...over,
    };
  }

  async poll(over: Partial<PollTools> = {}, options: PollOptions = {}): Promise<PollEnd> {
    const { ends, faults } = await this.pollAll([this.feed()], over, options);
    const [end] = ends;
    if (!end) throw faults[0] ?? new Error('no end');
    return end;
  }

  async pollAll(
    feeds: readonly PolledFeed[],
    over: Partial<PollTools> = {},
    options: PollOptions & { readonly gapMs?: number } = {},
  ): Promise<SourceEnd> {
    const { gapMs: gap = gapMs, ...asked } = options;
    const states = await this.backend.store.readStates(feeds.map(({ id }) => id));
    const source = { url: feeds[0]?.url ?? '', site: '127.0.0.1', lane: { gapMs: gap }, feeds };
    return this.#passGaps(poll(source, states, this.tools(over), asked), gap);
  }

  /** What a client's own deadlines wait for is longer than any gap. */
  async #passGaps<T>(polling: Promise<T>, gap: number): Promise<T> {
    let isOver = false;
    const over = polling.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    while (!isOver) {
      await settle();
      const next = this.clock.untilNext;
      if (!isOver && next !== undefined && next <= gap) await this.clock.advance(next);
    }
    return over;
  }

  /** A new process on the same store. */
  async restart(): Promise<void> {
    await this.backend.close();
    await this.#openStore();
    for (const feedId of await this.backend.store.feedsWithOutbox()) {
      const memory = await this.backend.store.readMemory(feedId);
      if (memory) await relayOf({ id: feedId }, memory, this.tools());
    }
  }

  async memory(feedId = 'log'): Promise<FeedMemory> {
    const memory = await this.backend.store.readMemory(feedId);
    if (!memory) throw new Error(`nothing is known of ${feedId}`);
    return memory;
  }

  /** The numbers of the entries that were handed to the queue, by their place in the sequence of the feed. */
  async delivered(feedId = 'log'): Promise<number[]> {
    const events = await this.#entryEvents(feedId);
    return events.map(({ entryKey }) => Number(entryKey?.split(':').at(-1)));
  }

  async sequences(feedId = 'log'): Promise<number[]> {
    return (await this.#entryEvents(feedId)).map(({ sequence }) => sequence ?? 0);
  }

  /** What was handed to the queue, of the feed itself first. */
  async events(feedId = 'log') {
    const deliveries = await this.backend.deliveries.list({ feedId }, 1_000);
    const events = await this.backend.store.readEvents(deliveries.map(({ eventId }) => eventId));
    return events.sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
  }

  async #entryEvents(feedId: string) {
    return (await this.events(feedId)).filter(({ entryKey }) => entryKey !== undefined);
  }

  async #openStore(): Promise<void> {
    this.backend = await openBackend({
      store: { kind: 'sqlite', path: this.#folder.file('feedhook.db') },
      clock: this.clock,
      log: silentLog,
      exclusive: true,
    });
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.backend.close();
    await this.#origin.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}
