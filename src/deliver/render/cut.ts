// Shortens a text to a limit in the unit that its reader counts in, at the end of a whole character as people see it: an emoji
// of several code points, or a letter with its accents, is kept or dropped as one. Only the place of the cut is looked at:
// finding every character of a long text takes longer than all else that is done to it.

/** `utf16`: JavaScript's length. `characters`: code points. `bytes`: of UTF-8. */
export type Unit = 'utf16' | 'characters' | 'bytes';

/** Stands for what is missing. */
export const ellipsis = '…';

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const pairs = /[\ud800-\udbff][\udc00-\udfff]/g;

export function lengthOf(text: string, unit: Unit): number {
  if (unit === 'bytes') return Buffer.byteLength(text);
  return unit === 'utf16' ? text.length : text.length - (text.match(pairs)?.length ?? 0);
}

/** The text itself when it fits; else as much of it as fits, spaces at its end left out, and `…`. Never longer than `limit`. */
export function cutText(text: string, limit: number, unit: Unit): string {
  if (reach(text, limit, unit) >= text.length) return text;
  const room = limit - lengthOf(ellipsis, unit);
  return room < 0 ? '' : beginning(text, characterAt(text, reach(text, room, unit)).start);
}

/** What is said of a text that is cut at `end`. */
export function beginning(text: string, end: number): string {
  return `${text.slice(0, end).trimEnd()}${ellipsis}`;
}

/** How much of a text, in UTF-16, its first `room` units are; half of a character as people see it may be the last. */
export function reach(text: string, room: number, unit: Unit): number {
  // A UTF-16 unit is at most one character, and at most three bytes.
  if (text.length * (unit === 'bytes' ? 3 : 1) <= room) return text.length;
  if (unit === 'utf16') return Math.max(0, room);
  let end = 0;
  for (let used = 0; end < text.length; ) {
    const code = text.codePointAt(end) ?? 0;
    used += unit === 'bytes' ? bytesOf(code) : 1;
    if (used > room) break;
    end += code > 0xffff ? 2 : 1;
  }
  return end;
}

/** Of a code point in UTF-8. */
function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** Where the character begins and ends that stands at a place of UTF-16. */
export function characterAt(text: string, place: number): { readonly start: number; readonly end: number } {
  const found = graphemes.segment(text).containing(place);
  return found
    ? { start: found.index, end: found.index + found.segment.length }
    : { start: text.length, end: text.length };
}
