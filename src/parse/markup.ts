// Cuts markup into marks: tags, CDATA sections, comments, instructions, DOCTYPE. One forward pass over the
// text, nothing copied, no regular expression; it judges no nesting and decodes nothing. Whoever must know
// where markup ends (completeness, mending, raw text) reads through here, so that all agree on it.

export type MarkKind =
  | 'open'
  | 'close'
  | 'empty'
  | 'cdata'
  | 'comment'
  | 'instruction'
  | 'doctype'
  /** A `<` that begins no mark, or a tag whose quotes do not close: text, or damage. */
  | 'broken'
  /** A mark that the end of the text cuts off. */
  | 'cut';

const gt = 0x3e;
const lt = 0x3c;
const slash = 0x2f;

export class MarkReader {
  readonly text: string;
  kind: MarkKind = 'broken';
  /** The mark stands at text[start, end); its name, when it has one, at text[nameStart, nameEnd). */
  start = 0;
  end: number;
  nameStart = 0;
  nameEnd = 0;
  /** Of a start tag: what a parser may take for one, quoted, bare or with an equals sign too many. */
  attributes = 0;

  constructor(text: string, from = 0) {
    this.text = text;
    this.end = from;
  }

  get name(): string {
    return this.text.substring(this.nameStart, this.nameEnd);
  }

  /** Whether the mark has exactly this name; cheaper than comparing `name`. */
  isNamed(name: string): boolean {
    return this.nameEnd - this.nameStart === name.length && this.text.startsWith(name, this.nameStart);
  }

  /** Goes to the next mark; false when there is none. */
  next(): boolean {
    const start = this.text.indexOf('<', this.end);
    if (start === -1) return false;
    this.start = start;
    this.attributes = 0;
    const second = this.text.charCodeAt(start + 1);
    if (isNameStart(second)) this.#readStartTag();
    else if (second === slash) this.#readEndTag();
    else if (second === 0x21) this.#readDeclaration();
    else if (second === 0x3f) this.#finish('instruction', '?>', 2);
    else if (Number.isNaN(second)) this.#cut();
    else this.#broken();
    return true;
  }

  #readStartTag(): void {
    const { text } = this;
    let at = this.start + 1;
    this.nameStart = at;
    while (!endsName(text.charCodeAt(at))) at++;
    this.nameEnd = at;
    const end = this.#endOfTag(at);
    if (end === undefined) this.#cut();
    else if (end === -1) this.#broken();
    else {
      this.end = end;
      this.kind = text.charCodeAt(end - 2) === slash ? 'empty' : 'open';
    }
  }

  /** Behind the `>`, searched from behind the name: -1 when the tag is damaged, `undefined` when the text ends first. */
  #endOfTag(from: number): number | undefined {
    const { text } = this;
    let isInName = false;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === gt) return at + 1;
      if (code === lt) return -1;
      if (code !== 0x22 && code !== 0x27) {
        const isBetween = code === 0x3d || isSpace(code);
        if (!isBetween && !isInName) this.attributes++;
        isInName = !isBetween;
        continue;
      }
      const quote = text.indexOf(text.charAt(at), at + 1);
      // Perhaps only a forgotten quote, but nothing proves that the text was not cut inside the value.
      if (quote === -1) return undefined;
      if (!isQuoted(text, at, quote)) return -1;
      isInName = false;
      at = quote;
    }
    return undefined;
  }

  #readEndTag(): void {
    const { text, start } = this;
    let at = start + 2;
    while (!endsEndTag(text.charCodeAt(at))) at++;
    if (at === text.length) this.#cut();
    else if (text.charCodeAt(at) === lt) this.#broken();
    else {
      this.nameStart = start + 2;
      this.nameEnd = at;
      while (isSpace(text.charCodeAt(this.nameEnd - 1))) this.nameEnd--;
      this.end = at + 1;
      this.kind = 'close';
    }
  }

  #readDeclaration(): void {
    const { text, start } = this;
    if (text.startsWith('<!--', start)) this.#finish('comment', '-->', 4);
    else if (text.startsWith('<![CDATA[', start)) this.#finish('cdata', ']]>', 9);
    else if (/^<!doctype/i.test(text.substring(start, start + 9))) this.#readDoctype();
    else if (text.length - start < 9) this.#cut();
    else this.#broken();
  }

  // XML 1.0 §2.8: the internal subset stands in brackets, and its literals may hold any character.
  // https://www.w3.org/TR/xml/#NT-doctypedecl
  #readDoctype(): void {
    const { text } = this;
    let isInSubset = false;
    for (let at = this.start + 9; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22 || code === 0x27) at = closing(text, text.charAt(at), at + 1);
      else if (code === lt && text.startsWith('<!--', at)) at = closing(text, '-->', at + 4);
      else if (code === 0x5b) isInSubset = true;
      else if (code === 0x5d) isInSubset = false;
      else if (code === gt && !isInSubset) {
        this.end = at + 1;
        this.kind = 'doctype';
        return;
      }
    }
    this.#cut();
  }

  #finish(kind: MarkKind, terminator: string, skip: number): void {
    const at = this.text.indexOf(terminator, this.start + skip);
    this.end = at === -1 ? this.text.length : at + terminator.length;
    this.kind = at === -1 ? 'cut' : kind;
  }

  #broken(): void {
    this.end = this.start + 1;
    this.kind = 'broken';
  }

  #cut(): void {
    this.end = this.text.length;
    this.kind = 'cut';
  }
}

/** Whether a value stands between these two quotes, or one of them was forgotten. */
function isQuoted(text: string, from: number, to: number): boolean {
  if (!text.substring(from + 1, to).includes('<')) return true;
  // XML 1.0 §3.1 forbids `<` in a value. Feeds have it all the same, so it is believed when the second quote is
  // followed by what may follow a value; a forgotten quote ends at the next tag's opening one instead.
  const after = text.charCodeAt(to + 1);
  return isSpace(after) || after === gt || after === slash;
}

function closing(text: string, terminator: string, from: number): number {
  const at = text.indexOf(terminator, from);
  return at === -1 ? text.length : at + terminator.length - 1;
}

function isNameStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code > 0x7f;
}

/** NaN, past the end of the text, ends a name too. */
function endsName(code: number): boolean {
  return !(code > 0x20 && code !== gt && code !== slash && code !== lt && code !== 0x22 && code !== 0x27);
}

/** A `<` ends an end tag that was never finished: the next one must not be taken for a part of its name. */
function endsEndTag(code: number): boolean {
  return code === gt || code === lt || Number.isNaN(code);
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
