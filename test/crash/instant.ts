// When the daemon is killed: a third of the kills at a moment within 60 ms of the burst, a third
// within 3 ms of the n-th 200 leaving the origin, a third within 3 ms of the n-th request reaching a receiver.
// Kills aligned to events find what evenly spread ones do not: the gap between two writes is a millisecond wide.

import type { Origin, OriginAnswer } from '../../src/commands/demo/origin.ts';
import type { Receiver } from '../../src/commands/demo/receiver.ts';
import type { Random } from './random.ts';

export interface Instant {
  readonly kind: 'burst' | 'answer' | 'request';
  /** Which event it follows; 0 for `burst`. */
  readonly nth: number;
  readonly delayMs: number;
}

export function pickInstant(random: Random, feeds: number, deliveries: number): Instant {
  const kind = random.pick(['burst', 'answer', 'request'] as const);
  switch (kind) {
    case 'burst':
      return { kind, nth: 0, delayMs: random.between(0, 60) };
    case 'answer':
      return { kind, nth: random.whole(1, feeds), delayMs: random.between(0, 3) };
    case 'request':
      return { kind, nth: random.whole(1, deliveries), delayMs: random.between(0, 3) };
  }
}

/** Resolves at the instant, counted from now; after `limitMs` the event no longer matters and it is now. */
export function reached(
  { kind, nth, delayMs }: Instant,
  origin: Origin,
  receivers: readonly Receiver[],
  limitMs: number,
): Promise<void> {
  if (kind === 'burst') return preciseWait(delayMs);
  return new Promise((resolve) => {
    let seen = 0;
    const onAnswer = ({ status }: OriginAnswer) => status === 200 && kind === 'answer' && count();
    const onRequest = () => kind === 'request' && count();
    const count = () => {
      seen += 1;
      if (seen === nth) end(delayMs);
    };
    const end = (afterMs: number) => {
      clearTimeout(limit);
      origin.off('answer', onAnswer);
      for (const receiver of receivers) receiver.off('request', onRequest);
      resolve(preciseWait(afterMs));
    };
    const limit = setTimeout(() => end(0), limitMs);
    origin.on('answer', onAnswer);
    for (const receiver of receivers) receiver.on('request', onRequest);
  });
}

/** A timer would round to whole milliseconds; turns of the event loop do not, and servers go on answering. */
async function preciseWait(delayMs: number): Promise<void> {
  const end = performance.now() + delayMs;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}
