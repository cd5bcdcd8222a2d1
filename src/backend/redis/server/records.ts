// The client behind Keyv. All our keys lie in one slot and so have one master: this is a plain connection to it, whatever the
// topology, and it moves when the master does. node-redis has clients for sentinels and clusters, but the one asks the sentinels
// without a pause while there is no master and prints to standard output, and Keyv's adapter reads many keys past the
// redirections of the other.

import KeyvRedis, { type RedisConnectionClientType } from '@keyv/redis';
import type { Keyv } from 'keyv';
import type { RedisNode, RedisStoreConfig } from '../../../config/config.ts';
import { isFinal } from './fault.ts';
import { inTime } from './in-time.ts';
import { openKeyv } from './keyv-redis.ts';
import { createNodeRedis } from './topology.ts';

export class Records {
  readonly #config: RedisStoreConfig;
  readonly #findMaster: () => Promise<RedisNode>;
  readonly #changed: () => void;
  readonly #keyvs: Keyv<string>[] = [];
  #client: RedisConnectionClientType | undefined;
  #node: RedisNode | undefined;
  #following: Promise<void> | undefined;
  #isClosed = false;

  /** `changed` is told that the connection was lost or made. */
  constructor(config: RedisStoreConfig, findMaster: () => Promise<RedisNode>, changed: () => void) {
    this.#config = config;
    this.#findMaster = findMaster;
    this.#changed = changed;
  }

  get isReady(): boolean {
    return this.#client?.isReady ?? false;
  }

  /** Keys are `{namespace}:key`. */
  open(namespace: string): Keyv<string> {
    if (!this.#client) throw new Error('the records are opened before they are connected');
    const keyv = openKeyv(this.#client, namespace);
    this.#keyvs.push(keyv);
    return keyv;
  }

  send(command: readonly string[]): Promise<unknown> {
    if (!this.#client) throw new Error('the records are asked before they are connected');
    return this.#client.sendCommand([...command]);
  }

  /** To the master that there is now. */
  async connect(): Promise<void> {
    const node = await this.#findMaster();
    const client = createNodeRedis(this.#config, node);
    let met: Error | undefined;
    // It tries again for ever, also where that does not help.
    const refused = new Promise<never>((_, reject) => {
      client.on('error', (error: Error) => {
        met = error;
        if (isFinal(error)) reject(error);
        this.#lost();
      });
    });
    client.on('ready', () => this.#changed());
    try {
      await inTime(Promise.race<unknown>([client.connect(), refused]));
    } catch (error) {
      if (client.isOpen) client.destroy();
      throw met ?? error;
    }
    if (this.#isClosed) return client.destroy();
    this.#replace(client, node);
  }

  /** The master may have moved: looks where it is. `isCertain`: what we are connected to is none. */
  follow(isCertain: boolean): void {
    if (this.#isClosed || !this.#client) return;
    this.#following ??= this.#move(isCertain)
      .catch(() => {})
      .finally(() => {
        this.#following = undefined;
      });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#client?.isOpen) this.#client.destroy();
  }

  async #move(isCertain: boolean): Promise<void> {
    const { host, port } = await this.#findMaster();
    if (this.#isClosed || (!isCertain && host === this.#node?.host && port === this.#node.port)) return;
    await this.connect();
  }

  #lost(): void {
    this.#changed();
    // It tries again by itself where it was; that is where the master of a single server stays.
    if (this.#config.topology !== 'single') this.follow(false);
  }

  #replace(client: RedisConnectionClientType, node: RedisNode): void {
    const former = this.#client;
    this.#client = client;
    this.#node = node;
    for (const keyv of this.#keyvs) {
      if (keyv.store instanceof KeyvRedis) keyv.store.client = client;
    }
    if (former?.isOpen) former.destroy();
    this.#changed();
  }
}
