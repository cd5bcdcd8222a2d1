// Finds the start tags of an HTML page with their attributes, as a browser's tokenizer would: what stands in
// comments, scripts, raw text, templates or CDATA is none. MarkReader (markup.ts) cuts XML, where other things end a
// mark and values are always quoted. One forward pass that copies nothing but the values asked for; builds no tree.
// HTML §13.2.5: https://html.spec.whatwg.org/#tokenization

import { decodeHtml } from './references.ts';

export interface HtmlTag {
  /** Lower case. */
  readonly name: string;
  /** Names in lower case, references decoded; of an attribute that stands twice the first. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** HTML §13.2.5.2-5: what they hold is text up to their own end tag. */
const rawNames: ReadonlySet<string> = new Set([
  'script',
  'style',
  'title',
  'textarea',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
]);

const noAttributes: ReadonlySet<string> = new Set();
/** Longer values are left out: no URL, title or rel of a page comes near. */
const maxValueLength = 4096;

/** The start tags whose names are keys of `wanted`, each with those of the attributes named there. */
export function* startTags(
  html: string,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): Generator<HtmlTag> {
  let templates = 0;
  for (let at = html.indexOf('<'); at !== -1; ) {
    const mark = readMark(html, at, wanted);
    if (mark === undefined) return;
    at = html.indexOf('<', mark.end);
    if (mark.name === undefined) continue;
    if (mark.name === 'template') templates = Math.max(0, templates + (mark.isEnd ? -1 : 1));
    else if (!mark.isEnd && templates === 0 && wanted.has(mark.name))
      yield { name: mark.name, attributes: mark.values };
  }
}

interface Mark {
  /** Behind the mark, and behind what a raw element holds. */
  readonly end: number;
  /** Absent: no tag. */
  readonly name?: string;
  readonly isEnd: boolean;
  readonly values: ReadonlyMap<string, string>;
}

const none: ReadonlyMap<string, string> = new Map();

/** What begins with the `<` at `start`; `undefined` when the page ends within it. */
function readMark(
  html: string,
  start: number,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): Mark | undefined {
  const second = html.charAt(start + 1);
  const isEnd = second === '/';
  if (isLetter(html.charCodeAt(isEnd ? start + 2 : start + 1))) return readTag(html, start, isEnd, wanted);
  if (second !== '!' && second !== '?' && !isEnd) return { end: start + 1, isEnd, values: none };
  const end = endOfComment(html, start);
  return end === undefined ? undefined : { end, isEnd, values: none };
}

/** Whatever is no tag ends at the next `>`: `<?xml …>` and `<!anything>` are comments to HTML. */
function endOfComment(html: string, start: number): number | undefined {
  if (html.startsWith('<!-->', start) || html.startsWith('<!--->', start))
    return html.indexOf('>', start) + 1;
  if (html.startsWith('<!--', start)) return behind(html, '-->', start + 4);
  // To HTML it is a comment up to the first `>`, to XHTML text up to its end: nothing inside counts in either.
  if (html.startsWith('<![CDATA[', start)) return behind(html, ']]>', start + 9);
  return behind(html, '>', start + 2);
}

function behind(html: string, terminator: string, from: number): number | undefined {
  const at = html.indexOf(terminator, from);
  return at === -1 ? undefined : at + terminator.length;
}

function readTag(
  html: string,
  start: number,
  isEnd: boolean,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): Mark | undefined {
  const from = start + (isEnd ? 2 : 1);
  const nameEnd = skipWhile(html, from, isNameCode);
  // Longer than any name of HTML: not copied.
  const name = nameEnd - from > 20 ? '' : html.slice(from, nameEnd).toLowerCase();
  const tag = readAttributes(html, nameEnd, (!isEnd && wanted.get(name)) || noAttributes);
  if (tag === undefined) return undefined;
  const isRaw = !isEnd && !tag.isEmpty && rawNames.has(name);
  const end = isRaw ? endTagOf(html, name, tag.end) : tag.end;
  return end === undefined ? undefined : { end, name, isEnd, values: tag.values };
}

interface TagRest {
  readonly end: number;
  /** `<title/>`: in XHTML and SVG it holds nothing. */
  readonly isEmpty: boolean;
  readonly values: ReadonlyMap<string, string>;
}

/** HTML §13.2.5.32-40; `undefined` when the page ends within the tag. */
function readAttributes(html: string, from: number, wanted: ReadonlySet<string>): TagRest | undefined {
  let values: Map<string, string> | undefined;
  for (let at = from; at < html.length; ) {
    const start = skipWhile(html, at, isSpaceOrSlash);
    if (html.charAt(start) === '>') {
      return {
        end: start + 1,
        isEmpty: start > at && html.charAt(start - 1) === '/',
        values: values ?? none,
      };
    }
    // A `=` that begins a name belongs to it.
    const nameEnd = skipWhile(html, start + 1, isAttributeNameCode);
    const value = readValue(html, nameEnd);
    if (value === undefined) return undefined;
    at = value.end;
    const name = nameEnd - start > 20 ? '' : html.slice(start, nameEnd).toLowerCase();
    if (wanted.has(name) && !values?.has(name) && value.to - value.from <= maxValueLength) {
      values ??= new Map();
      values.set(name, decodeHtml(html.slice(value.from, value.to)));
    }
  }
  return undefined;
}

/** The value at [from, to) of the attribute whose name ends at `nameEnd`; empty when it has none. */
function readValue(html: string, nameEnd: number): { from: number; to: number; end: number } | undefined {
  const equals = skipWhile(html, nameEnd, isSpace);
  if (html.charAt(equals) !== '=') return { from: nameEnd, to: nameEnd, end: nameEnd };
  const from = skipWhile(html, equals + 1, isSpace);
  const first = html.charAt(from);
  if (first === '"' || first === "'") {
    const to = html.indexOf(first, from + 1);
    return to === -1 ? undefined : { from: from + 1, to, end: to + 1 };
  }
  const to = skipWhile(html, from, isUnquotedCode);
  return { from, to, end: to };
}

/** Where the end tag of a raw element begins. */
function endTagOf(html: string, name: string, from: number): number | undefined {
  const endTag = new RegExp(`</${name}[\\t\\n\\f\\r />]`, 'gi');
  endTag.lastIndex = from;
  return endTag.exec(html)?.index;
}

function skipWhile(html: string, from: number, holds: (code: number) => boolean): number {
  let at = from;
  while (at < html.length && holds(html.charCodeAt(at))) at++;
  return at;
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09 || code === 0x0c;
}

function isSpaceOrSlash(code: number): boolean {
  return code === 0x2f || isSpace(code);
}

function isUnquotedCode(code: number): boolean {
  return code !== 0x3e && !isSpace(code);
}

function isNameCode(code: number): boolean {
  return code !== 0x2f && isUnquotedCode(code);
}

function isAttributeNameCode(code: number): boolean {
  return code !== 0x3d && isNameCode(code);
}
