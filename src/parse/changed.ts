// Reads a document whose entries were mostly read before. An entry whose text has not changed by a character, in
// a document whose surroundings are the same, says the same: it is taken from what is remembered, and only the
// rest is parsed. What comes out is what parse() would give, which also reads whatever is unusual here.

import type { Entry } from '../model/entry.ts';
import type { ParsedFeed, ParseFlaw } from '../model/feed.ts';
import { detect, type Prolog } from './detect.ts';
import { type EntrySlice, sliceEntries } from './entry-slices.ts';
import { checkEntries, checkReferences } from './limits.ts';
import { hasControls, type ParseInput, parse } from './parse.ts';
import { SeenEntries } from './seen-entries.ts';

/** What one document leaves for the next. */
export interface SeenDocument {
  /** All that its entries could depend on besides their own text. */
  readonly context: string;
  readonly entries: SeenEntries;
  /** Length of its text. */
  readonly length: number;
}

export interface ReadDocument {
  readonly feed: ParsedFeed;
  /** Absent when nothing of this document can be of use to the next. */
  readonly seen?: SeenDocument;
}

export function readChanged(input: ParseInput, before?: SeenDocument): ReadDocument {
  return (before && tryRest(input, before)) ?? readWhole(input);
}

const nothingSeen = new SeenEntries();

function readWhole(input: ParseInput): ReadDocument {
  const feed = parse(input);
  const prolog = hasControls(input.text) ? undefined : prologOf(input.text);
  if (prolog === undefined) return { feed };
  const sliced = sliceEntries(input.text, prolog.rootStart, input.limits, nothingSeen);
  if (sliced === undefined) return { feed };
  const context = contextOf(input, sliced.surroundings);
  return withMemory(feed, sliced.slices, context, input.text.length);
}

/** Whatever is refused here gets its reason from the full parse. */
function tryRest(input: ParseInput, before: SeenDocument): ReadDocument | undefined {
  try {
    return readRest(input, before);
  } catch {
    return undefined;
  }
}

function readRest(input: ParseInput, before: SeenDocument): ReadDocument | undefined {
  const { text, limits } = input;
  const prolog = prologOf(text);
  if (prolog === undefined) return undefined;
  const sliced = sliceEntries(text, prolog.rootStart, limits, before.entries);
  if (sliced === undefined) return undefined;
  const { slices, rest } = sliced;
  const context = contextOf(input, sliced.surroundings);
  // parse() removes control characters, and with one less a mark may begin that hides a slice. No slice holds any.
  if (context !== before.context || hasControls(rest)) return undefined;
  checkReferences(text, limits);
  checkEntries(slices.length, limits);
  const feed = parse({ ...input, text: rest });
  const whole = withKnown(feed, slices);
  return whole && withMemory(whole, slices, context, text.length);
}

/** `undefined` where the full parse has to do: JSON, and entities of a document's own, which may run out. */
function prologOf(text: string): Prolog | undefined {
  const document = detect(text);
  const isUsual = document.kind === 'xml' && !document.prolog.doctype.includes('[');
  return isUsual ? document.prolog : undefined;
}

/** A DOCTYPE without entities says nothing of entries, so it is no part of it. */
function contextOf({ url, limits }: ParseInput, surroundings: string): string {
  return JSON.stringify([url, limits]) + surroundings;
}

/** Puts the known entries back between those that were read; `undefined` when the reader counts differently. */
function withKnown(feed: ParsedFeed, slices: readonly EntrySlice[]): ParsedFeed | undefined {
  const entries: Entry[] = [];
  const places: number[] = [];
  for (const [place, { known }] of slices.entries()) {
    const entry = known === undefined ? feed.entries[places.length] : known.entry;
    if (entry === undefined) return undefined;
    if (known === undefined) places.push(place);
    entries.push(entry);
  }
  if (places.length !== feed.entries.length) return undefined;
  return { ...feed, entries, flaws: feed.flaws.map((flaw) => atPlace(flaw, places)) };
}

function atPlace({ message, entryIndex }: ParseFlaw, places: readonly number[]): ParseFlaw {
  const place = entryIndex === undefined ? undefined : places[entryIndex];
  return place === undefined ? { message } : { message, entryIndex: place };
}

function withMemory(
  feed: ParsedFeed,
  slices: readonly EntrySlice[],
  context: string,
  length: number,
): ReadDocument {
  if (slices.length !== feed.entries.length) return { feed };
  const flawed = new Set(feed.flaws.map(({ entryIndex }) => entryIndex));
  const entries = new SeenEntries();
  for (const [at, entry] of feed.entries.entries()) {
    const slice = slices[at];
    // A flaw would have to be told again.
    if (slice !== undefined && !flawed.has(at)) entries.add({ text: slice.text, tags: slice.tags, entry });
  }
  return { feed, seen: { context, entries, length } };
}
