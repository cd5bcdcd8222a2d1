// Proves that a document is whole: its root element is closed. A connection that ends early looks like
// success to HTTP when no length was promised, and XML parsers accept what is left, so this is the only
// thing that stands between a cut feed and lost entries. Well-formed nesting is proven in the same pass;
// where it fails, mend.ts takes over. https://www.w3.org/TR/xml/#sec-well-formed

import { ParseError } from '../errors.ts';
import type { ParseFlaw } from '../model/feed.ts';
import type { Prolog } from './detect.ts';
import { checkTags, type ParseLimits, tagWeight } from './limits.ts';
import { MarkReader } from './markup.ts';
import { mend } from './mend.ts';
import { localName, textNames } from './names.ts';

export interface WholeDocument {
  /** From the root's start tag to its end tag, well-formed. */
  readonly root: string;
  /** Names, with prefix, of the elements whose inside is to be taken raw. */
  readonly textElements: ReadonlySet<string>;
  readonly flaws: readonly ParseFlaw[];
}

export function proveComplete(text: string, prolog: Prolog, limits: ParseLimits): WholeDocument {
  const proof = walk(text, prolog.rootStart, limits);
  if (proof.end !== undefined) {
    return {
      root: text.slice(prolog.rootStart, proof.end),
      textElements: proof.names.textElements,
      flaws: trailingFlaws(text, proof.end),
    };
  }
  const mended = mend(text, prolog.rootStart, limits);
  const names = walk(mended.root, 0, limits).names;
  return {
    root: mended.root,
    textElements: names.textElements,
    flaws: [...mended.flaws, ...trailingFlaws(text, mended.end)],
  };
}

/** `end` is where the root ends, absent when the nesting is broken. */
function walk(text: string, rootStart: number, limits: ParseLimits): { end?: number; names: NameCensus } {
  const reader = new MarkReader(text, rootStart);
  const names = new NameCensus();
  const open: string[] = [];
  let tags = 0;
  // Depth at which a text element began; names inside it are HTML and of no interest.
  let textDepth = Number.POSITIVE_INFINITY;
  while (reader.next()) {
    tags += tagWeight(reader.attributes);
    checkTags(tags, limits);
    if (reader.kind === 'open') {
      // A line of <br> is deep too: mend.ts knows it from a nested bomb, and refuses the latter.
      if (open.length >= limits.maxDepth) return { names };
      const { name } = reader;
      open.push(name);
      if (open.length < textDepth && names.isText(name)) textDepth = open.length;
    } else if (reader.kind === 'close') {
      const name = open.pop();
      if (name === undefined || !reader.isNamed(name)) return { names };
      if (open.length < textDepth) textDepth = Number.POSITIVE_INFINITY;
    } else if (reader.kind === 'empty') {
      if (open.length < textDepth) names.isText(reader.name);
    } else if (reader.kind !== 'cdata' && reader.kind !== 'comment') return { names };
    if (open.length === 0) return { end: reader.end, names };
  }
  throw new ParseError('incomplete-xml', `the document ends inside <${(open.at(-1) ?? '').slice(0, 60)}>`);
}

/** Learns each name once; a feed has a few dozen names and tens of thousands of tags. */
class NameCensus {
  readonly textElements = new Set<string>();
  readonly #others = new Set<string>();
  #rootPrefix: string | undefined;

  isText(name: string): boolean {
    if (this.#others.has(name)) return false;
    if (this.textElements.has(name)) return true;
    this.#rootPrefix ??= prefixOf(name);
    const isText = textNames.has(localName(name)) && this.#mayBeText(name);
    (isText ? this.textElements : this.#others).add(name);
    return isText;
  }

  /** media:content holds elements; content is text only in the root's own namespace. */
  #mayBeText(name: string): boolean {
    if (!/^[\w:-]+$/.test(name)) return false;
    return localName(name) !== 'content' || prefixOf(name) === this.#rootPrefix;
  }
}

function prefixOf(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? '' : name.slice(0, colon);
}

/** Only comments, instructions and white space may follow the root; what else does is reported, not read. */
function trailingFlaws(text: string, from: number): ParseFlaw[] {
  const reader = new MarkReader(text, from);
  let at = from;
  while (reader.next()) {
    if (reader.kind !== 'comment' && reader.kind !== 'instruction') break;
    if (text.slice(at, reader.start).trim() !== '') break;
    at = reader.end;
  }
  if (text.slice(at).trim() === '') return [];
  return [{ message: 'something follows the root element; it was left out' }];
}
