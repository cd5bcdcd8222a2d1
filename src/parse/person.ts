// People as feeds write them in one line: `ann@example.org (Ann)`, `Ann <ann@example.org>`, or just a name.
// RSS 2.0 author: https://www.rssboard.org/rss-specification#ltauthorgtSubelementOfLtitemgt

import type { Person } from '../model/entry.ts';
import { plainTitle } from './text.ts';

const address = /[^\s<>()[\]:;,"]{1,64}@[^\s<>()[\]:;,"]{1,255}/;

export function readPerson(text: string | undefined): Person | undefined {
  if (!text) return undefined;
  const email = address.exec(text.slice(0, 1000))?.[0];
  if (email === undefined) return text.trim() === '' ? undefined : { name: plainTitle(text) };
  const rest = text
    .replace(email, ' ')
    .replace(/mailto:/i, ' ')
    .replace(/[<>()[\]"]/g, ' ')
    .replace(/^[\s,;]+|[\s,;]+$/g, '');
  const name = plainTitle(rest);
  return name === '' ? { email } : { name, email };
}

/** Nobody reads more, no webhook body holds more, and each person is compared with those before. */
export const mostPeople = 100;

/** One person once: the same name may stand in author, dc:creator and itunes:author. */
export function mergePeople(people: readonly (Person | undefined)[]): Person[] {
  const merged: Person[] = [];
  for (const person of people) {
    if (merged.length === mostPeople) break;
    if (person === undefined) continue;
    const at = merged.findIndex((known) => isSame(known, person));
    const known = merged[at];
    if (known === undefined) merged.push(person);
    else merged[at] = { ...person, ...known };
  }
  return merged;
}

function isSame(one: Person, other: Person): boolean {
  if (one.name !== undefined && other.name !== undefined) return one.name === other.name;
  return one.email !== undefined && one.email === other.email;
}
