// A clock that runs `factor` times as fast as the system's, so that days of polling pass in a minute over real
// sockets. No timer fires before its time: a gap that is measured by this clock is never shorter than asked. It
// can be stopped for work that must not seem to take hours, and a machine that stands still for a while takes no time
// either: else a request that is on its way would be hours late, through no fault of anyone.

import type { Clock, Timer } from '../../src/clock.ts';

/** Real time for which a timer sleeps at the most, so that somebody looks at the clock that often. */
const longestSleepMs = 20;
/** Real time between two looks; what is more was spent standing still. */
const longestTurnMs = 50;

export class ScaledClock implements Clock {
  readonly factor: number;
  /** Scoring time at the last look, and the system's time then; none while it stands. */
  #seen: number;
  #seenAt: number | undefined = performance.now();

  constructor(factor: number, start = Date.now()) {
    this.factor = factor;
    this.#seen = start;
  }

  now(): number {
    if (this.#seenAt !== undefined) {
      const at = performance.now();
      this.#seen += Math.min(at - this.#seenAt, longestTurnMs) * this.factor;
      this.#seenAt = at;
    }
    return Math.floor(this.#seen);
  }

  /** Time stands still until `resume`, and no timer fires. */
  pause(): void {
    this.now();
    this.#seenAt = undefined;
  }

  resume(): void {
    this.#seenAt ??= performance.now();
  }

  /** Time passes at once, as over a machine that sleeps: for when nothing runs, as timers under way come late. */
  jump(ms: number): void {
    this.#seen += ms;
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
      handle = setTimeout(hop, Math.min(realMs, longestSleepMs));
    };
    sleep();
    return { cancel: () => clearTimeout(handle) };
  }
}
