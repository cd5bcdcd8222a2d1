// Shortens a text to a limit in the unit that its reader counts in, at the end of a whole character as people see it: an emoji
// of several code points, or a letter with its accents, is kept or dropped as one.

/** `utf16`: JavaScript's length. `characters`: code points. `bytes`: of UTF-8. */
export type Unit = 'utf16' | 'characters' | 'bytes';

const ellipsis = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

export function lengthOf(text: string, unit: Unit): number {
  if (unit === 'utf16') return text.length;
  if (unit === 'bytes') return Buffer.byteLength(text);
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The text itself when it fits; else as much of it as fits, spaces at its end left out, and `…`. Never longer than `limit`. */
export function cutText(text: string, limit: number, unit: Unit): string {
  if (text.length * (unit === 'bytes' ? 3 : 1) <= limit || lengthOf(text, unit) <= limit) return text;
  const room = limit - lengthOf(ellipsis, unit);
  if (room < 0) return '';
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += lengthOf(segment, unit);
    if (used > room) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}${ellipsis}`;
}
