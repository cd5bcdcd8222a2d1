// An entry beside what it is known by.

import { hash } from 'node:crypto';
import type { Entry, EntryKey } from '../model/entry.ts';

export interface IdentifiedEntry {
  readonly entry: Entry;
  readonly key: EntryKey;
  /** SHA-256 of the key's value, base64url: what the memory knows the entry by. Whole, never a prefix. */
  readonly keyHash: string;
  /** The `keyHash` of the id or link that this entry and others bear. */
  readonly sharedHash?: string;
}

export function identified(entry: Entry, key: EntryKey): IdentifiedEntry {
  return { entry, key, keyHash: keyHashOf(key.value) };
}

export function keyHashOf(value: string): string {
  return hash('sha256', value, 'base64url');
}
