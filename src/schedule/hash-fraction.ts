// A stable stand-in for chance: the same text always gives the same fraction, so that a wait computed
// again, by another process or after a restart, is the same wait. Nobody has to be kept from guessing it.

/** From 0 up to, never reaching, 1. FNV-1a, then the last steps of MurmurHash3, so that texts alike lie apart. */
export function hashFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
