// The Workers port: a process tells the others that it lives and which configuration it has, and learns whether its own holds.
// It looks each second whether another one has come to rule, and tells of itself each ten. What rules is decided in ruling.ts.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock, Timer } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { WorkerFacts, WorkerNews, WorkerStanding, Workers } from '../../../ports.ts';
import type { RedisLink } from '../server/link.ts';
import type { Marker } from '../server/marker.ts';
import { type Script, script } from '../server/script.ts';
import { judgeRuling, type Occasion, type Ruling } from './ruling.ts';
import { isElected } from './run-coordinator.ts';
import { readAnswer, type StoredFacts, type WorkerAnswer } from './worker-answer.ts';
import { beatScript, listScript, ruleScript } from './worker-scripts.ts';

/** At most; a short lease shortens both. */
const lookMs = 1_000;
const beatMs = 10_000;

export class RedisWorkers implements Workers {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #marker: Marker;
  readonly #id = randomUUID();
  readonly #startedAt: number;
  readonly #beat: Script;
  readonly #list: Script;
  readonly #rule: Script;
  #tell: (news: WorkerNews) => void = () => {};
  #tellLost: (code: string) => void = () => {};
  /** What is to be announced, and why; `beat` once the store has heard it. */
  #digest: string | undefined;
  #occasion: Occasion = 'start';
  #standing: WorkerStanding | undefined;
  #ruling: Ruling | undefined;
  /** Since when, by the server's time, no word to the store was lost. */
  #inTouchSince: number | undefined;
  #beatAt = 0;
  #timer: Timer | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #hasLeft = false;
  #isOutOfTouch = false;

  constructor(link: RedisLink, clock: Clock, log: Log, marker: Marker) {
    this.#link = link;
    this.#clock = clock;
    this.#log = log;
    this.#marker = marker;
    this.#startedAt = clock.now();
    this.#beat = script(link, beatScript);
    this.#list = script(link, listScript);
    this.#rule = script(link, ruleScript);
    marker.onEmptied(() => this.#onEmptied());
  }

  /** The first one rejects with StoreError; later ones answer what was known, and are made again until they are heard. */
  async announce(digest: string, isEdited: boolean): Promise<WorkerStanding> {
    const isNew = this.#digest !== undefined && digest !== this.#digest;
    if (isNew) this.#occasion = isEdited ? 'edit' : 'start';
    this.#digest = digest;
    const known = this.#standing;
    try {
      const standing = await this.#inTurn(async () => {
        this.#standing = await this.#settle();
        return this.#standing;
      });
      this.#lookLater();
      return standing;
    } catch (error) {
      if (known === undefined || !(error instanceof StoreError)) throw error;
      this.#lost(error);
      // Nobody else may have told the store of an edit, and to tell it twice does no harm.
      return isNew && isEdited && known === 'joins' ? 'leads' : known;
    }
  }

  watch(tell: (news: WorkerNews) => void, lost: (code: string) => void = () => {}): void {
    this.#tell = tell;
    this.#tellLost = lost;
  }

  async list(): Promise<WorkerFacts[]> {
    return [...readAnswer(await this.#list(...this.#keys)).workers];
  }

  /** A worker that is behind has an old idea of what is to be kept. */
  async shouldRun(key: string, ttlMs: number): Promise<boolean> {
    return this.#standing !== 'behind' && (await isElected(this.#link, this.#id, key, ttlMs));
  }

  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#timer?.cancel();
    await this.#turn;
    if (this.#digest === undefined) return;
    try {
      await this.#link.ask((client) => client.hdel(this.#link.key('workers'), this.#id));
    } catch (error) {
      // The others forget it after a while.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** A dead worker keeps its place for as long as its lanes: what it had is then anybody's. */
  get #aliveMs(): number {
    return this.#link.config.leaseMs;
  }

  get #keys(): readonly [workers: string, ruling: string, aliveMs: number] {
    return [this.#link.key('workers'), this.#link.key('workers', 'ruling'), this.#aliveMs];
  }

  /** One after the other, so that an older answer cannot overtake a newer one. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Tells the store of this worker, and asks until an answer holds. */
  async #settle(): Promise<WorkerStanding> {
    for (;;) {
      const { now, ruling: stored, workers } = await this.#say();
      // Emptied, the store knows less than we do: a worker that was behind must not rule because it looks first.
      const ruling = stored ?? this.#ruling;
      const isRulingAlive = workers.some(({ id, digest }) => id !== this.#id && digest === ruling?.digest);
      this.#inTouchSince ??= now;
      const verdict = judgeRuling({
        occasion: this.#occasion,
        digest: this.#own,
        ruling,
        isRulingAlive,
        aliveMs: this.#aliveMs,
        silentMs: now - Math.max(ruling?.seenAt ?? 0, this.#inTouchSince),
      });
      const hasToWrite = verdict === 'takes over' || (verdict === 'rules' && !stored);
      if (hasToWrite && !(await this.#takeOver(stored))) continue;
      if (!hasToWrite) this.#ruling = ruling;
      this.#occasion = 'beat';
      this.#beatAt = this.#clock.now() + Math.min(beatMs, this.#aliveMs / 3);
      this.#found();
      if (verdict === 'behind' || (await this.#marker.isMoved())) return 'behind';
      return verdict === 'rules' && isRulingAlive ? 'joins' : 'leads';
    }
  }

  async #say(): Promise<WorkerAnswer> {
    const facts: StoredFacts = {
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      startedAt: this.#startedAt,
      seenAt: 0,
      digest: this.#own,
    };
    return readAnswer(await this.#beat(...this.#keys, this.#id, JSON.stringify(facts), this.#own));
  }

  get #own(): string {
    return this.#digest ?? '';
  }

  async #takeOver(before: Ruling | undefined): Promise<boolean> {
    const written = await this.#rule(...this.#keys, this.#own, String(before?.revision ?? ''));
    const revision = Number(written);
    if (revision === 0) return false;
    this.#ruling = { digest: this.#own, revision, seenAt: 0, ruled: [] };
    return true;
  }

  #lookLater(): void {
    this.#timer?.cancel();
    if (this.#hasLeft) return;
    this.#timer = this.#clock.startTimer(
      Math.min(lookMs, this.#aliveMs / 5),
      () => void this.#inTurn(() => this.#look()),
    );
  }

  async #look(): Promise<void> {
    if (this.#hasLeft) return;
    try {
      if (await this.#hasReason()) this.#take(await this.#settle());
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#lost(error);
    } finally {
      this.#lookLater();
    }
  }

  async #hasReason(): Promise<boolean> {
    if (this.#occasion !== 'beat' || this.#clock.now() >= this.#beatAt) return true;
    const [, key] = this.#keys;
    const revision = await this.#link.ask((client) => client.hget(key, 'revision'));
    if (revision !== null && Number(revision) === this.#ruling?.revision) return false;
    // Somebody may have emptied the store, and no lane may come for long to find that out.
    await this.#marker.check();
    // A worker that is behind leaves it to those that rule to say so again.
    return revision !== null || this.#standing !== 'behind';
  }

  /** Who leads and who joins matters when work begins, and not again. */
  #take(standing: WorkerStanding): void {
    const wasBehind = this.#standing === 'behind';
    this.#standing = standing;
    if (wasBehind !== (standing === 'behind')) this.#tell(standing);
  }

  #onEmptied(): void {
    if (this.#digest === undefined || this.#hasLeft) return;
    this.#tell('emptied');
    if (this.#standing !== 'behind') void this.#inTurn(() => this.#look());
  }

  #lost({ code, message }: StoreError): void {
    this.#tellLost(code);
    this.#inTouchSince = undefined;
    if (!this.#isOutOfTouch) this.#log.warn({ code, reason: message }, 'workers-unseen');
    this.#isOutOfTouch = true;
    this.#lookLater();
  }

  #found(): void {
    if (this.#isOutOfTouch) this.#log.info({}, 'workers-seen');
    this.#isOutOfTouch = false;
  }
}
