// A clock that runs `factor` times as fast as the system's, so that days of polling pass in a minute over real
// sockets. No timer fires before its time: a gap that is measured by this clock is never shorter than asked. It
// can be stopped for work that must not seem to take hours.

import type { Clock, Timer } from '../../src/clock.ts';

// The longest wait that setTimeout knows.
const longestTimeoutMs = 2_147_483_647;

export class ScaledClock implements Clock {
  readonly factor: number;
  /** Scoring time when the clock last began to run, and the system's time then; none while it stands. */
  #from: number;
  #began: number | undefined = performance.now();

  constructor(factor: number, start = Date.now()) {
    this.factor = factor;
    this.#from = start;
  }

  now(): number {
    const ranMs = this.#began === undefined ? 0 : performance.now() - this.#began;
    return Math.floor(this.#from + ranMs * this.factor);
  }

  /** Time stands still until `resume`, and no timer fires. */
  pause(): void {
    this.#from = this.now();
    this.#began = undefined;
  }

  resume(): void {
    this.#began ??= performance.now();
  }

  /** Time passes at once, as over a machine that sleeps: for when nothing runs, as timers under way come late. */
  jump(ms: number): void {
    this.#from += ms;
  }

  startTimer(delayMs: number, run: () => void): Timer {
    const endsAt = this.now() + Math.max(0, delayMs || 0);
    let handle: NodeJS.Timeout;
    const hop = () => {
      if (this.now() >= endsAt) run();
      else sleep();
    };
    const sleep = () => {
      const realMs = Math.max(1, Math.ceil((endsAt - this.now()) / this.factor));
      handle = setTimeout(hop, Math.min(realMs, longestTimeoutMs));
    };
    sleep();
    return { cancel: () => clearTimeout(handle) };
  }
}
