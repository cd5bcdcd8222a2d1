// The beginning of HTML that html.ts has made safe, closed again. It has a `<` only where a tag begins and closes what it opens,
// so the tags that are still open can be told without parsing it once more, which would cost most of the time of a request.

import { readableHtml, sanitisedHtml } from './html.ts';
import { jsonBytes, jsonPrefix } from './json-size.ts';

const tagForm = /<(?:(\/)([a-z][a-z\d]*)|([a-z][a-z\d]*)(?: [^<>]*)?)>|</g;
/** Room that is given up at once for the tags to be closed. */
const closingBytes = 64;

/** In at most `room` bytes of JSON between the quotation marks. The closing tags cost room of their own. */
export function htmlBeginning(html: string, room: number): string {
  for (let limit = room; limit > 0; ) {
    const closed = closedHtml(withoutHalf(jsonPrefix(html, limit)));
    const excess = jsonBytes(closed) - 2 - room;
    if (excess <= 0) return closed;
    // Half of it: where tags stand in each other, what is left opens fewer of them.
    limit -= Math.max(Math.ceil(excess / 2), closingBytes);
  }
  return '';
}

/** A tag that was cut in two says nothing, `&am` would become text. */
function withoutHalf(html: string): string {
  const start = html.lastIndexOf('<');
  const whole = start > html.lastIndexOf('>') ? html.slice(0, start) : html;
  return whole.replace(/&#?[a-z0-9]{0,8}$/i, '');
}

/** Where tags are not in pairs, it was not made in html.ts: the parser pairs them. */
function closedHtml(html: string): string {
  const read = readableHtml(html);
  const open: string[] = [];
  for (const [tag, slash, closes, opens] of read.matchAll(tagForm)) {
    if (opens !== undefined) {
      if (!tag.endsWith('/>')) open.push(opens);
    } else if (slash === undefined || open.pop() !== closes) return sanitisedHtml(read);
  }
  const ends = open.reverse().map((name) => `</${name}>`);
  return `${read}${ends.join('')}`.trim();
}
