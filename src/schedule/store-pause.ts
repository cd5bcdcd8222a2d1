// While the store fails nothing is polled: a request whose answer cannot be kept is a request too many. Says
// so once when it begins and once when it is over, however many lanes meet the same fault.

import type { Clock } from '../clock.ts';
import type { Code, StoreError } from '../errors.ts';
import type { Log } from '../log.ts';

export class StorePause {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #retryMs: number;
  #until = 0;
  #fault: Code | undefined;

  constructor(clock: Clock, log: Log, retryMs: number) {
    this.#clock = clock;
    this.#log = log;
    this.#retryMs = retryMs;
  }

  /** Epoch ms before which no lane should run. */
  get until(): number {
    return this.#until;
  }

  /** The code of the fault that lasts. */
  get fault(): Code | undefined {
    return this.#fault;
  }

  begin({ code, message }: StoreError): void {
    this.#until = this.#clock.now() + this.#retryMs;
    if (this.#fault === undefined) {
      this.#log.error({ code, reason: message, retryMs: this.#retryMs }, 'store-fault');
    }
    this.#fault = code;
  }

  /** The store did what it was asked. */
  end(): void {
    if (this.#fault === undefined) return;
    this.#log.info({ code: this.#fault }, 'store-recovered');
    this.#fault = undefined;
    this.#until = 0;
  }
}
