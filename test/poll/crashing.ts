// A crash at one line of a poll: its n-th write never happens, nor any after it.

import type { PollTools } from '../../src/poll.ts';
import type { Backend } from '../../src/ports.ts';

export class Crash extends Error {}

/** The store and the queue of a process that dies before write `n` of those in `writes`. */
export function crashingAt(
  { store, deliveries }: Backend,
  writes: readonly string[],
  n: number,
): Pick<PollTools, 'store' | 'queue'> {
  let made = 0;
  const guarded = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const member = Reflect.get(object, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (writes.includes(String(name)) && made++ >= n) return Promise.reject(new Crash(String(name)));
          return Reflect.apply(member, object, args);
        };
      },
    });
  return { store: guarded(store), queue: guarded(deliveries) };
}
