// Turns the raw inside of a text element into what it says: references decoded once, CDATA taken literally.
// When it holds tags of its own (xhtml, or HTML that nobody escaped) it stays markup instead.

import { MarkReader } from './markup.ts';

export interface RawText {
  readonly value: string;
  /** True when `value` is markup, with its references undecoded. */
  readonly isMarkup: boolean;
  readonly hasCdata: boolean;
}

export function readRaw(raw: string, decode: (text: string) => string): RawText {
  if (!raw.includes('<')) return { value: decode(raw), isMarkup: false, hasCdata: false };
  // Most documents hold either tags alone or one CDATA section alone; neither needs to be cut up.
  if (!raw.includes('<!') && !raw.includes('<?')) return { value: raw, isMarkup: true, hasCdata: false };
  const only = onlyCdata(raw);
  if (only !== undefined) return { value: only, isMarkup: false, hasCdata: true };
  const pieces = cut(raw);
  const isMarkup = pieces.some((piece) => piece.kind === 'tag');
  const hasCdata = pieces.some((piece) => piece.kind === 'cdata');
  let value = '';
  for (const { kind, text } of pieces) {
    if (kind === 'cdata') value += isMarkup ? escapeHtml(text) : text;
    else value += isMarkup ? text : decode(text);
  }
  return { value, isMarkup, hasCdata };
}

/** The inside of the one CDATA section that the text is made of. */
export function onlyCdata(text: string): string | undefined {
  const raw = text.trim();
  const isOne = raw.startsWith('<![CDATA[') && raw.indexOf(']]>', 9) === raw.length - 3;
  return isOne ? raw.slice(9, -3) : undefined;
}

interface Piece {
  readonly kind: 'text' | 'cdata' | 'tag';
  readonly text: string;
}

/** Text, CDATA and tags in their order; comments and instructions are left out. */
function cut(raw: string): Piece[] {
  const pieces: Piece[] = [];
  const reader = new MarkReader(raw);
  let at = 0;
  const add = (kind: Piece['kind'], from: number, to: number) => {
    if (to > from) pieces.push({ kind, text: raw.slice(from, to) });
  };
  while (reader.next()) {
    const { kind, start, end } = reader;
    if (kind === 'broken' || kind === 'cut') continue;
    add('text', at, start);
    if (kind === 'cdata') add('cdata', start + 9, end - 3);
    else if (kind === 'open' || kind === 'close' || kind === 'empty') add('tag', start, end);
    at = end;
  }
  add('text', at, raw.length);
  return pieces;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
