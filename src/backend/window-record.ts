// The window of a feed as one text: a flat JSON list, the smallest form that JSON.parse reads quickly. Read only where an
// answer has to be compared with it, and at most once. Knows neither the store nor what the window is for.

import type { EntryKey, WindowEntry } from '../model/entry.ts';

/** Values of a place: keyHash, source and value of the key, id, URL, title, date, absences. */
const width = 8;

/** An id or URL that the key is made of, which is most of them, is not stored twice. */
const asInKey = 1;

/** Texts of windows that were read, and the other way round, so that nobody reads or writes the same twice. */
const texts = new WeakMap<readonly WindowEntry[], string>();

export function windowText(window: readonly WindowEntry[]): string {
  return texts.get(window) ?? JSON.stringify(window.flatMap(valuesOf));
}

/** `undefined` when the text is that of no window. */
export function readWindow(text: string): readonly WindowEntry[] | undefined {
  const flat = parse(text);
  if (!Array.isArray(flat) || flat.length % width !== 0) return undefined;
  const window: WindowEntry[] = [];
  for (let at = 0; at < flat.length; at += width) {
    const place = placeAt(flat, at);
    if (!place) return undefined;
    window.push(place);
  }
  texts.set(window, text);
  return window;
}

function valuesOf({ keyHash, key, id, url, title, datedAt, absences }: WindowEntry): unknown[] {
  const inKey = textOf(key);
  const stored = (text: string | undefined) => (text === inKey ? asInKey : (text ?? null));
  return [
    ...[keyHash, key.source, key.value, stored(id), stored(url)],
    ...[title ?? null, datedAt ?? null, absences ?? null],
  ];
}

function placeAt(flat: readonly unknown[], at: number): WindowEntry | undefined {
  const [keyHash, source, value] = [flat[at], flat[at + 1], flat[at + 2]];
  const [id, url, title] = [flat[at + 3], flat[at + 4], flat[at + 5]];
  const [datedAt, absences] = [flat[at + 6], flat[at + 7]];
  if (typeof keyHash !== 'string' || typeof value !== 'string' || !isSource(source)) return undefined;
  const key = { source, value };
  return {
    keyHash,
    key,
    ...text('id', id === asInKey ? textOf(key) : id),
    ...text('url', url === asInKey ? textOf(key) : url),
    ...text('title', title),
    ...(typeof datedAt === 'number' && { datedAt }),
    ...(typeof absences === 'number' && { absences }),
  };
}

function textOf({ source, value }: EntryKey): string {
  return value.slice(source.length + 1);
}

function isSource(value: unknown): value is EntryKey['source'] {
  return value === 'guid' || value === 'link' || value === 'hash' || value === 'guid+link';
}

function text<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return typeof value === 'string' ? ({ [name]: value } as Partial<Record<Name, string>>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
