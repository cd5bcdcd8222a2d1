// One world of the crash test: an origin of twenty feeds, a moody receiver for each way of delivering, one ledger, and the
// daemon as a child that is killed again and again. After each burst of news nothing more is published, since the
// next change of a feed would repair what a fault had lost.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, wait } from '../../src/clock.ts';
import { DaemonProcess } from '../../src/commands/demo/daemon-process.ts';
import type { DemoFeed } from '../../src/commands/demo/documents/feed.ts';
import { Origin } from '../../src/commands/demo/origin.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import { loopbackConfig } from '../support/daemon.ts';
import { backlog, crashEntry, crashFeeds } from './burst.ts';
import { crashEndpoints, moody } from './endpoints.ts';
import { type Instant, pickInstant, reached } from './instant.ts';
import { Ledger } from './ledger.ts';
import { Random } from './random.ts';
import { inspect, inspectCopy, leftovers } from './store-check.ts';

export interface WorldSetup {
  /** The same seed picks the same instants; what the receivers do depends on timing too. */
  readonly seed: number;
  /** Empty folder of this world; removed at the end. */
  readonly folder: string;
  /** cli.ts of the program under test. */
  readonly cli: string;
  readonly feeds: number;
  readonly compileCache: string;
}

export const intervalMs = 200;
export const windowSize = 30;
const backlogSize = 10;
/** New entries of each feed in a burst: two, so that there is an order to keep. */
export const entriesAtOnce = 2;
/** The default of the daemon; see `concurrency` in docs/configuration.md. */
const concurrency = 4;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
/** Ten attempts within about six seconds, jitter included. */
const retry = ['0s', '100ms', '100ms', '200ms', '200ms', '500ms', '500ms', '500ms', '500ms', '500ms'];
/** Longer than all attempts of a delivery and a restart together: what is still missing then is lost. */
const quietLimitMs = 12_000;
const startLimitMs = 20_000;
const copyEveryKills = 10;

export class World {
  readonly ledger: Ledger;
  /** The daemon did not start again, so nothing more can be learned. */
  isOver = false;
  readonly #setup: WorldSetup;
  readonly #feeds: readonly DemoFeed[];
  readonly #origin: Origin;
  readonly #receivers: readonly Receiver[];
  readonly #instants: Random;
  #daemon: DaemonProcess;
  #entries = 0;
  #generation: string | undefined;

  static async open(setup: WorldSetup): Promise<World> {
    const feeds = crashFeeds(setup.feeds);
    const origin = await Origin.start({ clock: systemClock, feeds, windowSize });
    for (const feed of feeds) origin.publish(feed.id, ...backlog(feed, backlogSize, systemClock.now()));
    const hooks = await Promise.all(
      crashEndpoints.map(() => Receiver.start({ clock: systemClock, secret, keepsArrivals: false })),
    );
    for (const [index, hook] of hooks.entries())
      hook.decide = moody(new Random(setup.seed + 1_000 * (index + 1)));
    await mkdir(setup.folder, { recursive: true });
    await writeFile(
      join(setup.folder, 'feeds.yaml'),
      JSON.stringify(configOf(feeds, origin, hooks), null, 2),
    );
    return new World(setup, feeds, origin, hooks);
  }

  private constructor(
    setup: WorldSetup,
    feeds: readonly DemoFeed[],
    origin: Origin,
    hooks: readonly Receiver[],
  ) {
    this.#setup = setup;
    this.#feeds = feeds;
    this.#origin = origin;
    this.#receivers = hooks;
    this.#instants = new Random(setup.seed);
    const startedAt = systemClock.now();
    const endpointIds = crashEndpoints.map(({ id }) => id);
    const orderedIds = crashEndpoints.filter(({ isOrdered }) => isOrdered).map(({ id }) => id);
    this.ledger = new Ledger({ endpointIds, orderedIds, concurrency, intervalMs, startedAt });
    origin.on('request', (request) => this.ledger.noteRequest(request));
    for (const [index, { id }] of crashEndpoints.entries()) {
      hooks[index]?.on('arrival', (arrival) => this.ledger.noteArrival(id, arrival));
      hooks[index]?.on('answered', (arrival) => this.ledger.noteAnswered(id, arrival));
    }
    this.#daemon = this.#launch();
  }

  /**
   * Until every feed is known: a 304 for each proves that its memory was written. Then a graceful restart, which
   * must forget nothing, and after which the cache of compiled code is there: a killed process never writes it.
   */
  async baseline(): Promise<void> {
    if (!(await this.#hasStarted())) return;
    const isKnown = () => this.#feeds.every(({ id }) => this.#origin.counts(id).notModified > 0);
    if (!(await this.#within(startLimitMs, isKnown)))
      this.ledger.violate('L7', 'the baseline of some feed was never committed');
    await this.#stop();
    this.#daemon = this.#launch();
    await this.#hasStarted();
  }

  /** Burst, kill, restart, quiet, check; returns the instant that was chosen. */
  async cycle(): Promise<Instant> {
    const { length: feeds } = this.#feeds;
    const instant = pickInstant(this.#instants, feeds, feeds * crashEndpoints.length);
    const struck = reached(instant, this.#origin, this.#receivers, 2 * intervalMs + 1_000);
    this.#burst();
    await struck;
    await this.#daemon.kill();
    this.ledger.kills += 1;
    if (this.ledger.kills % copyEveryKills === 0) await this.#lookAtStore();
    this.#daemon = this.#launch();
    if (!(await this.#hasStarted())) return instant;
    await this.#within(quietLimitMs, () => this.ledger.isSettled);
    this.ledger.checkQuiet(systemClock.now());
    return instant;
  }

  /** L8 and the rest of L7: two quiet rounds, a graceful stop, and a store with nothing left to do. */
  async finish(): Promise<void> {
    const quietFrom = systemClock.now();
    await this.#within(10 * intervalMs, () => this.ledger.neglectedSince(quietFrom).length === 0);
    for (const feedId of this.ledger.neglectedSince(quietFrom))
      this.ledger.violate('L7', `${feedId} was not polled within ten intervals`);
    // A repeat of what was accepted before a kill may still be on its way.
    await this.#untilNothingIsLeft();
    await this.#stop();
    this.#judgeStore(inspect(this.#storePath));
    for (const complaint of await leftovers(this.#storePath)) this.ledger.violate('L7', complaint);
    this.ledger.checkQuiet(systemClock.now());
  }

  async close(): Promise<void> {
    await this.#daemon.kill();
    await this.#origin.close();
    await Promise.all(this.#receivers.map((receiver) => receiver.close()));
    await rm(this.#setup.folder, { recursive: true, force: true });
  }

  get #storePath(): string {
    return join(this.#setup.folder, 'feedhook.db');
  }

  #launch(): DaemonProcess {
    const { folder, cli, compileCache } = this.#setup;
    return DaemonProcess.start({
      clock: systemClock,
      cli,
      config: join(folder, 'feeds.yaml'),
      cwd: folder,
      // A start is most of a cycle, and most of a start is compiling.
      env: { NODE_COMPILE_CACHE: compileCache },
    });
  }

  async #stop(): Promise<void> {
    const { code, signal } = await this.#daemon.stop().catch(() => this.#daemon.exited);
    if (code !== 0) this.ledger.violate('L8', `SIGTERM ended in ${code ?? signal} instead of 0`);
  }

  async #hasStarted(): Promise<boolean> {
    try {
      await this.#daemon.started(startLimitMs);
      return true;
    } catch (error) {
      this.isOver = true;
      this.ledger.violate('L8', error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #burst(): void {
    const now = systemClock.now();
    const last = this.#entries + entriesAtOnce;
    while (this.#entries < last) {
      this.#entries += 1;
      for (const feed of this.#feeds) {
        const entry = crashEntry(feed, this.#entries, now);
        const version = this.#origin.publish(feed.id, entry);
        this.ledger.notePublished({ feedId: feed.id, entryId: entry.id, version });
      }
    }
  }

  async #lookAtStore(): Promise<void> {
    this.#judgeStore(await inspectCopy(this.#storePath, join(this.#setup.folder, 'scratch')));
  }

  #judgeStore({ integrity, generation }: { integrity: string; generation: string }): void {
    if (integrity !== 'ok') this.ledger.violate('L7', `integrity_check: ${integrity}`);
    this.#generation ??= generation;
    if (generation !== this.#generation) this.ledger.violate('L7', 'the store has another generation');
  }

  async #untilNothingIsLeft(): Promise<void> {
    const end = systemClock.now() + quietLimitMs;
    while (systemClock.now() < end && (await leftovers(this.#storePath)).length > 0)
      await wait(systemClock, 50);
  }

  async #within(limitMs: number, holds: () => boolean): Promise<boolean> {
    const end = systemClock.now() + limitMs;
    while (!holds()) {
      if (systemClock.now() > end || this.#daemon.hasExited) return false;
      await wait(systemClock, 2);
    }
    return true;
  }
}

function configOf(feeds: readonly DemoFeed[], origin: Origin, hooks: readonly Receiver[]): object {
  return loopbackConfig({
    interval: `${intervalMs}ms`,
    feeds: feeds.map(({ id }) => ({ id, url: origin.feedUrl(id) })),
    endpoints: crashEndpoints.map(({ id, config }, index) => ({
      ...config,
      id,
      url: hooks[index]?.url ?? '',
      secret,
      retry,
    })),
  });
}
