// A publisher that moves to https, drops `www`'s capital letters or adds utm_ parameters changes every URL-like
// id at once. Such a key is read as the known one that it only spells differently, and the entry goes on
// under the known key. Never when one document holds both, or two spellings are known: then the publisher
// tells them apart.

import type { EntryKey, KnownEntry } from '../model/entry.ts';
import { type CanonicalUrl, canonicalUrl, spellings } from './canonical-url.ts';
import { type IdentifiedEntry, identified } from './identified-entry.ts';

export function knownSpelling(
  items: readonly IdentifiedEntry[],
  known: ReadonlyMap<string, KnownEntry>,
): readonly IdentifiedEntry[] {
  if (known.size === 0 || items.every(({ keyHash }) => known.has(keyHash))) return items;
  const crowded = crowdedKeys(items);
  const odd = oddSpellings(known);
  return items.map((item) => {
    const url = known.has(item.keyHash) ? undefined : urlOf(item.key);
    if (!url || crowded.has(aliasText(item.key, url))) return item;
    const candidates = [...spellings(url), ...(odd.get(url.place + url.rest) ?? [])];
    const aliases = candidates
      .map((text) => identified(item.entry, respelled(item.key, text)))
      .filter(({ keyHash }) => known.has(keyHash));
    return aliases.length === 1 ? (aliases[0] ?? item) : item;
  });
}

/** What the memory must keep so that this key can be found from another spelling of it. */
export function spellingToKeep(key: EntryKey): string | undefined {
  const url = urlOf(key);
  const text = urlText(key);
  return url && !spellings(url).includes(text) ? text : undefined;
}

function urlOf(key: EntryKey): CanonicalUrl | undefined {
  return key.source === 'guid' || key.source === 'link' ? canonicalUrl(urlText(key)) : undefined;
}

function urlText(key: EntryKey): string {
  return key.value.slice(key.source.length + 1);
}

function respelled({ source }: EntryKey, url: string): EntryKey {
  return { source, value: `${source}:${url}` };
}

function aliasText({ source }: EntryKey, { place, rest }: CanonicalUrl): string {
  return `${source}:${place}${rest}`;
}

/** Canonical texts that this very document spells in more than one way. */
function crowdedKeys(items: readonly IdentifiedEntry[]): Set<string> {
  const spelledAs = new Map<string, string>();
  const crowded = new Set<string>();
  for (const { key } of items) {
    const url = urlOf(key);
    if (!url) continue;
    const alias = aliasText(key, url);
    if ((spelledAs.get(alias) ?? key.value) !== key.value) crowded.add(alias);
    spelledAs.set(alias, key.value);
  }
  return crowded;
}

/** Canonical text -> the known spellings that cannot be made from it; two of them show that spelling matters. */
function oddSpellings(known: ReadonlyMap<string, KnownEntry>): Map<string, string[]> {
  const odd = new Map<string, string[]>();
  for (const { spelling } of known.values()) {
    const url = spelling === undefined ? undefined : canonicalUrl(spelling);
    if (!url || spelling === undefined) continue;
    const alias = url.place + url.rest;
    const others = odd.get(alias);
    if (!others) odd.set(alias, [spelling]);
    else if (others.length < 2) others.push(spelling);
  }
  return odd;
}
