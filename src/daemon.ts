// The composition root: builds every adapter from the configuration, starts the loops, and stops them in
// order. The only file that knows them all; it decides nothing of the flow, which is poll.ts.

import type { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { openBackend } from './backend/open.ts';
import type { Clock, Timer } from './clock.ts';
import type { Config } from './config/load.ts';
import { askBlocked } from './daemon/blocked-endpoints.ts';
import { endpointFigures, endpointIds } from './daemon/endpoint-figures.ts';
import { observePoll } from './daemon/report.ts';
import { type DaemonFeed, World } from './daemon/world.ts';
import { createDeliverer, type Deliverer } from './deliver/deliverer.ts';
import { ConfigError, StoreError } from './errors.ts';
import { createGuard, type OwnListener } from './fetch/egress.ts';
import type { Log } from './log.ts';
import type { PollTools } from './poll.ts';
import { poll, relayOf, replan } from './poll.ts';
import type { Backend } from './ports.ts';
import { type Housekeeping, housekeeping, nextTick } from './schedule/calendar.ts';
import { OwnOutage } from './schedule/outage.ts';
import { createScheduler, type Scheduler } from './schedule/scheduler.ts';
import { type Health, judgeHealth } from './server/health.ts';
import { createMetrics, type Metrics } from './server/metrics.ts';
import { type AdminServer, startServer } from './server/server.ts';
import { userAgent } from './version.ts';

export interface Daemon {
  /** Where the admin server listens, if it does. */
  readonly url: string | undefined;
  /** Takes over a changed configuration; store and server stay as they were until a restart. */
  reload(config: Config): Promise<void>;
  /** Notes that the file was changed into something that cannot be used; the last good one stays. */
  refuse(message: string): void;
  /** Hands out no more work, lets what runs end within the grace time, closes everything. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Where events go, one JSON line each, while no endpoint is configured. */
  readonly output: Writable;
  /** Called with an error that nobody expected: a fault of this program. */
  readonly crash: (error: unknown) => void;
}

/** After this long, a stop cuts off what still runs: attempts are made again at the next start, feeds asked when due. */
export const graceMs = 5_000;

/** A change of feeds.yaml that the store could not take is tried again after this long. */
const reloadRetryMs = 10_000;

/** Read once at the start: a change of these in feeds.yaml waits for a restart, and the log says so. */
const readOnce: Record<string, (config: Config) => unknown> = {
  store: ({ store }) => store,
  server: ({ server }) => server,
  startSpread: ({ startSpreadMs }) => startSpreadMs,
  'limits.maxConcurrentLanes': ({ limits }) => limits.maxConcurrentLanes,
  'network.webhooks': ({ network }) => network.webhooks,
  'log.level': ({ logLevel }) => logLevel,
};

/** Rejects with StoreError (locked, damaged, newer …), ConfigError (a schedule) or the error of `listen`. */
export async function startDaemon(config: Config, options: DaemonOptions): Promise<Daemon> {
  const { clock, log } = options;
  const backend = await openBackend({ store: config.store, clock, log, exclusive: true });
  let daemon: RunningDaemon | undefined;
  try {
    daemon = new RunningDaemon(config, backend, options);
    await daemon.start();
    return daemon;
  } catch (error) {
    await (daemon ?? backend).close();
    throw error;
  }
}

class RunningDaemon implements Daemon {
  readonly #first: Config;
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #crash: DaemonOptions['crash'];
  readonly #world: World;
  readonly #metrics: Metrics;
  readonly #deliverer: Deliverer;
  readonly #scheduler: Scheduler<DaemonFeed>;
  #server: AdminServer | undefined;
  #upkeep: Housekeeping | undefined;
  #reloading = Promise.resolve();
  #reloadAgain: Timer | undefined;
  #configFault: string | undefined;

  constructor(first: Config, backend: Backend, { clock, log, output, crash }: DaemonOptions) {
    this.#first = first;
    this.#backend = backend;
    this.#clock = clock;
    this.#log = log;
    this.#crash = crash;
    const outage = new OwnOutage({ clock, log, onBegin: (feeds) => this.#scheduler.forgive(feeds) });
    const own = () => this.#listeners();
    const world = new World(first, backend, clock, { outage, own });
    this.#world = world;
    const metrics = createMetrics({
      endpoints: async () =>
        endpointFigures(await backend.deliveries.endpoints(), endpointIds(world.config), clock.now()),
      feeds: () => world.feeds.length,
      lanes: () => this.#scheduler.signs().running,
    });
    this.#metrics = metrics;
    this.#deliverer = createDeliverer({
      queue: backend.deliveries,
      store: backend.store,
      clock,
      log,
      output,
      userAgent: userAgent(first.contact),
      guard: createGuard({ audience: 'webhooks', allow: first.network.webhooks.allow, own }),
      nextTick,
      observe: (end) => metrics.countAttempt(end),
    });
    this.#scheduler = createScheduler<DaemonFeed>({
      lanes: backend.lanes,
      states: backend.store,
      clock,
      log,
      startSpreadMs: first.startSpreadMs,
      maxConcurrentLanes: first.limits.maxConcurrentLanes,
      onCrash: crash,
      onStoreFault: (code) => metrics.countStoreFault(code),
      outage,
      laneAt: (url, feed) => world.laneAt(url, feed),
      replan: async (feed, state) => replan(feed, state, await backend.store.readMemory(feed.id), nextTick),
      poll: async (source, states) => {
        const end = await poll(source, states, world.tools, { signal: world.cutOff.signal });
        for (const each of end.ends) observePoll(each, log, metrics);
        return end;
      },
    });
  }

  get url(): string | undefined {
    return this.#server?.url;
  }

  async start(): Promise<void> {
    const { server, feeds, endpoints } = this.#first;
    const health = () => this.#health();
    this.#server = server && (await startServer({ ...server, health, metrics: this.#metrics }));
    await this.#deliverer.configure(endpoints);
    const ids = endpoints.map(({ id }) => id);
    await askBlocked(this.#backend.deliveries, ids, this.#clock.now());
    await relayLeftovers(this.#backend, this.#world.tools, this.#log);
    this.#deliverer.start();
    await this.#scheduler.start(this.#world.feeds);
    this.#upkeep = housekeeping('17 * * * *', () => this.#tidy());
    this.#log.info(
      {
        feeds: feeds.length,
        endpoints: endpoints.length,
        pid: process.pid,
        ...(this.url && { admin: this.url }),
      },
      'started',
    );
  }

  reload(config: Config): Promise<void> {
    this.#reloadAgain?.cancel();
    this.#reloading = this.#reloading.then(() => this.#takeOver(config));
    return this.#reloading;
  }

  refuse(message: string): void {
    this.#reloadAgain?.cancel();
    this.#configFault = message;
    this.#metrics.countReload('refused');
    this.#log.error({ faults: message }, 'reload-refused');
  }

  async stop(): Promise<void> {
    this.#log.info({}, 'stopping');
    await this.#reloading;
    await this.close();
    this.#log.info({}, 'stopped');
  }

  /** Ends whatever has been begun, also by a start that failed half-way. */
  async close(): Promise<void> {
    this.#reloadAgain?.cancel();
    const grace = this.#clock.startTimer(graceMs, () => this.#world.cutOff.abort());
    await this.#upkeep?.stop();
    await Promise.all([this.#scheduler.stop(), this.#deliverer.stop(graceMs)]);
    grace.cancel();
    await this.#server?.close();
    await this.#world.close();
    await this.#backend.close();
  }

  async #takeOver(config: Config): Promise<void> {
    try {
      this.#world.replace(config);
      await this.#deliverer.configure(config.endpoints);
      await this.#scheduler.reconfigure(this.#world.feeds);
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof ConfigError)) throw error;
      if (error.message !== this.#configFault) this.refuse(error.message);
      // The file is good; only the store is not.
      if (error instanceof StoreError) this.#reloadLater(config);
      return;
    }
    this.#configFault = undefined;
    this.#metrics.countReload('applied');
    const { feeds, endpoints, warnings } = config;
    const needRestart = Object.entries(readOnce)
      .filter(([, part]) => !isDeepStrictEqual(part(this.#first), part(config)))
      .map(([key]) => key);
    this.#log.info({ feeds: feeds.length, endpoints: endpoints.length, warnings, needRestart }, 'reloaded');
  }

  #reloadLater(config: Config): void {
    const again = () => void this.reload(config).catch(this.#crash);
    this.#reloadAgain = this.#clock.startTimer(reloadRetryMs, again);
  }

  #listeners(): OwnListener[] {
    if (this.url === undefined) return [];
    const { hostname, port, protocol } = new URL(this.url);
    return [{ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }];
  }

  #health(): Health {
    return judgeHealth({
      now: this.#clock.now(),
      ...this.#scheduler.signs(),
      ...(this.#configFault !== undefined && { configFault: this.#configFault }),
    });
  }

  async #tidy(): Promise<void> {
    const { upkeep } = this.#backend;
    const { config } = this.#world;
    const before = this.#clock.now() - config.retentionMs;
    try {
      // First, so that what waits for a dead endpoint becomes a dead letter, which somebody is told of.
      const givenUp = await upkeep.giveUp(before, mostKept(config));
      this.#metrics.countGivenUp(givenUp);
      await this.#deliverer.alertGivenUp(givenUp);
      const removed = await upkeep.prune(before);
      await upkeep.checkpoint();
      this.#log.info(removed, 'upkeep');
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#log.warn({ code: error.code, reason: error.message }, 'upkeep');
    }
  }
}

/** Standard output is not slower than we are, but whoever reads it may be. */
const mostKeptForOutput = 100_000;

function mostKept({ endpoints }: Config): ReadonlyMap<string, number> {
  return new Map(
    endpoints.length > 0
      ? endpoints.map(({ id, maxKept }) => [id, maxKept])
      : [['stdout', mostKeptForOutput]],
  );
}

/** Hands over what a crash left in outboxes, so that it does not wait for the feeds' next polls. */
async function relayLeftovers(backend: Backend, tools: PollTools, log: Log): Promise<void> {
  for (const feedId of await backend.store.feedsWithOutbox()) {
    try {
      const memory = await backend.store.readMemory(feedId);
      if (memory) await relayOf({ id: feedId }, memory, tools);
    } catch (error) {
      // One damaged record must not keep the others from starting; its feed fails its polls and says why.
      if (!(error instanceof StoreError)) throw error;
      log.error({ feed: feedId, code: error.code, reason: error.message }, 'relay-failed');
    }
  }
}
