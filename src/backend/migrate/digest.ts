// What tells whether two stores hold the same: how many records, and a sum over them that does not depend on their order, since
// each store gives them in its own.

import { createHash } from 'node:crypto';
import type { PortableRecord } from '../../model/portable.ts';

const modulus = 1n << 256n;

export class Digest {
  count = 0;
  #sum = 0n;

  add(record: PortableRecord): void {
    this.count += 1;
    const hash = createHash('sha256').update(canonical(record)).digest('hex');
    this.#sum = (this.#sum + BigInt(`0x${hash}`)) % modulus;
  }

  equals(other: Digest): boolean {
    return this.count === other.count && this.#sum === other.#sum;
  }
}

/** The same text whatever the order of the fields. */
export function canonical(record: PortableRecord): string {
  const fields = Object.entries(record).filter(([, value]) => value !== undefined);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
