// The endpoints of a crash world, one for each way in which deliveries go out: each by itself, in order, several in a request.
// All of them are moody.

import type { Reply } from '../../src/commands/demo/receiver.ts';
import type { Random } from './random.ts';

export interface CrashEndpoint {
  readonly id: string;
  /** What it needs in feeds.yaml beside its address and secret. */
  readonly config: object;
  /** The entries of a feed come in the order in which they were published. */
  readonly isOrdered: boolean;
}

export const crashEndpoints: readonly CrashEndpoint[] = [
  { id: 'each-by-itself', config: {}, isOrdered: false },
  { id: 'in-order', config: { ordering: 'feed' }, isOrdered: true },
  { id: 'in-batches', config: { format: 'jsonfeed', batch: { count: 5, within: '50ms' } }, isOrdered: true },
];

/** Five in a row would open the circuit, and nothing would come for half a minute. */
const mostFailuresInARow = 2;

/** One answer in ten is a 500, one in twenty a reset after reading, and each takes 0 to 4 ms. */
export function moody(random: Random): () => Reply {
  let failures = 0;
  return () => {
    const luck = random.next();
    const delayMs = random.whole(0, 4);
    const isFailure = luck < 0.15 && failures < mostFailuresInARow;
    failures = isFailure ? failures + 1 : 0;
    return { answer: isFailure ? (luck < 0.1 ? 500 : 'reset') : 200, delayMs };
  };
}
