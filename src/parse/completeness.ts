// Proves that a document is whole: its root element is closed. A connection that ends early looks like
// success to HTTP when no length was promised, and XML parsers accept what is left, so this is the only
// thing that stands between a cut feed and lost entries. Well-formed nesting is proven in the same pass;
// where it fails, mend.ts takes over. https://www.w3.org/TR/xml/#sec-well-formed

import { ParseError } from '../errors.ts';
import type { ParseFlaw } from '../model/feed.ts';
import type { Prolog } from './detect.ts';
import type { ParseLimits } from './limits.ts';
import { MarkReader } from './markup.ts';
import { mend } from './mend.ts';
import { Outline, type OutlinedDocument } from './outline.ts';
import { walk } from './walk.ts';

export interface WholeDocument extends OutlinedDocument {
  readonly flaws: readonly ParseFlaw[];
}

export function proveComplete(text: string, prolog: Prolog, limits: ParseLimits): WholeDocument {
  const proof = outline(text, prolog.rootStart, limits);
  if (proof !== undefined) return { ...proof, flaws: trailingFlaws(text, proof.end) };
  const mended = mend(text, prolog.rootStart, limits);
  const second = outline(mended.root, 0, limits);
  if (second === undefined) throw new ParseError('invalid-xml', 'the document stays broken when mended');
  return { ...second, flaws: [...mended.flaws, ...trailingFlaws(text, mended.end)] };
}

function outline(text: string, rootStart: number, limits: ParseLimits): OutlinedDocument | undefined {
  const outlined = new Outline(text, rootStart);
  const end = walk(text, rootStart, limits, outlined);
  return end === undefined ? undefined : outlined.finish(end);
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
