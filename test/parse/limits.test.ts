// Every limit of parsing, met from both sides.

import { describe, expect, test } from '@jest/globals';
import type { ParseLimits } from '../../src/parse/parse.ts';
import { mostPeople } from '../../src/parse/person.ts';
import { item, outcomeOf, parseText, rss } from './documents.ts';

const nested = (depth: number) => `<rss>${'<a>'.repeat(depth - 1)}${'</a>'.repeat(depth - 1)}</rss>`;
const json = (items: number) =>
  `{"version":"https://jsonfeed.org/version/1.1","items":[${Array(items).fill('{"id":"a"}').join()}]}`;

describe('a document at a limit is parsed, one above it is refused', () => {
  test.each<[string, (size: number) => string, keyof ParseLimits, number, string]>([
    ['depth', nested, 'maxDepth', 30, 'too-deep'],
    [
      'references',
      (size) => rss(item(`<title>${'&amp;'.repeat(size)}</title>`)),
      'maxReferences',
      50,
      'too-many-references',
    ],
    [
      'references in JSON',
      (size) => json(1).replace('a', '&'.repeat(size)),
      'maxReferences',
      5,
      'too-many-references',
    ],
    ['tags', (size) => `<rss>${'<a/>'.repeat(size - 2)}</rss>`, 'maxTags', 40, 'too-many-tags'],
    ['entries', (size) => rss(item('<title>a</title>').repeat(size)), 'maxEntries', 9, 'too-many-entries'],
    ['entries in JSON', json, 'maxEntries', 9, 'too-many-entries'],
  ])('%s', (_, make, limit, size, code) => {
    expect(outcomeOf(make(size), { [limit]: size })).toBe('parsed');
    expect(outcomeOf(make(size + 1), { [limit]: size })).toBe(code);
  });

  test.each([mostPeople - 1, mostPeople, mostPeople + 1])(
    `of %i people at most ${mostPeople} are kept`,
    (count) => {
      const authors = Array.from({ length: count }, (_, at) => `<author>Author ${at}</author>`).join('');
      const [entry] = parseText(rss(item(`<title>a</title>${authors}`))).entries;
      expect(entry?.authors).toHaveLength(Math.min(count, mostPeople));
    },
  );

  test('a limit of 0 allows none, and is not "no limit"', () => {
    expect(outcomeOf(rss(''), { maxReferences: 0 })).toBe('parsed');
    expect(outcomeOf(rss('&amp;'), { maxReferences: 0 })).toBe('too-many-references');
    expect(outcomeOf(rss(item('')), { maxEntries: 0 })).toBe('too-many-entries');
    expect(outcomeOf(rss(''), { maxTags: 0 })).toBe('too-many-tags');
    expect(outcomeOf(rss(''), { maxDepth: 0 })).toBe('too-deep');
  });

  test('attributes past the eighth of an element count as two tags each', () => {
    const many = `<rss><a ${'b="" '.repeat(1000)}/></rss>`;
    expect(outcomeOf(many, { maxTags: 2000 })).toBe('parsed');
    expect(outcomeOf(many, { maxTags: 1900 })).toBe('too-many-tags');
  });
});

describe('B06 depth', () => {
  test.each([101, 1_000, 10_000, 200_000])('%i levels, closed, are refused', (depth) => {
    const text = nested(depth);
    expect(outcomeOf(text)).toBe('too-deep');
  });

  test('1,000,000 levels that nobody closes are refused', () => {
    const text = `<rss>${'<a>'.repeat(1_000_000)}`;
    expect(outcomeOf(text)).toBe('too-deep');
  });

  test('a long line of unclosed <br> is no depth', () => {
    expect(outcomeOf(rss(item(`<description>${'line<br>'.repeat(500)}</description>`)))).toBe('parsed');
  });

  test('JSON nested 200,000 deep is answered', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(outcomeOf(`{"version":"https://jsonfeed.org/version/1","items":[],"x":${deep}}`)).toBe('parsed');
    expect(outcomeOf(`{"version":"https://jsonfeed.org/version/1","id":1,"x":${deep}}`)).toBe('too-deep');
  });
});
