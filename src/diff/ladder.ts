// The ladder of docs/entries.md: what an entry may be known by. The rung is chosen once per feed from the entries of
// its first document that has any; later documents never change it. Dates are on no rung.

import { hash } from 'node:crypto';
import type { Entry, EntryKey, Rung } from '../model/entry.ts';
import { bodyOf, contentOf, hasText, linkOf, titleOf } from './entry-fields.ts';

// An entry without its rung takes the next one alone. Identity by any rung beats none, so the ladder goes
// on at its top: an entry of a `hash` feed that has only an id is known by the id.
const ladders: Readonly<Record<Rung, readonly Rung[]>> = {
  guid: ['guid', 'link', 'hash'],
  link: ['link', 'hash', 'guid'],
  hash: ['hash', 'link', 'guid'],
};

// Two entries under one id may be versions of one (RFC 4287 §4.1.1); so many are a generator that ignores ids.
const fewestAlike = 5;

/**
 * The highest rung that at least half of the entries have: one stray id must not make a feed of links
 * into one of ids, nor one missing id the other way round. Ids that most entries share with others are
 * none: the feed's address as the guid of every item would make one entry of them all. No entries: `guid`.
 */
export function chooseRung(entries: readonly Entry[]): Rung {
  const usable = entries.filter(isIdentifiable);
  const atLeastHalf = (has: (entry: Entry) => boolean) => usable.filter(has).length * 2 >= usable.length;
  if (atLeastHalf(({ id }) => hasText(id)) && tellApart(usable.flatMap(({ id }) => id?.trim() || [])))
    return 'guid';
  return atLeastHalf(({ url }) => hasText(url)) ? 'link' : 'hash';
}

function tellApart(ids: readonly string[]): boolean {
  return ids.length < fewestAlike || new Set(ids).size * 2 >= ids.length;
}

/** False for an entry with no id, link, title or text: nothing could ever recognise it. */
export function isIdentifiable(entry: Entry): boolean {
  return hasText(entry.id) || hasText(entry.url) || hasText(entry.title) || bodyOf(entry) !== '';
}

export function ladderKey(entry: Entry, rung: Rung): EntryKey | undefined {
  for (const step of ladders[rung]) {
    const key = stepKey(entry, step);
    if (key) return key;
  }
  return undefined;
}

/**
 * The key of an entry whose id or link belongs to another entry: the id with the link, else title and text.
 * `guid+link` holds the link in its canonical spelling, so that these keys need no aliases.
 */
export function narrowedKey(entry: Entry, shared: EntryKey): EntryKey | undefined {
  const link = linkOf(entry);
  if (shared.source === 'guid' && link !== undefined) {
    return { source: 'guid+link', value: `guid+link:${shared.value.slice('guid:'.length)} ${link}` };
  }
  return stepKey(entry, 'hash');
}

function stepKey(entry: Entry, step: Rung): EntryKey | undefined {
  switch (step) {
    case 'guid':
      return hasText(entry.id) ? { source: 'guid', value: `guid:${entry.id.trim()}` } : undefined;
    case 'link':
      return hasText(entry.url) ? { source: 'link', value: `link:${entry.url.trim()}` } : undefined;
    case 'hash':
      return hashKey(titleOf(entry), contentOf(entry));
  }
}

function hashKey(title: string, text: string): EntryKey | undefined {
  if (title === '' && text === '') return undefined;
  return { source: 'hash', value: `hash:${hash('sha256', `${title}\0${text}`, 'hex')}` };
}
