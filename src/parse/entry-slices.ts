// Finds the entries of a document as slices of its text, and what stands round them. A slice that is known, to the
// character, from a document that was proven whole is not read again: marks are cut from left to right, so what
// they were there they are here. All else is walked as ever. Decides nothing about what entries say.

import type { ParseLimits } from './limits.ts';
import type { MarkReader } from './markup.ts';
import { entryNames, localName } from './names.ts';
import type { SeenEntries, SeenEntry } from './seen-entries.ts';
import { type Visitor, walk } from './walk.ts';

export interface EntrySlice {
  /** From its start tag to its end tag. */
  readonly text: string;
  /** For how many tags it counts. */
  readonly tags: number;
  /** What the document before said with these characters. */
  readonly known?: SeenEntry;
}

export interface SlicedDocument {
  readonly slices: readonly EntrySlice[];
  /** The document without its known slices. */
  readonly rest: string;
  /** What stands outside all entries, but for white space and the dates that each new entry changes. */
  readonly surroundings: string;
}

/** `undefined` for a document that is not well-formed, or whose entries do not stand side by side. */
export function sliceEntries(
  text: string,
  rootStart: number,
  limits: ParseLimits,
  known: SeenEntries,
): SlicedDocument | undefined {
  const slicer = new Slicer(text, rootStart, known);
  const end = walk(text, rootStart, limits, slicer);
  return end === undefined ? undefined : slicer.finish(end);
}

/** Of the channel or the feed: they say when it changed, and no entry takes them for its own date. */
const volatileNames: ReadonlySet<string> = new Set([
  'lastbuilddate',
  'pubdate',
  'updated',
  'modified',
  'date',
  'totalresults',
]);

class Slicer implements Visitor {
  readonly #text: string;
  readonly #known: SeenEntries;
  readonly #slices: EntrySlice[] = [];
  #surroundings = '';
  #rest = '';
  /** How far the text has been copied to either. */
  #surrounded: number;
  #rested = 0;
  /** The entry that is open: its depth, start, and the tags before it; depth 0 when none is. */
  #depth = 0;
  #start = 0;
  #tags = 0;
  /** Depth of all entries; 0 before the first. */
  #home = 0;
  /** The element that holds the entries was closed: further ones would stand in another. */
  #isOver = false;
  #isIrregular = false;
  #isInChannel = false;
  /** Behind the start tag before this mark, -1 behind any other mark. */
  #inside = -1;

  constructor(text: string, rootStart: number, known: SeenEntries) {
    this.#text = text;
    this.#known = known;
    this.#surrounded = rootStart;
  }

  open(reader: MarkReader, name: string, depth: number, tags: number): number {
    if (this.#depth !== 0) return 0;
    this.#inside = reader.end;
    if (depth === 2) this.#isInChannel = localName(name) === 'channel';
    if (!this.#isEntry(name, depth)) return 0;
    this.#enter(reader.start, depth);
    const skipped = this.#skip(reader);
    if (skipped !== 0) return skipped;
    this.#depth = depth;
    this.#start = reader.start;
    this.#tags = tags;
    return 0;
  }

  close(reader: MarkReader, name: string, depth: number, tags: number): void {
    if (this.#depth === depth) {
      const slice = this.#text.substring(this.#start, reader.end);
      this.#add({ text: slice, tags: tags - this.#tags }, reader.end);
      this.#depth = 0;
    } else if (this.#depth === 0) {
      if (depth === this.#home - 1) this.#isOver = true;
      const isVolatile = this.#inside !== -1 && volatileNames.has(localName(name));
      if (isVolatile) this.#leaveOut(this.#inside, reader.start);
    }
    this.#inside = -1;
  }

  empty(reader: MarkReader, depth: number): void {
    if (this.#depth === 0 && this.#isEntry(reader.name, depth)) {
      this.#enter(reader.start, depth);
      this.#add({ text: '', tags: 0 }, reader.end);
    }
    this.#inside = -1;
  }

  cdata(): void {
    this.#inside = -1;
  }

  comment(): void {
    this.#inside = -1;
  }

  finish(end: number): SlicedDocument | undefined {
    if (this.#isIrregular) return undefined;
    this.#leaveOut(end, end);
    return {
      slices: this.#slices,
      rest: this.#rest + this.#text.substring(this.#rested),
      surroundings: this.#surroundings,
    };
  }

  /** In the channel, or beside it as RSS 1.0 and Atom have them. */
  #isEntry(name: string, depth: number): boolean {
    return (depth === 2 || (depth === 3 && this.#isInChannel)) && entryNames.has(localName(name));
  }

  #enter(start: number, depth: number): void {
    if (this.#home !== 0 && (this.#home !== depth || this.#isOver)) this.#isIrregular = true;
    this.#leaveOut(start, start);
    // Entries in another place would be other entries: xml:lang and xml:base reach some places and not others.
    if (this.#home === 0) this.#surroundings += '\0';
    this.#home = depth;
  }

  #skip(reader: MarkReader): number {
    const known = this.#known.find(this.#text, reader.start);
    if (known === undefined) return 0;
    const end = reader.start + known.text.length;
    const text = this.#text.substring(reader.start, end);
    this.#rest += this.#text.substring(this.#rested, reader.start);
    this.#rested = end;
    this.#add({ text, tags: known.tags, known }, end);
    reader.end = end;
    return known.tags;
  }

  #add(slice: EntrySlice, end: number): void {
    this.#slices.push(slice);
    this.#surrounded = end;
  }

  #leaveOut(from: number, to: number): void {
    this.#surroundings += this.#text.substring(this.#surrounded, from).trim();
    this.#surrounded = to;
  }
}
