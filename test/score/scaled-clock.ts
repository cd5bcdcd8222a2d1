// A clock that runs `factor` times as fast as the system's, so that days of polling pass in a minute over real
// sockets. No timer fires before its time: a gap that is measured by this clock is never shorter than asked.

import type { Clock, Timer } from '../../src/clock.ts';

// The longest wait that setTimeout knows.
const longestTimeoutMs = 2_147_483_647;

export class ScaledClock implements Clock {
  readonly factor: number;
  readonly #start: number;
  readonly #began = performance.now();

  constructor(factor: number, start = Date.now()) {
    this.factor = factor;
    this.#start = start;
  }

  now(): number {
    return Math.floor(this.#start + (performance.now() - this.#began) * this.factor);
  }

  startTimer(delayMs: number, run: () => void): Timer {
    const endsAt = this.now() + Math.max(0, delayMs || 0);
    let handle: NodeJS.Timeout;
    const hop = () => {
      if (this.now() >= endsAt) run();
      else sleep();
    };
    const sleep = () => {
      const realMs = Math.ceil((endsAt - this.now()) / this.factor);
      handle = setTimeout(hop, Math.min(realMs, longestTimeoutMs));
    };
    sleep();
    return { cancel: () => clearTimeout(handle) };
  }
}
