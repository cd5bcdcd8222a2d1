// A stable stand-in for chance: the same text always gives the same fraction, so that a wait computed
// again, by another process or after a restart, is the same wait.

import { hash } from 'node:crypto';

/** From 0 up to, never reaching, 1. */
export function hashFraction(text: string): number {
  return hash('sha256', text, 'buffer').readUIntBE(0, 6) / 2 ** 48;
}
