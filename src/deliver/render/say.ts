// Cuts a text so that it fits once it is escaped. What is cut is the text as it was, between two characters as people see them,
// so an escape is never cut in two. A message is tried in a dozen sizes: what was found out about a text is kept for one message.

import { lengthOf, type Unit } from './cut.ts';

/** As much of the text as fits, escaped, with `…` where some of it is missing. */
export type Say = (text: string, limit: number) => string;

export interface Dialect {
  readonly unit: Unit;
  /** Never makes a text shorter. */
  readonly neutralise: (text: string) => string;
}

const ellipsis = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

export function sayIn(dialect: Dialect): Say {
  const ends = new Map<string, Ends>();
  const said = new Map<string, { readonly limit: number; readonly as: string }>();
  return (text, limit) => {
    const last = said.get(text);
    if (last?.limit === limit) return last.as;
    const most = Math.floor(limit);
    const as = most <= 0 ? '' : (whole(text, most, dialect) ?? beginning(text, most, dialect, ends));
    said.set(text, { limit, as });
    return as;
  };
}

function whole(text: string, most: number, { unit, neutralise }: Dialect): string | undefined {
  if (text.length > 2 * most) return undefined;
  const escaped = neutralise(text);
  return lengthOf(escaped, unit) <= most ? escaped : undefined;
}

function beginning(
  text: string,
  most: number,
  { unit, neutralise }: Dialect,
  known: Map<string, Ends>,
): string {
  const before = known.get(text);
  const ends = before !== undefined && before.upTo >= 2 * most ? before : endsWithin(text, 2 * most);
  known.set(text, ends);
  const { places } = ends;
  const of = (count: number) => {
    const cut = text.slice(0, places[count - 1] ?? 0).trimEnd();
    const escaped = neutralise(`${cut}${ellipsis}`);
    return { escaped, length: lengthOf(escaped, unit) };
  };
  return greatest(places.length, most, of);
}

/** Where characters end, up to a length in UTF-16. */
interface Ends {
  readonly upTo: number;
  readonly places: readonly number[];
}

function endsWithin(text: string, upTo: number): Ends {
  const places: number[] = [];
  for (const { segment, index } of graphemes.segment(text)) {
    const end = index + segment.length;
    if (end > upTo) break;
    places.push(end);
  }
  return { upTo, places };
}

interface Tried {
  readonly escaped: string;
  readonly length: number;
}

/**
 * The most characters that fit. Escapes are spread about evenly, so a guess in proportion is nearly right at once; every third
 * halves what is left, so that it ends soon where they are not.
 */
function greatest(count: number, most: number, of: (count: number) => Tried): string {
  let fits = { count: 0, ...of(0) };
  let fails = { count: count + 1, length: most + count + 1 };
  for (let turn = 1; fails.count - fits.count > 1; turn++) {
    const share = turn % 3 === 0 ? 0.5 : (most - fits.length) / (fails.length - fits.length);
    const guess = fits.count + Math.round(share * (fails.count - fits.count));
    const next = Math.min(Math.max(guess, fits.count + 1), fails.count - 1);
    const tried = of(next);
    if (tried.length <= most) fits = { count: next, ...tried };
    else fails = { count: next, length: tried.length };
  }
  return fits.escaped;
}
