// The composition root: builds every adapter from the configuration, starts the loops, and stops them in
// order. The only file that knows them all; it decides nothing of the flow, which is poll.ts.

import type { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { openBackend } from './backend/open.ts';
import type { Clock, Timer } from './clock.ts';
import { configDigest } from './config/digest.ts';
import type { Config } from './config/load.ts';
import { askBlocked } from './daemon/blocked-endpoints.ts';
import { type Beginning, Duty } from './daemon/duty.ts';
import { endpointFigures, endpointIds } from './daemon/endpoint-figures.ts';
import { Leftovers } from './daemon/leftovers.ts';
import { observePoll } from './daemon/report.ts';
import { tidy } from './daemon/tidy.ts';
import { vitalSigns } from './daemon/vital-signs.ts';
import { type DaemonFeed, World } from './daemon/world.ts';
import { createDeliverer, type Deliverer } from './deliver/deliverer.ts';
import { ConfigError, StoreError } from './errors.ts';
import { createGuard, type OwnListener } from './fetch/egress.ts';
import type { Log } from './log.ts';
import { poll, replan } from './poll.ts';
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

/** Attempts that run when this process must make no more may go on for this long: they end by themselves. */
const pauseMs = 30_000;

/** A server that was restarted is back within the second, and each lane that was in a poll waits for it. */
const serverRetryMs = 1_000;

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
  readonly #leftovers: Leftovers;
  readonly #duty: Duty;
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
    this.#leftovers = new Leftovers({ store: backend.store, poll: () => world.tools, clock, log });
    this.#duty = new Duty({
      workers: backend.workers,
      clock,
      log,
      crash,
      begin: (how) => this.#begin(how),
      pause: () => this.#pause(),
      tellAnew: () => this.#tellAnew(),
      onStoreFault: (code) => this.#metrics.countStoreFault(code),
    });
    const metrics = createMetrics({
      endpoints: async () =>
        endpointFigures(await backend.deliveries.endpoints(), endpointIds(world.config), clock.now()),
      feeds: () => world.feeds.length,
      lanes: () => this.#scheduler.signs().running,
      isBehind: () => this.#duty.isBehind,
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
      ...(backend.workers && { storeRetryMs: serverRetryMs }),
      onCrash: crash,
      onStoreFault: (code) => metrics.countStoreFault(code),
      outage,
      relayLeft: (feeds) => this.#leftovers.relay(feeds),
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
    await this.#duty.start(configDigest(this.#first));
    const election = this.#backend.workers;
    this.#upkeep = housekeeping('17 * * * *', () => this.#tidy(), { election });
    this.#log.info(
      {
        feeds: feeds.length,
        endpoints: endpoints.length,
        pid: process.pid,
        ...(this.url && { admin: this.url }),
        ...(this.#duty.isBehind && { behind: true }),
      },
      'started',
    );
  }

  reload(config: Config): Promise<void> {
    this.#reloadAgain?.cancel();
    return this.#duty.inTurn(() => this.#takeOver(config));
  }

  refuse(message: string): void {
    this.#reloadAgain?.cancel();
    this.#configFault = message;
    this.#metrics.countReload('refused');
    this.#log.error({ faults: message }, 'reload-refused');
  }

  async stop(): Promise<void> {
    this.#log.info({}, 'stopping');
    await this.close();
    this.#log.info({}, 'stopped');
  }

  /** Ends whatever has been begun, also by a start that failed half-way. */
  async close(): Promise<void> {
    const changed = this.#duty.end();
    // What runs is waited for by the change itself, which has more patience.
    if (!this.#duty.isPausing) await changed;
    this.#reloadAgain?.cancel();
    const grace = this.#clock.startTimer(graceMs, () => this.#world.cutOff.abort());
    await this.#upkeep?.stop();
    await Promise.all([this.#scheduler.stop(), this.#deliverer.stop(graceMs), changed]);
    grace.cancel();
    await this.#server?.close();
    await this.#world.close();
    await this.#backend.close();
  }

  async #begin(how: Beginning): Promise<void> {
    const { deliveries, lanes } = this.#backend;
    const { endpoints } = this.#world.config;
    await this.#deliverer.configure(endpoints);
    const ids = endpoints.map(({ id }) => id);
    await askBlocked(deliveries, ids, this.#clock.now());
    if (!lanes.isShared) await this.#leftovers.relayAll();
    this.#deliverer.start();
    await this.#scheduler.start(this.#world.feeds, how);
    if (lanes.isShared) for (const id of await this.#leftovers.feedIds()) await this.#scheduler.wake(id);
  }

  /** Polls and attempts that run end as they would. */
  async #pause(): Promise<void> {
    await Promise.all([this.#scheduler.stop(), this.#backend.deliveries.stop(pauseMs)]);
  }

  async #tellAnew(): Promise<void> {
    await this.#deliverer.configure(this.#world.config.endpoints);
    await this.#scheduler.reconfigure(this.#world.feeds, 'anew');
  }

  async #takeOver(config: Config): Promise<void> {
    try {
      this.#world.replace(config);
      await this.#workWith(config);
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

  /** Before anything of it is done, the others are told: they stop working with what they have. */
  async #workWith(config: Config): Promise<void> {
    const standing = await this.#duty.edit(configDigest(config));
    if (standing === 'behind') return;
    if (!this.#duty.isWorking) return await this.#duty.begin();
    await this.#deliverer.configure(config.endpoints);
    await this.#scheduler.reconfigure(this.#world.feeds, standing);
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

  async #health(): Promise<Health> {
    return judgeHealth({
      now: this.#clock.now(),
      ...(await vitalSigns(this.#scheduler.signs(), this.#backend.lanes)),
      isBehind: this.#duty.isBehind,
      ...(this.#configFault !== undefined && { configFault: this.#configFault }),
    });
  }

  #tidy(): Promise<void> {
    return tidy(this.#world.config, {
      upkeep: this.#backend.upkeep,
      deliverer: this.#deliverer,
      metrics: this.#metrics,
      clock: this.#clock,
      log: this.#log,
    });
  }
}
