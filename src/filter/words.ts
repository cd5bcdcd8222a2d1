// A filter in words, for `why` and `preview`: as short as a line can be, whatever the filter is.

import type { Filter, TextTest } from './filter.ts';

const longestText = 60;
const mostTexts = 5;
const longestWords = 300;

/** What it wants, such as `title contains "rust" and not (author is "bot")`. */
export function describeFilter(filter: Filter): string {
  const words = wordsOf(filter);
  return words.length > longestWords ? `${words.slice(0, longestWords)}…` : words;
}

function wordsOf(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.filters.map((each) => inBrackets(each)).join(filter.kind === 'all' ? ' and ' : ' or ');
    case 'not':
      return `not (${wordsOf(filter.filter)})`;
    case 'text':
      return `${filter.field} ${testWords(filter.test)}`;
    case 'age':
      return ageWords(filter);
    default:
      return filter satisfies never;
  }
}

function inBrackets(filter: Filter): string {
  const isGroup = (filter.kind === 'all' || filter.kind === 'any') && filter.filters.length > 1;
  return isGroup ? `(${wordsOf(filter)})` : wordsOf(filter);
}

function testWords(test: TextTest): string {
  switch (test.kind) {
    case 'contains':
      return `contains ${listOf(test.texts, ' or ')}`;
    case 'equals':
      return `is ${listOf(test.texts, ' or ')}`;
    case 'matches':
      return `matches ${quoted(test.pattern.source)}`;
    case 'exists':
      return test.is ? 'exists' : 'is absent';
    default:
      return test satisfies never;
  }
}

function ageWords({ underMs, overMs }: Extract<Filter, { kind: 'age' }>): string {
  const bounds = [
    ...(underMs === undefined ? [] : [`under ${spanWords(underMs)}`]),
    ...(overMs === undefined ? [] : [`over ${spanWords(overMs)}`]),
  ];
  return `age is ${bounds.join(' and ')}`;
}

/** `"a", "b"`, and how many more. */
export function listOf(texts: readonly string[], between = ', '): string {
  const more = texts.length - mostTexts;
  const shown = texts.slice(0, mostTexts).map(quoted);
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(between);
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > longestText ? `${text.slice(0, longestText)}…` : text);
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** As feeds.yaml writes it, in its two largest units: `2d3h`. */
export function spanWords(ms: number): string {
  const first = units.findIndex(([, size]) => ms >= size);
  if (first === -1) return '0s';
  const words: string[] = [];
  let rest = ms;
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count}${unit}`);
  }
  return words.join('');
}
