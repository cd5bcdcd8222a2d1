// One world of the crash test: an origin of twenty feeds, a moody receiver for each way of delivering, one ledger, one store,
// and the daemon, or several that share the store, as children of which one is killed again and again. After each burst of
// news nothing more is published, since the next change of a feed would repair what a fault had lost.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, wait } from '../../src/clock.ts';
import type { DemoFeed } from '../../src/commands/demo/documents/feed.ts';
import { Origin } from '../../src/commands/demo/origin.ts';
import { Receiver } from '../../src/commands/demo/receiver.ts';
import { backlog, crashEntry, crashFeeds } from './burst.ts';
import { type CrashStore, fileStore, type StoreKind, type Victim } from './crash-store.ts';
import { Crew } from './crew.ts';
import { crashEndpoints, moody } from './endpoints.ts';
import { type Instant, pickInstant, reached } from './instant.ts';
import { Ledger } from './ledger.ts';
import { Random } from './random.ts';
import { redisStore } from './redis-store.ts';
import type { StoreFacts } from './store-check.ts';
import { configOf, intervalMs, secret } from './world-config.ts';

export interface WorldSetup {
  /** The same seed picks the same instants; what the receivers do depends on timing too. */
  readonly seed: number;
  /** Empty folder of this world; removed at the end. */
  readonly folder: string;
  /** cli.ts of the program under test. */
  readonly cli: string;
  readonly feeds: number;
  readonly compileCache: string;
  readonly store: StoreKind;
  /** Folder for what the daemons say. */
  readonly logs?: string;
}

export const windowSize = 30;
const backlogSize = 10;
/** New entries of each feed in a burst: two, so that there is an order to keep. */
export const entriesAtOnce = 2;
/** The default of the daemon; see `concurrency` in docs/configuration.md. */
const concurrency = 4;
/** Longer than all attempts of a delivery and a restart together: what is still missing then is lost. */
const quietLimitMs = 12_000;
/** After a fault of its store a daemon looks again in ten seconds, and delivers in thirty what it could not read. */
const storeQuietLimitMs = 60_000;
const baselineLimitMs = 60_000;
const glanceEveryKills = 10;

export class World {
  readonly ledger: Ledger;
  /** The daemon did not start again, so nothing more can be learned. */
  isOver = false;
  readonly #setup: WorldSetup;
  readonly #feeds: readonly DemoFeed[];
  readonly #origin: Origin;
  readonly #receivers: readonly Receiver[];
  readonly #instants: Random;
  readonly #store: CrashStore;
  readonly #crew: Crew;
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
    const store = setup.store === 'redis' ? await redisStore(setup.folder) : fileStore(setup.folder);
    const config = configOf(feeds, origin, hooks, store.url);
    await writeFile(join(setup.folder, 'feeds.yaml'), JSON.stringify(config, null, 2));
    return new World(setup, feeds, origin, hooks, store);
  }

  private constructor(
    setup: WorldSetup,
    feeds: readonly DemoFeed[],
    origin: Origin,
    hooks: readonly Receiver[],
    store: CrashStore,
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
    const { folder, cli, compileCache, logs } = setup;
    this.#store = store;
    this.#crew = new Crew({
      size: store.workers,
      folder,
      cli,
      compileCache,
      ...(logs !== undefined && { logs }),
      onEnd: (how) => {
        if (how !== 0) this.ledger.violate('L8', `SIGTERM ended in ${how} instead of 0`);
      },
    });
  }

  /**
   * Until every feed is known: a 304 for each proves that its memory was written. Then a graceful restart, which
   * must forget nothing, and after which the cache of compiled code is there: a killed process never writes it.
   */
  async baseline(): Promise<void> {
    if (!(await this.#hasStarted())) return;
    const isKnown = () => this.#feeds.every(({ id }) => this.#origin.counts(id).notModified > 0);
    if (!(await this.#within(baselineLimitMs, isKnown)))
      this.ledger.violate('L7', 'the baseline of some feed was never committed');
    await this.#crew.stop();
    this.#crew.restart();
    await this.#hasStarted();
  }

  /** Burst, kill, restart, quiet, check; returns the instant that was chosen. */
  async cycle(victim: Victim): Promise<Instant> {
    const { length: feeds } = this.#feeds;
    const instant = pickInstant(this.#instants, feeds, feeds * crashEndpoints.length);
    const place = this.#instants.whole(0, this.#store.workers - 1);
    await this.#store.prepare(victim);
    const struck = reached(instant, this.#origin, this.#receivers, 2 * intervalMs + 1_000);
    if (victim === 'master') this.ledger.beginRollBack();
    this.#burst();
    await struck;
    this.ledger.kills += 1;
    this.#crew.note({ event: 'KILL', number: this.ledger.kills, victim, place, ...instant });
    await this.#strike(victim, place);
    if (!(await this.#hasStarted())) return instant;
    const limitMs = victim === 'server' || victim === 'master' ? storeQuietLimitMs : quietLimitMs;
    await this.#within(limitMs, () => this.ledger.isSettled);
    await this.#judge();
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
    await this.#crew.stop();
    this.#judgeStore(await this.#store.look());
    for (const complaint of await this.#store.leftovers()) this.ledger.violate('L7', complaint);
    this.ledger.checkQuiet(systemClock.now());
  }

  async close(): Promise<void> {
    await this.#crew.killAll();
    await this.#store[Symbol.asyncDispose]();
    await this.#origin.close();
    await Promise.all(this.#receivers.map((receiver) => receiver.close()));
    await rm(this.#setup.folder, { recursive: true, force: true });
  }

  async #judge(): Promise<void> {
    const before = this.ledger.violations.length;
    this.ledger.checkQuiet(systemClock.now());
    const found = this.ledger.violations.slice(before);
    if (found.length === 0 || this.#setup.logs === undefined) return;
    for (const violation of found) this.#crew.note({ event: 'VIOLATION', ...violation });
    this.#crew.note({ event: 'STORE', ...(await this.#store.describe()) });
  }

  async #strike(victim: Victim, place: number): Promise<void> {
    if (victim === 'worker') return await this.#killWorker(place);
    if (victim === 'sleeper') return await this.#letSleep(place);
    await this.#store.strike(victim);
    this.ledger.endRollBack();
  }

  /** Until the others have done what it had in hand; then it goes on where it was, and must do no harm. */
  async #letSleep(place: number): Promise<void> {
    this.#crew.sleep(place);
    await this.#within(quietLimitMs, () => this.ledger.isSettled);
    this.#crew.wake(place);
    await wait(systemClock, 3 * intervalMs);
  }

  async #killWorker(place: number): Promise<void> {
    await this.#crew.kill(place);
    if (this.ledger.kills % glanceEveryKills === 0) this.#judgeStore(await this.#store.glance());
    this.#crew.replace(place);
  }

  async #hasStarted(): Promise<boolean> {
    try {
      await this.#crew.started();
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

  #judgeStore({ integrity, generation }: StoreFacts): void {
    if (integrity !== 'ok') this.ledger.violate('L7', `integrity_check: ${integrity}`);
    this.#generation ??= generation;
    if (generation !== this.#generation) this.ledger.violate('L7', 'the store has another generation');
  }

  async #untilNothingIsLeft(): Promise<void> {
    const end = systemClock.now() + quietLimitMs;
    while (systemClock.now() < end && (await this.#store.leftovers()).length > 0) await wait(systemClock, 50);
  }

  async #within(limitMs: number, holds: () => boolean): Promise<boolean> {
    const end = systemClock.now() + limitMs;
    while (!holds()) {
      if (systemClock.now() > end || this.#crew.hasExited) return false;
      await wait(systemClock, 2);
    }
    return true;
  }
}
