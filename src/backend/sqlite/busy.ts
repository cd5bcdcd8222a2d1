// Waiting for another process that holds the file. node:sqlite blocks the whole process while SQLite waits,
// so SQLite waits only for a moment and the rest of the wait happens here, through the clock.

import { type Clock, wait } from '../../clock.ts';
import { isBusy } from './fault.ts';

/** How long SQLite itself may block the event loop, in milliseconds. */
export const blockingMs = 20;
/** The pause between two tries. */
export const busyPauseMs = 100;
/** After this long, a call is given up as `store-busy`. */
export const busyLimitMs = 5_000;

export async function untilFree<T>(clock: Clock, act: () => T): Promise<T> {
  const since = clock.now();
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error) || clock.now() - since >= busyLimitMs) throw error;
    }
    await wait(clock, busyPauseMs);
  }
}
