// The time limit of one call to Redis. The clients' own limits do not end each call: that of node-redis ends when the command
// was written, and ioredis waits for ever for a connection that is being made.

import { systemClock } from '../../../clock.ts';

/** Each call is answered, or rejected, within this many ms. */
export const callMs = 5_000;

/** Its message is worded by fault.ts. */
export class NoAnswer extends Error {}

/** What `call` resolves to; rejects with NoAnswer when that takes longer than `limitMs`. */
export function inTime<T>(call: Promise<T>, limitMs = callMs): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.startTimer(limitMs, () => {
      reject(new NoAnswer(`no answer within ${limitMs / 1_000} s`));
    });
    call.then(resolve, reject).finally(() => timer.cancel());
  });
}
