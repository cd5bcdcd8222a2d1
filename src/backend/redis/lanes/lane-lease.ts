// How long a lane is ours: from when its job was handed to us for the time of BullMQ's lock, and on from each renewal. Judged by
// our own clock too: who cannot reach the server, or was stopped, cannot be told that another has taken over.

import type { Clock, Timer } from '../../../clock.ts';

export class LaneLease {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #onLoss: () => void;
  readonly #controller = new AbortController();
  #timer: Timer | undefined;
  #isLost = false;

  constructor(clock: Clock, leaseMs: number, onLoss: () => void) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#onLoss = onLoss;
    this.renew();
  }

  /** Aborts when the lease is lost or the work is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  renew(): void {
    if (this.#isLost) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.startTimer(this.#leaseMs, () => this.lose());
  }

  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.end();
    this.#onLoss();
    this.abort();
  }

  abort(): void {
    this.#controller.abort();
  }

  end(): void {
    this.#timer?.cancel();
  }
}
