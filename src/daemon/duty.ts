// Whether this process works: always where it has the store to itself, and where it shares it for as long as its feeds.yaml is
// the one that holds. Begins and pauses the work as the others make it necessary, one change at a time and never two at once.
// What work is, daemon.ts knows.

import type { Clock, Timer } from '../clock.ts';
import { StoreError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { WorkerNews, WorkerStanding, Workers } from '../ports.ts';

/** Work that could not begin, since the store failed, begins after this long. */
const retryMs = 10_000;

/** Whether the store was told of lanes and endpoints by others already. */
export type Beginning = Exclude<WorkerStanding, 'behind'>;

export interface DutyOptions {
  /** Absent: nobody else works on this store. */
  readonly workers: Workers | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes work from now on. */
  begin(how: Beginning): Promise<void>;
  /** Takes no more; resolves when what runs has ended. */
  pause(): Promise<void>;
  /** Tells an emptied store everything again. */
  tellAnew(): Promise<void>;
  /** Called with the code each time that this process is out of touch with the others. */
  onStoreFault(code: string): void;
  /** Called with an error that nobody expected. */
  readonly crash: (error: unknown) => void;
}

export class Duty {
  readonly #options: DutyOptions;
  #standing: WorkerStanding = 'leads';
  #isWorking = false;
  #isPausing = false;
  #isEmptied = false;
  #hasEnded = false;
  #digest: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  #again: Timer | undefined;

  constructor(options: DutyOptions) {
    this.#options = options;
  }

  get isBehind(): boolean {
    return this.#standing === 'behind';
  }

  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** What runs is being waited for. */
  get isPausing(): boolean {
    return this.#isPausing;
  }

  /** Resolves when the work has begun, or must wait for a newer feeds.yaml. Rejects with StoreError. */
  async start(digest: string): Promise<void> {
    const { workers } = this.#options;
    workers?.watch(
      (news) => this.#hear(news),
      (code) => this.#options.onStoreFault(code),
    );
    this.#digest = digest;
    if (workers) this.#take(await workers.announce(digest, false));
    await this.inTurn(() => this.#settle());
  }

  /** Within a turn: tells the others of the configuration that this process has from now on. Rejects with StoreError. */
  async edit(digest: string): Promise<WorkerStanding> {
    const { workers } = this.#options;
    if (workers) {
      const isEdited = digest !== this.#digest;
      this.#digest = digest;
      // Tried again after a fault of the store, it is the same edit still, and may be an old one by now.
      const standing = await workers.announce(digest, isEdited);
      this.#take(isEdited || this.isBehind !== (standing === 'behind') ? standing : this.#standing);
    }
    return this.#standing;
  }

  /** Within a turn: begins the work if it may. */
  async #settle(): Promise<void> {
    if (this.#hasEnded) return;
    if (this.isBehind) return await this.#pause();
    if (!this.#isWorking) await this.#begin();
    else if (this.#isEmptied) await this.#options.tellAnew();
    this.#isEmptied = false;
  }

  begin(): Promise<void> {
    return this.#begin();
  }

  /** Changes of what is worked with, one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /** Begins nothing more; resolves when nothing is being changed. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#again?.cancel();
    await this.#turn;
  }

  async #begin(): Promise<void> {
    if (this.#hasEnded || this.#isWorking || this.#standing === 'behind') return;
    // From here on there may be something to pause, even if it does not come to its end.
    this.#isWorking = true;
    try {
      await this.#options.begin(this.#standing);
    } catch (error) {
      // Nothing of it goes on until it can be begun as a whole.
      if (this.#options.workers) await this.#pause();
      this.#isWorking = false;
      throw error;
    }
  }

  async #pause(): Promise<void> {
    if (!this.#isWorking) return;
    this.#isPausing = true;
    await this.#options.pause();
    this.#isPausing = false;
    this.#isWorking = false;
  }

  #hear(news: WorkerNews): void {
    if (this.#hasEnded) return;
    if (news === 'emptied') this.#isEmptied = true;
    else this.#take(news);
    this.#settleSoon();
  }

  #settleSoon(): void {
    this.#again?.cancel();
    void this.inTurn(() => this.#settle()).catch((error: unknown) => {
      if (!(error instanceof StoreError)) return this.#options.crash(error);
      const { clock, log } = this.#options;
      log.error({ code: error.code, reason: error.message, retryMs }, 'work-not-begun');
      if (!this.#hasEnded) this.#again = clock.startTimer(retryMs, () => this.#settleSoon());
    });
  }

  #take(standing: WorkerStanding): void {
    const { log } = this.#options;
    const wasBehind = this.isBehind;
    this.#standing = standing;
    if (this.isBehind && !wasBehind) {
      const reason =
        'another process on this store has a newer feeds.yaml; nothing is polled or delivered here';
      log.warn({ reason }, 'config-behind');
    }
    if (!this.isBehind && wasBehind) log.info({}, 'config-rules');
  }
}
