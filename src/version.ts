// The version of this program, from package.json, and the User-Agent made from it.

import { readFileSync } from 'node:fs';

export const version: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;

/** Program, version and a contact, never a browser's name. */
export function userAgent(contact: string | undefined): string {
  return contact === undefined ? `feedhook/${version}` : `feedhook/${version} (+${contact})`;
}
