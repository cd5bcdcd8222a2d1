// Watches that the store is the one that was opened and keeps what it is given: at the start, every minute, and before "this
// feed has no memory" is believed. A store that was emptied under a running process (FLUSHALL, a fail-over to an empty replica)
// begins anew: the feeds that this process knew are noted, so that their first poll announces nothing that was announced before.

import type { Clock, Timer } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { type Finding, findingsOf } from './checks.ts';
import { beginGeneration, readGeneration, requireOurs } from './generation.ts';
import type { RedisLink } from './link.ts';
import { askFacts } from './server-facts.ts';

const checkEveryMs = 60_000;

/** By then each process that is at work has noticed that the store was emptied (it looks each second), and said what it knew. */
const othersSayMs = 3_000;

/** Feed ids in one call. */
const idsTogether = 1_000;

export interface MarkerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Works with others of its kind, or only looks and asks beside them. */
  readonly exclusive: boolean;
}

export class Marker {
  readonly link: RedisLink;
  readonly #options: MarkerOptions;
  readonly #known = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #silent: string;
  #generation: string | undefined;
  #told: ReadonlySet<string> = new Set();
  #timer: Timer | undefined;
  #beginning: Promise<void> | undefined;
  #isFlushTold = false;
  /** When the store was last begun anew under this process. */
  #begunAt: number | undefined;
  #isMoveTold = false;
  #isClosed = false;

  private constructor(link: RedisLink, options: MarkerOptions) {
    this.link = link;
    this.#options = options;
    this.#silent = link.key('silent');
  }

  /** Connects. Rejects with what makes the store unfit; who only looks writes nothing and is not told of settings. */
  static async open(link: RedisLink, options: MarkerOptions): Promise<Marker> {
    await link.connect();
    const marker = new Marker(link, options);
    if (options.exclusive) await marker.#refuseUnsafe();
    await requireOurs(link);
    marker.#generation = options.exclusive ? await beginGeneration(link) : await readGeneration(link);
    if (options.exclusive) marker.#checkLater();
    return marker;
  }

  /** This feed has a record in the store. */
  know(feedId: string): void {
    this.#known.add(feedId);
  }

  /** Whether the first poll of a feed without a memory is to announce nothing. Rejects where the absence proves nothing. */
  async beginsSilently(feedId: string): Promise<boolean> {
    const ask = () =>
      this.link.ask((client) =>
        Promise.all([
          client.hget(this.link.key('meta'), 'generation'),
          client.sismember(this.#silent, feedId),
        ]),
      );
    let [generation, isSilent] = await ask();
    if (generation !== (this.#generation ?? null)) {
      await this.#begin(generation);
      [generation, isSilent] = await ask();
    }
    if (isSilent === 0) this.#refuseTooEarly(feedId);
    return isSilent === 1;
  }

  /** Whether the store was emptied since this process works with it. */
  async wasEmptied(): Promise<boolean> {
    const generation = await readGeneration(this.link);
    if (generation !== this.#generation) await this.#begin(generation ?? null);
    return this.#begunAt !== undefined;
  }

  /** Another process may have polled this feed, and not have said so yet. */
  #refuseTooEarly(feedId: string): void {
    if (this.#begunAt === undefined || this.#options.clock.now() >= this.#begunAt + othersSayMs) return;
    throw new StoreError(
      'store-flushed',
      `store ${this.link.name}: it was emptied a moment ago; whether feed ${feedId} was known before is asked again`,
    );
  }

  /** Calls `listener` after the store was emptied and has begun anew. Returns how to end that. */
  onEmptied(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether a migration has taken the store away meanwhile: who was out of touch then comes back to what is none of ours. */
  async isMoved(): Promise<boolean> {
    const key = this.link.key('meta');
    const isMoved = (await this.link.ask((client) => client.hexists(key, 'mark'))) === 1;
    if (isMoved && !this.#isMoveTold) {
      const reason = `store ${this.link.name}: a migration has taken it out of use; name the new store in feeds.yaml`;
      this.#options.log.error({ code: 'store-moved', reason }, 'store-moved');
    }
    this.#isMoveTold = isMoved;
    return isMoved;
  }

  /** What is done every minute. */
  async check(): Promise<void> {
    const { clock } = this.#options;
    this.#tell(findingsOf(await askFacts(this.link, () => clock.now()), this.#mayForget));
    const generation = await readGeneration(this.link);
    if (generation !== this.#generation) await this.#begin(generation ?? null);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  get #mayForget(): boolean {
    return this.link.config.durability === 'none';
  }

  async #refuseUnsafe(): Promise<void> {
    const { clock } = this.#options;
    const findings = findingsOf(await askFacts(this.link, () => clock.now()), this.#mayForget);
    const faults = findings.filter(({ kind }) => kind === 'fault').map(({ what }) => what);
    if (faults.length > 0)
      throw new StoreError('store-unsafe', `store ${this.link.name}: ${faults.join('; ')}`);
    this.#tell(findings);
  }

  /** Each finding once for as long as it lasts. */
  #tell(findings: readonly Finding[]): void {
    const { log } = this.#options;
    for (const { kind, what } of findings) {
      if (this.#told.has(keyOf(what))) continue;
      const fields = { code: 'store-unsafe', reason: `store ${this.link.name}: ${what}` };
      if (kind === 'fault') log.error(fields, 'store-unsafe');
      else log.warn(fields, 'store-unsafe');
    }
    this.#told = new Set(findings.map(({ what }) => keyOf(what)));
  }

  #checkLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.startTimer(checkEveryMs, () => {
      // That the store does not answer is told by whoever needs the answer.
      void this.check()
        .catch(() => {})
        .then(() => this.#checkLater());
    });
  }

  async #begin(found: string | null): Promise<void> {
    if (!this.#options.exclusive) return this.#lookAgain(found);
    this.#beginning ??= this.#beginAnew().finally(() => {
      this.#beginning = undefined;
    });
    await this.#beginning;
  }

  /** For who only looks: a store that nobody had used may have been begun since. */
  #lookAgain(found: string | null): void {
    if (this.#generation !== undefined) {
      throw new StoreError('store-flushed', `store ${this.link.name}: it was emptied; ask again`);
    }
    this.#generation = found ?? undefined;
  }

  /** Feeds first, then the generation: a crash between the two begins here again. */
  async #beginAnew(): Promise<void> {
    const reason = `store ${this.link.name}: it was emptied while feedhook used it and begins anew; ${this.#known.size} known feeds begin without announcements`;
    if (!this.#isFlushTold) this.#options.log.error({ code: 'store-flushed', reason }, 'store-flushed');
    this.#isFlushTold = true;
    const ids = [...this.#known];
    for (let from = 0; from < ids.length; from += idsTogether) {
      await this.link.ask((client) => client.sadd(this.#silent, ...ids.slice(from, from + idsTogether)));
    }
    this.#generation = await beginGeneration(this.link);
    this.#isFlushTold = false;
    this.#begunAt = this.#options.clock.now();
    for (const listener of this.#listeners) listener();
  }
}

/** A figure that moves makes no new finding. */
function keyOf(what: string): string {
  return what.replace(/\d+/g, '');
}
