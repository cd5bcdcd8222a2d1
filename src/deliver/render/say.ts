// Cuts a text so that it fits once it is escaped. What is cut is the text as it was, between two characters as people see them,
// so an escape is never cut in two. A message is tried in a dozen sizes: what was found out about a text is kept for one message.

import { beginning, characterAt, ellipsis, lengthOf, reach, type Unit } from './cut.ts';

/** As much of the text as fits, escaped, with `…` where some of it is missing. */
export type Say = (text: string, limit: number) => string;

export interface Dialect {
  readonly unit: Unit;
  /** Never makes a text shorter. */
  readonly neutralise: (text: string) => string;
}

/** A beginning of a text, escaped to see how long it becomes. */
interface Tried {
  /** In UTF-16 of the text. */
  readonly end: number;
  readonly escaped: string;
  readonly length: number;
}

export function sayIn(dialect: Dialect): Say {
  const known = new Map<string, Map<number, Tried>>();
  return (text, limit) => {
    const most = Math.floor(limit);
    if (most <= 0 || text === '') return '';
    const tried = known.get(text) ?? new Map<number, Tried>();
    known.set(text, tried);
    return longest(text, most, dialect, tried);
  };
}

function longest(text: string, most: number, { unit, neutralise }: Dialect, tried: Map<number, Tried>) {
  const upTo = (end: number): Tried => {
    const before = tried.get(end);
    if (before) return before;
    const escaped = neutralise(end === text.length ? text : beginning(text, end));
    const made = { end, escaped, length: lengthOf(escaped, unit) };
    tried.set(end, made);
    return made;
  };
  if (reach(text, most, unit) === text.length) {
    const whole = upTo(text.length);
    if (whole.length <= most) return whole.escaped;
  }
  let fits = upTo(0);
  let fails: Pick<Tried, 'end' | 'length'> = tooMuch(text, most, unit);
  for (const each of tried.values()) {
    if (each.length > most && each.end <= fails.end) fails = each;
    if (each.length <= most && each.end > fits.end && each.end < text.length) fits = each;
  }
  // Up to where no more fits than that.
  let from = fits.end;
  for (let turn = 1; fails.end - from > 1; turn++) {
    const place = from + guess(turn, most, fits, fails) * (fails.end - from);
    const { start, end } = characterAt(text, clamped(Math.round(place), from + 1, fails.end - 1));
    if (start <= fits.end) {
      from = Math.min(end, fails.end) - 1;
      continue;
    }
    const next = upTo(start);
    if (next.length > most) fails = next;
    else [fits, from] = [next, start];
  }
  return fits.escaped;
}

/** An escaped text is no shorter than what it was made of, and one unit is for the ellipsis. */
function tooMuch(text: string, most: number, unit: Unit): Pick<Tried, 'end' | 'length'> {
  return {
    end: Math.min(reach(text, most - lengthOf(ellipsis, unit), unit) + 1, text.length),
    length: Number.NaN,
  };
}

/**
 * As a share of what is not known yet. Most texts have nothing to escape. Escapes are spread about evenly, so a guess in proportion
 * is nearly right at once; every third halves what is left, so that it ends soon where they are not.
 */
function guess(turn: number, most: number, fits: Tried, fails: Pick<Tried, 'length'>): number {
  if (Number.isNaN(fails.length)) return 1;
  return turn % 3 === 0 ? 0.5 : (most - fits.length) / (fails.length - fits.length);
}

function clamped(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
