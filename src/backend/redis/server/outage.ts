// Whether Redis answers, told once when it stops and once when it begins again.

import type { Clock } from '../../../clock.ts';
import type { StoreError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';

export class Outage {
  readonly #clock: Clock;
  readonly #log: Log;
  #since: number | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get isOn(): boolean {
    return this.#since !== undefined;
  }

  begin({ code, message }: StoreError): void {
    if (this.#since !== undefined) return;
    this.#since = this.#clock.now();
    this.#log.error({ code, reason: message }, 'store-unreachable');
  }

  end(): void {
    if (this.#since === undefined) return;
    const forMs = this.#clock.now() - this.#since;
    this.#since = undefined;
    this.#log.info({ forMs }, 'store-reachable');
  }
}
