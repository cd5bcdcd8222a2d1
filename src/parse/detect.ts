// Decides what a document is before it is parsed: JSON, a feed's XML (and where its root begins), or no
// feed at all. Looks at the first characters and the root element only; Content-Type is not believed,
// because feeds arrive as text/html, text/plain and worse.

import { ParseError } from '../errors.ts';
import { MarkReader } from './markup.ts';
import { feedRoots, localName } from './names.ts';

export type DocumentKind = { readonly kind: 'json' } | { readonly kind: 'xml'; readonly prolog: Prolog };

/** Where the root's start tag begins, and the DOCTYPE before it. */
export interface Prolog {
  readonly rootStart: number;
  readonly doctype: string;
}

// How far in a document a prolog is still looked for, after a banner or a warning that a server printed first.
const junkLength = 4096;

export function detect(text: string): DocumentKind {
  const first = /[^\s\uFEFF]/.exec(text)?.[0];
  if (first === undefined) throw new ParseError('empty', 'the document holds no character');
  if (first === '{' || first === '[') return { kind: 'json' };
  return { kind: 'xml', prolog: findRoot(text, 0) };
}

function findRoot(text: string, from: number): Prolog {
  const reader = new MarkReader(text, from);
  let doctype = '';
  while (reader.next()) {
    if (reader.kind === 'doctype') doctype ||= text.slice(reader.start, reader.end);
    else if (reader.kind === 'cut') break;
    else if (reader.kind === 'open' || reader.kind === 'empty') {
      if (feedRoots.has(localName(reader.name))) return { rootStart: reader.start, doctype };
      return findLaterRoot(text, from, reader.name);
    }
  }
  if (reader.kind === 'cut')
    throw new ParseError('incomplete-xml', 'the document ends before its root element begins');
  throw new ParseError('not-a-feed', 'the document has no root element');
}

/** What a server prints before the document may hold tags itself; the XML declaration ends it. */
function findLaterRoot(text: string, from: number, root: string): Prolog {
  const prolog = from === 0 ? text.slice(0, junkLength).indexOf('<?xml', 1) : -1;
  if (prolog !== -1 && localName(root) !== 'html') return findRoot(text, prolog);
  throw new ParseError('not-a-feed', `the root element is <${root.slice(0, 60)}>`);
}
