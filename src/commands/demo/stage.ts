// The world of the tour: origin, receiver, a fresh folder and the daemon in it. The steps act on it and wait
// for what they want to see; every wait has a limit, and a limit that is met ends the tour with a clear line.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, wait } from '../../clock.ts';
import { configText } from './config-text.ts';
import { DaemonProcess } from './daemon-process.ts';
import { Origin } from './origin.ts';
import { type Arrival, Receiver } from './receiver.ts';
import type { Screen } from './screen.ts';
import { arrivalName, entryName, type Published } from './tally.ts';
import { publishers } from './texts/publishers.ts';
import { entryOf, type Publisher, type Story } from './texts/story.ts';

export interface StageSetup {
  readonly clock: Clock;
  readonly screen: Screen;
  /** Path of the command line program that runs the daemon. */
  readonly cli: string;
  readonly signal: AbortSignal;
}

/** The tour did not see what it must see. */
export class TourFailure extends Error {}

const dayMs = 86_400_000;
const lookEveryMs = 10;

export class Stage {
  readonly clock: Clock;
  readonly screen: Screen;
  readonly origin: Origin;
  readonly receiver: Receiver;
  readonly published: Published[] = [];
  /** Of the start after the kill. */
  restartedAt: number | undefined;
  readonly #setup: StageSetup;
  readonly #folder: string;
  #daemon: DaemonProcess | undefined;

  static async open(setup: StageSetup): Promise<Stage> {
    const { clock } = setup;
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const origin = await Origin.start({ clock, feeds: publishers.map(({ feed }) => feed) });
    for (const publisher of publishers) publishBacklog(origin, publisher, clock.now());
    const receiver = await Receiver.start({ clock, secret });
    const folder = await mkdtemp(join(tmpdir(), `feedhook-demo-${process.pid}-`));
    const feedIds = publishers.map(({ feed }) => feed.id);
    const config = configText({ origin, feedIds, receiverUrl: receiver.url, secret });
    await writeFile(join(folder, 'feeds.yaml'), config, { mode: 0o600 });
    return new Stage(setup, origin, receiver, folder);
  }

  private constructor(setup: StageSetup, origin: Origin, receiver: Receiver, folder: string) {
    this.clock = setup.clock;
    this.screen = setup.screen;
    this.origin = origin;
    this.receiver = receiver;
    this.#setup = setup;
    this.#folder = folder;
    // Whatever waits for the daemon then ends at once.
    setup.signal.addEventListener('abort', () => void this.#daemon?.kill(), { once: true });
  }

  async startDaemon(): Promise<DaemonProcess> {
    const { clock, cli } = this.#setup;
    if (this.isInterrupted) throw new TourFailure('interrupted');
    if (this.#daemon !== undefined) this.restartedAt = clock.now();
    const config = join(this.#folder, 'feeds.yaml');
    this.#daemon = DaemonProcess.start({ clock, cli, config, cwd: this.#folder });
    await this.#daemon.started();
    return this.#daemon;
  }

  get isInterrupted(): boolean {
    return this.#setup.signal.aborted;
  }

  get daemon(): DaemonProcess {
    if (this.#daemon === undefined) throw new TourFailure('the daemon was never started');
    return this.#daemon;
  }

  publish(publisher: Publisher, ...stories: readonly Story[]): void {
    const entries = stories.map((story) => entryOf(publisher, story, this.clock.now()));
    const feedId = publisher.feed.id;
    this.published.push(...entries.map(({ id, title }) => ({ feedId, entryId: id, title })));
    this.origin.publish(feedId, ...entries);
  }

  /** How many of these have reached the receiver so far. */
  arrivedOf(published: readonly Published[]): number {
    return countOf(published, this.receiver.arrivals);
  }

  /** How many of these the receiver has accepted so far. */
  acceptedOf(published: readonly Published[]): number {
    return countOf(published, this.receiver.accepted);
  }

  async until(what: string, holds: () => boolean, limitMs = 15_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    while (!holds()) {
      if (this.isInterrupted) throw new TourFailure('interrupted');
      if (this.clock.now() > end) throw new TourFailure(`waited ${limitMs / 1000} s in vain until ${what}`);
      if (this.#daemon?.hasExited === true) throw new TourFailure(`the daemon ended before ${what}`);
      await wait(this.clock, lookEveryMs, this.#setup.signal);
    }
  }

  /** Leaves nothing behind, however the tour ended. */
  async close(): Promise<void> {
    await this.#daemon?.kill();
    await this.origin.close();
    await this.receiver.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function countOf(published: readonly Published[], arrivals: readonly Arrival[]): number {
  const names = new Set(arrivals.map(arrivalName));
  return published.filter(({ feedId, entryId }) => names.has(entryName(feedId, entryId))).length;
}

/** What was there before the daemon came, a day apart. */
function publishBacklog(origin: Origin, publisher: Publisher, now: number): void {
  const { backlog, feed } = publisher;
  const entries = backlog.map((story, index) =>
    entryOf(publisher, story, now - (backlog.length - index) * dayMs),
  );
  origin.publish(feed.id, ...entries);
}
