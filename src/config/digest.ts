// One short word for what a configuration means, the same in every process that means the same. By it processes that share a
// store tell whether they have the same feeds.yaml. What may differ between their machines does not count, nor do comments,
// the order of keys, or how a value was written.

import { createHash } from 'node:crypto';
import type { Config } from './config.ts';
import { Secret } from './secret.ts';

/** Where a machine keeps the file, listens and logs, and how it reaches the store that all of them share. */
const ownOfMachine = ['file', 'warnings', 'server', 'logLevel', 'store'] as const satisfies (keyof Config)[];

/** SHA-256 in hex. A secret enters it as a hash, so that no text that is made on the way holds one. */
export function configDigest(config: Config): string {
  const shared = Object.fromEntries(
    Object.entries(config).filter(([key]) => !(ownOfMachine as readonly string[]).includes(key)),
  );
  return sha256(canonical(shared));
}

/** As JSON, with keys in order. Lists keep theirs: the first of several feeds or secrets may mean something. */
function canonical(value: unknown): string {
  if (value instanceof Secret) return `secret ${sha256(value.reveal())}`;
  if (value instanceof Map) return `map ${members([...value])}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === 'object' && value !== null) return `{${members(Object.entries(value))}}`;
  // JSON knows no Infinity.
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** What is compiled from a text (a pattern's `test`) is left out: the text stands beside it. */
function members(entries: readonly (readonly [string, unknown])[]): string {
  return entries
    .filter(([, value]) => value !== undefined && typeof value !== 'function')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`)
    .join();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
