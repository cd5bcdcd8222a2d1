// Makes a badly nested document well-formed, so that one broken entry does not take the others with it.
// HTML written unescaped into a text element is closed like a browser would; an entry whose own elements
// are broken is left out with a flaw, because half an entry would be known by the wrong key. What is cut
// off stays refused: only an end tag of the root ends a document.

import { ParseError } from '../errors.ts';
import type { ParseFlaw } from '../model/feed.ts';
import { checkDepth, checkTags, type ParseLimits, tagWeight } from './limits.ts';
import { MarkReader } from './markup.ts';
import { entryNames, localName, textNames, voidNames } from './names.ts';

export interface MendedDocument {
  readonly root: string;
  /** Where the root ended in the text given. */
  readonly end: number;
  readonly flaws: readonly ParseFlaw[];
}

export function mend(text: string, rootStart: number, limits: ParseLimits): MendedDocument {
  return new Mender(text, rootStart, limits).run();
}

// A document can be broken at each tag; nobody reads more than a few.
const maxFlaws = 100;

interface OpenEntry {
  readonly name: string;
  /** Depth of the entry's element, counted from 1. */
  readonly depth: number;
  /** How many pieces had been written before it. */
  readonly pieces: number;
  damage?: string;
}

/** Copies the text piece by piece; `copied` is how far, and `open` are the elements that still need an end. */
class Mender {
  readonly #reader: MarkReader;
  readonly #limits: ParseLimits;
  readonly #pieces: string[] = [];
  readonly #open: string[] = [];
  readonly #flaws: ParseFlaw[] = [];
  #copied: number;
  #tags = 0;
  #entries = 0;
  #leftOut = 0;
  #entry: OpenEntry | undefined;
  /** Depth of the open text element; everything deeper is HTML. */
  #textDepth: number | undefined;

  constructor(text: string, rootStart: number, limits: ParseLimits) {
    this.#reader = new MarkReader(text, rootStart);
    this.#limits = limits;
    this.#copied = rootStart;
  }

  run(): MendedDocument {
    const reader = this.#reader;
    while (reader.next()) {
      this.#tags += tagWeight(reader.attributes);
      checkTags(this.#tags, this.#limits);
      if (reader.kind === 'open') this.#openTag();
      else if (reader.kind === 'close') this.#closeTag();
      else if (reader.kind === 'broken') this.#escape();
      else if (reader.kind === 'instruction' || reader.kind === 'doctype') this.#leaveOut();
      if (this.#open.length === 0) return this.#finish();
    }
    throw new ParseError('incomplete-xml', 'the document ends before its root element does');
  }

  #openTag(): void {
    const { name, end } = this.#reader;
    const local = localName(name);
    if (this.#textDepth !== undefined && voidNames.has(local)) {
      this.#replace(end - 1, end, '/>');
      return;
    }
    if (entryNames.has(local)) this.#openEntry(name);
    this.#open.push(name);
    checkDepth(this.#open.length, this.#limits);
    if (this.#textDepth === undefined && textNames.has(local)) this.#textDepth = this.#open.length;
  }

  #openEntry(name: string): void {
    // An `x:item` inside an `item` is something of its own, and in a text it is HTML; neither is the next entry.
    if (this.#entry !== undefined && (this.#entry.name !== name || this.#textDepth !== undefined)) return;
    const home = this.#entry === undefined ? this.#homeOf(name) : this.#entry.depth - 1;
    if (home === undefined && this.#textDepth !== undefined) return;
    this.#copyTo(this.#reader.start);
    if (home !== undefined && home < this.#open.length) {
      this.#closeDownTo(home, `<${this.#open.at(-1)?.slice(0, 60)}> is not closed`);
    }
    this.#entry = { name, depth: this.#open.length + 1, pieces: this.#pieces.length };
    this.#entries++;
  }

  /** Depth of the channel or feed that an entry of this name stands in: what is still open in it was never closed. */
  #homeOf(name: string): number | undefined {
    const prefix = name.slice(0, name.indexOf(':') + 1);
    const at = this.#open.findLastIndex((open) => open === `${prefix}channel` || open === `${prefix}feed`);
    return at === -1 ? undefined : at + 1;
  }

  #closeTag(): void {
    const { name } = this.#reader;
    const at = this.#open.lastIndexOf(name);
    if (at === -1) {
      this.#flaw(`</${name.slice(0, 60)}> closes nothing`);
      this.#leaveOut();
      return;
    }
    if (at < this.#open.length - 1) {
      this.#copyTo(this.#reader.start);
      this.#closeDownTo(at + 1, `<${this.#open.at(-1)?.slice(0, 60)}> is not closed`);
    }
    this.#copyTo(this.#reader.end);
    this.#pop();
  }

  /** Writes the end tags of all elements deeper than `depth`. */
  #closeDownTo(depth: number, message: string): void {
    this.#flaw(message);
    const isInsideText = this.#textDepth !== undefined && depth >= this.#textDepth;
    if (!isInsideText) this.#damage(message);
    while (this.#open.length > depth) {
      this.#pieces.push(`</${this.#open.at(-1)}>`);
      this.#pop();
    }
  }

  /** Ends the innermost element; a damaged entry takes back everything it wrote. */
  #pop(): void {
    const depth = this.#open.length;
    this.#open.pop();
    if (this.#textDepth === depth) this.#textDepth = undefined;
    if (this.#entry?.depth !== depth) return;
    if (this.#entry.damage !== undefined) {
      this.#leftOut++;
      this.#pieces.length = this.#entry.pieces;
      this.#copied = Math.max(this.#copied, this.#reader.start);
    }
    this.#entry = undefined;
  }

  #escape(): void {
    const { start } = this.#reader;
    if (this.#textDepth === undefined) this.#damage('a tag is broken');
    this.#flaw('a < stands alone');
    this.#replace(start, start + 1, '&lt;');
  }

  #leaveOut(): void {
    this.#replace(this.#reader.start, this.#reader.end, '');
  }

  #replace(from: number, to: number, piece: string): void {
    this.#copyTo(from);
    this.#pieces.push(piece);
    this.#copied = to;
  }

  #copyTo(end: number): void {
    if (end > this.#copied) this.#pieces.push(this.#reader.text.slice(this.#copied, end));
    this.#copied = Math.max(this.#copied, end);
  }

  #damage(message: string): void {
    if (this.#entry === undefined || this.#entry.damage !== undefined) return;
    this.#entry.damage = message;
    this.#flaw(`the entry was left out: ${message}`);
  }

  #flaw(message: string): void {
    if (this.#flaws.length >= maxFlaws) return;
    this.#flaws.push(this.#entry === undefined ? { message } : { message, entryIndex: this.#entries - 1 });
  }

  /** A feed of nothing but broken entries says so loudly: taken for an empty one, it would hide all of them. */
  #finish(): MendedDocument {
    if (this.#entries > 0 && this.#leftOut === this.#entries) {
      throw new ParseError('invalid-xml', `none of the entries can be read: ${this.#flaws[0]?.message}`);
    }
    return { root: this.#pieces.join(''), end: this.#reader.end, flaws: this.#flaws };
  }
}
