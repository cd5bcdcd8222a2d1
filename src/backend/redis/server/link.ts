// The connections of one process to its Redis, and the names of its keys. All keys share one hash tag, so that in a cluster
// they lie in one slot: a fail-over then rolls all of them back to one point of one history, and a script may touch any.

import { isNativeError } from 'node:util/types';
import type { Keyv } from 'keyv';
import { type Clock, systemClock } from '../../../clock.ts';
import type { RedisStoreConfig } from '../../../config/config.ts';
import { storeName } from '../../../config/store-url.ts';
import { StoreError } from '../../../errors.ts';
import { type Log, silentLog } from '../../../log.ts';
import { isFinal, redisFault } from './fault.ts';
import { callMs, inTime } from './in-time.ts';
import { masterOf } from './master.ts';
import { Outage } from './outage.ts';
import { Records } from './records.ts';
import { openIoredis, type RedisClient } from './topology.ts';

export type { RedisClient };
export { callMs };

export class RedisLink {
  readonly config: RedisStoreConfig;
  /** For scripts and what Keyv cannot do. Rejects at once while there is no connection, and within `callMs` always. */
  readonly client: RedisClient;
  readonly #records: Records;
  readonly #outage: Outage;
  #lastError: Error | undefined;
  #isConnected = false;
  #isClosed = false;
  /** It answers questions and refuses changes: a replica, whose master is elsewhere. */
  #isReplica = false;

  constructor(config: RedisStoreConfig, log: Log = silentLog, clock: Clock = systemClock) {
    this.config = config;
    this.#outage = new Outage(clock, log);
    this.client = openIoredis(config, {
      enableOfflineQueue: false,
      // What is asked in one turn of the event loop leaves in one write.
      enableAutoPipelining: true,
      // What was on its way when the connection broke is unknown: whoever asked decides, nothing is sent twice by itself.
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    });
    this.#records = new Records(
      config,
      () => masterOf(config, this.client, this.key('meta')),
      () => this.#look(),
    );
    this.client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    this.client.on('close', () => this.#look());
    this.client.on('ready', () => {
      this.#records.follow(false);
      this.#look();
    });
  }

  /** Rejects within `callMs` with what stood in the way, and at once when waiting would not help. */
  async connect(): Promise<void> {
    try {
      await inTime(this.#ready());
      await inTime(this.#records.connect());
      this.#isConnected = true;
    } catch (error) {
      // What the clients met on the way says more than that the time is over.
      throw redisFault(this.name, this.#lastError ?? error);
    }
  }

  /** A connection for a BullMQ worker, which blocks on it and waits for ever; it is the worker's to close. */
  forWorker(): RedisClient {
    // A blocking command is silent for as long as it may block.
    return openIoredis(this.config, { maxRetriesPerRequest: null, socketTimeout: 6 * callMs });
  }

  /** Texts under `{prefix}:part:key`. */
  keyv(part: string): Keyv<string> {
    return this.#records.open(this.key(part));
  }

  /** `{prefix}:part:part…` */
  key(...parts: readonly string[]): string {
    return `{${this.config.prefix}}:${parts.join(':')}`;
  }

  /** What BullMQ puts before the names of its keys. */
  get bullPrefix(): string {
    return this.key('bull');
  }

  /** What the client answered; what it throws, as a StoreError. */
  ask<T>(question: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.inTime(() => question(this.client));
  }

  /** What `call`, on whatever client of ours, is answered; a StoreError when it fails or takes too long. */
  async inTime<T>(call: () => Promise<T>): Promise<T> {
    // Keyv would connect again.
    if (this.#isClosed) throw redisFault(this.name, new Error('Connection is closed.'));
    try {
      const answer = await inTime(call());
      if (this.#outage.isOn) this.#look();
      return answer;
    } catch (error) {
      const fault = redisFault(this.name, error);
      if (fault instanceof StoreError && fault.code === 'store-unreachable') this.#unreachable(fault);
      throw fault;
    }
  }

  /** Of the server that has our keys: in a cluster the commands without a key would go to any. */
  askMaster(...command: readonly string[]): Promise<unknown> {
    return this.inTime(() => this.#records.send(command));
  }

  /** For messages: where it is, without credentials. */
  get name(): string {
    return storeName(this.config);
  }

  close(): void {
    this.#isClosed = true;
    this.client.disconnect();
    this.#records.close();
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.client.status === 'ready') return resolve();
      this.client.once('ready', () => resolve());
      this.client.on('error', (error: Error) => {
        if (isFinal(error)) reject(error);
      });
    });
  }

  /** After a connection was lost or made. */
  #look(): void {
    if (this.#isClosed || !this.#isConnected) return;
    if (this.client.status !== 'ready' || !this.#records.isReady) {
      this.#outage.begin(redisFault(this.name, new Error('Connection is closed.')) as StoreError);
    } else if (this.#isReplica) void this.#askRole();
    else this.#outage.end();
  }

  async #askRole(): Promise<void> {
    try {
      const [role] = await inTime(this.client.role());
      if (role !== 'master') return;
      this.#isReplica = false;
      this.#outage.end();
    } catch {
      // The next answer, or the next connection, asks again.
    }
  }

  #unreachable(fault: StoreError): void {
    if (this.#isClosed || !this.#isConnected) return;
    this.#outage.begin(fault);
    // By what it says we are connected to a replica, or to a server that no longer has our keys.
    const said = isNativeError(fault.cause) ? fault.cause.message : '';
    // In a cluster its servers say themselves who the master is.
    if (said.startsWith('READONLY') && this.config.topology !== 'cluster') this.#isReplica = true;
    this.#records.follow(/^(READONLY|MOVED)/.test(said));
  }
}
