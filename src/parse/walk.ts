// The walk that proves a document whole: every mark of it is read once, every element is closed by its own end
// tag, and the root's comes before the text ends. Whoever looks on learns of each mark. Decides nothing else.
// https://www.w3.org/TR/xml/#sec-well-formed

import { ParseError } from '../errors.ts';
import { checkTags, type ParseLimits, tagWeight } from './limits.ts';
import { MarkReader } from './markup.ts';

/** Told of each mark; `depth` is that of the element, the root's being 1, `tags` how many were counted so far. */
export interface Visitor {
  /** 0, or for how many further tags the rest of the element counts: the visitor has moved the reader behind it. */
  open(reader: MarkReader, name: string, depth: number, tags: number): number;
  close(reader: MarkReader, name: string, depth: number, tags: number): void;
  empty(reader: MarkReader, depth: number): void;
  cdata(reader: MarkReader): void;
  comment(reader: MarkReader): void;
}

/** Where the root ends; `undefined` when the nesting is broken. Throws `incomplete-xml` when the text ends first. */
export function walk(
  text: string,
  rootStart: number,
  limits: ParseLimits,
  visitor: Visitor,
): number | undefined {
  const reader = new MarkReader(text, rootStart);
  const open: string[] = [];
  let tags = 0;
  while (reader.next()) {
    const { kind } = reader;
    tags += tagWeight(reader.attributes);
    checkTags(tags, limits);
    if (kind === 'open') {
      // A line of <br> is deep too: mend.ts knows it from a nested bomb, and refuses the latter.
      if (open.length >= limits.maxDepth) return undefined;
      const { name } = reader;
      const skipped = visitor.open(reader, name, open.length + 1, tags);
      if (skipped === 0) open.push(name);
      tags += skipped;
    } else if (kind === 'close') {
      const name = open.pop();
      if (name === undefined || !reader.isNamed(name)) return undefined;
      visitor.close(reader, name, open.length + 1, tags);
    } else if (kind === 'empty') visitor.empty(reader, open.length + 1);
    else if (kind === 'cdata') visitor.cdata(reader);
    else if (kind === 'comment') visitor.comment(reader);
    else return undefined;
    if (open.length === 0) return reader.end;
  }
  throw new ParseError('incomplete-xml', `the document ends inside <${(open.at(-1) ?? '').slice(0, 60)}>`);
}
