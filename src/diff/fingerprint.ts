// Digests that tell versions of an entry apart: one per field, so that an update can name what changed.
// Which texts are digested is decided in entry-fields.ts.

import { hash } from 'node:crypto';
import type { Entry, KnownEntry } from '../model/entry.ts';
import { entryFields, type FieldName, fieldNames } from './entry-fields.ts';

/** The digest of a field that the entry lacks. */
export const nothing = digest('');

// An entry that a document shows unchanged may be the very object of the document before, and then costs no digest.
const prints = new WeakMap<Entry, string>();

/** 64 bits a field, in the order of `fieldNames`, joined by a dot. */
export function fingerprint(entry: Entry): string {
  const made = prints.get(entry);
  if (made !== undefined) return made;
  const fields = entryFields(entry);
  const print = fieldNames.map((name) => digest(fields[name])).join('.');
  prints.set(entry, print);
  return print;
}

/** The digest of one field within a fingerprint. */
export function fieldDigest(print: KnownEntry['fingerprint'], name: FieldName): string {
  return print.split('.')[fieldNames.indexOf(name)] ?? nothing;
}

export function changedFields(before: string, after: string): FieldName[] {
  if (before === after) return [];
  return fieldNames.filter((name) => fieldDigest(before, name) !== fieldDigest(after, name));
}

/** The whole digest, as receivers see it. */
export function contentHash(entry: Entry): string {
  const fields = entryFields(entry);
  return `sha256:${hash('sha256', fieldNames.map((name) => fields[name]).join('\0'), 'hex')}`;
}

function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16);
}
