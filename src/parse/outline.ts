// Learns what the elements of a well-formed document are while it is walked: which are read raw, and which are
// leaves that the XML parser need not see (skeleton.ts). It is told each mark outside and inside of them.

import type { MarkReader } from './markup.ts';
import { localName, textNames } from './names.ts';
import { onlyCdata } from './raw-text.ts';
import { type Skeleton, SkeletonWriter } from './skeleton.ts';
import type { Visitor } from './walk.ts';

export interface OutlinedDocument {
  readonly skeleton: Skeleton;
  /** Names, with prefix, of the elements whose inside is taken raw. */
  readonly textElements: ReadonlySet<string>;
  /** Where the root ends. */
  readonly end: number;
}

export class Outline implements Visitor {
  readonly #text: string;
  readonly #skeleton: SkeletonWriter;
  readonly #names = new NameCensus();
  /** Depth of the open text element, counted from 1: names inside it are HTML and of no interest. */
  #textDepth = Number.POSITIVE_INFINITY;
  /** Where the last start tag stands whose element may still prove a leaf; -1 when there is none. */
  #leafStart = -1;
  #isBare = false;
  #hasCdata = false;
  #insideStart = 0;
  /** Where the mark before ended, when it was a tag; else -1. */
  #tagEnd: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#skeleton = new SkeletonWriter(text, start);
    this.#tagEnd = start;
  }

  open({ start, end, nameEnd }: MarkReader, name: string, depth: number): number {
    if (depth > this.#textDepth) return 0;
    this.#leaveOutBlank(start);
    // The root has to stay, or there is nothing to parse.
    this.#leafStart = depth === 1 ? -1 : start;
    this.#isBare = nameEnd === end - 1;
    this.#hasCdata = false;
    this.#insideStart = end;
    this.#tagEnd = end;
    if (depth === 1) this.#names.rootTag = this.#text.substring(start, end);
    if (this.#names.isText(name)) this.#textDepth = depth;
    return 0;
  }

  close({ start, end }: MarkReader, name: string, depth: number): void {
    if (depth > this.#textDepth) return;
    if (this.#leafStart === -1) this.#leaveOutBlank(start);
    else this.#endLeaf(start, end, name);
    this.#textDepth = Number.POSITIVE_INFINITY;
    this.#leafStart = -1;
    this.#tagEnd = end;
  }

  empty(reader: MarkReader): void {
    if (this.#isInsideText) return;
    this.#leaveOutBlank(reader.start);
    this.#names.isText(reader.name);
    this.#leafStart = -1;
    this.#tagEnd = reader.end;
  }

  cdata(): void {
    if (this.#isInsideText) return;
    this.#hasCdata = true;
    this.#tagEnd = -1;
  }

  comment({ start, end }: MarkReader): void {
    if (this.#isInsideText) return;
    this.#skeleton.leaveOut(start, end);
    this.#leafStart = -1;
    this.#tagEnd = -1;
  }

  finish(end: number): OutlinedDocument {
    return { skeleton: this.#skeleton.finish(end), textElements: this.#names.textElements, end };
  }

  get #isInsideText(): boolean {
    return this.#textDepth !== Number.POSITIVE_INFINITY;
  }

  #endLeaf(start: number, end: number, name: string): void {
    const inside = this.#text.substring(this.#insideStart, start);
    // One section alone is a text; what several of them and text between make is the parser's to say.
    if (this.#hasCdata && onlyCdata(inside) === undefined) return;
    if (this.#isBare) this.#skeleton.setAside(this.#leafStart, end, { name, inside });
    else this.#skeleton.setAside(this.#insideStart, start, { inside });
  }

  /** White space between two tags says nothing. */
  #leaveOutBlank(to: number): void {
    if (this.#tagEnd === -1 || to === this.#tagEnd) return;
    const between = this.#text.substring(this.#tagEnd, to);
    if (between.trim() === '') this.#skeleton.leaveOut(this.#tagEnd, to);
  }
}

/** Learns each name once; a feed has a few dozen names and tens of thousands of tags. */
class NameCensus {
  readonly textElements = new Set<string>();
  readonly #known = new Map<string, boolean>();
  /** Start tag of the root, where feeds bind their prefixes. */
  rootTag = '';
  #rootPrefix: string | undefined;

  isText(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#rootPrefix ??= prefixOf(name);
    const isText = textNames.has(localName(name)) && this.#mayBeText(name);
    this.#known.set(name, isText);
    if (isText) this.textElements.add(name);
    return isText;
  }

  /** media:content holds elements; content is text only in the root's own namespace, and in that of Atom. */
  #mayBeText(name: string): boolean {
    if (!/^[\w:-]+$/.test(name)) return false;
    const prefix = prefixOf(name);
    return localName(name) !== 'content' || prefix === this.#rootPrefix || this.#isAtom(prefix);
  }

  #isAtom(prefix: string): boolean {
    const bound = new RegExp(`\\sxmlns:${prefix}\\s*=\\s*["']([^"']*)`).exec(this.rootTag)?.[1];
    return bound === undefined
      ? prefix === 'atom'
      : /www\.w3\.org\/2005\/atom|purl\.org\/atom\/ns/i.test(bound);
  }
}

function prefixOf(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? '' : name.slice(0, colon);
}
