import { describe, expect, test } from '@jest/globals';
import { describeFilter } from '../../src/filter/words.ts';
import { faultsOf, filterOf } from './reading.ts';

const nested = (levels: number): unknown => (levels === 1 ? { title: 'x' } : { not: nested(levels - 1) });

describe('a filter in words', () => {
  test.each([
    ['a text', { title: 'rust' }, 'title contains "rust"'],
    ['a list of texts', { title: ['rust', 'go'] }, 'title contains "rust" or "go"'],
    ['several keys', { title: 'a', author: { equals: 'b' } }, 'title contains "a" and author is "b"'],
    [
      'several tests of a field',
      { title: { contains: 'a', matches: 'b' } },
      'title contains "a" and title matches "b"',
    ],
    [
      'any',
      { any: [{ title: 'a' }, { label: 'b', type: 'c' }] },
      'title contains "a" or (label contains "b" and type contains "c")',
    ],
    ['not', { not: { category: ['a'] } }, 'not (category contains "a")'],
    ['exists', { attachment: { exists: true } }, 'attachment exists'],
    ['exists, false', { attachment: { exists: 'false' } }, 'attachment is absent'],
    ['age', { age: { under: '1d12h', over: '90m' } }, 'age is under 1d12h and over 1h30m'],
    ['many texts', { title: [...'abcdefg'] }, 'title contains "a" or "b" or "c" or "d" or "e" or 2 more'],
  ])('%s', (_, value, words) => {
    expect(describeFilter(filterOf(value))).toBe(words);
  });

  test('a huge one stays a line', () => {
    const words = describeFilter(
      filterOf({ any: Array.from({ length: 100 }, () => ({ title: 'x'.repeat(500) })) }),
    );
    expect(words.length).toBeLessThan(310);
  });
});

describe('what is no filter', () => {
  test('all its faults come at once, each with its place', () => {
    expect(
      faultsOf({
        titel: 'x',
        any: [{ title: '' }, { author: { contain: 'x' } }, 'rust'],
        not: {},
        content: { matches: '(' },
        age: { under: 7, older: '1h' },
      }),
    ).toEqual([
      'titel: unknown condition; did you mean "title"?',
      'any.0.title: the text is empty, which everything would contain',
      'any.1.author.contain: unknown condition; did you mean "contains"?',
      'any.2: expected conditions: a mapping of keys such as `title: …`',
      'not: there is no condition; add one, or remove the mapping',
      'content.matches: this is no regular expression (RE2): missing closing ): `(`',
      'age.older: unknown condition; allowed are under, over',
      'age.under: a number without a unit; write 7m for minutes, 7s for seconds',
    ]);
  });

  test.each([
    ['a text', 'rust', ': expected conditions: a mapping'],
    ['a list', [{ title: 'a' }], ': expected conditions: a mapping'],
    ['nothing', {}, ': there is no condition'],
    ['a number as a text', { title: 2026 }, 'title: expected a text; put it in quotes'],
    ['a field without a value', { title: undefined }, 'title: expected a text, a list of texts, or one of'],
    ['an empty list of texts', { title: [] }, 'title: expected a text or a list of texts, and not none'],
    ['a list in a list', { title: [['a']] }, 'title.0: expected a text'],
    ['a field with no test', { title: {} }, 'title: expected one of contains, equals, matches, exists'],
    ['all that is no list', { all: { title: 'a' } }, 'all: expected a list of conditions'],
    ['any of nothing', { any: [] }, 'any: expected a list of conditions'],
    ['exists that is no flag', { title: { exists: 'yes' } }, 'title.exists: expected true or false'],
    ['an age that is a span', { age: '7d' }, 'age: expected `under` or `over`'],
    ['an age of nothing', { age: {} }, 'age: expected `under` or `over`'],
    ['an age of 0', { age: { under: 0 } }, 'age.under: must be from 1s to 3650d'],
    ['an age that no entry has', { age: { under: '1h', over: '1d' } }, 'age: no entry is both'],
    [
      'a pattern that is a list',
      { title: { matches: ['a'] } },
      'title.matches: expected a regular expression',
    ],
    ['__proto__', JSON.parse('{"__proto__": {"title": "a"}}'), '__proto__: unknown condition'],
    ['constructor', { constructor: 'x' }, 'constructor: unknown condition'],
    [
      '__proto__ as a test',
      { title: JSON.parse('{"__proto__": "a"}') },
      'title.__proto__: unknown condition',
    ],
  ])('%s', (_, value, fault) => {
    expect(faultsOf(value)).toEqual([expect.stringContaining(fault)]);
  });

  test.each([
    ['a text of more than 1 KiB', { title: 'é'.repeat(513) }, { title: 'é'.repeat(512) }],
    ['more than 500 texts', { title: Array(501).fill('a') }, { title: Array(500).fill('a') }],
    ['more than 10 levels', nested(11), nested(10)],
    [
      'more than 200 conditions',
      { any: Array(201).fill({ title: 'a' }) },
      { any: Array(200).fill({ title: 'a' }) },
    ],
  ])('%s', (_, value, atTheLimit) => {
    expect(faultsOf(value)).toEqual([expect.stringContaining('at most')]);
    expect(faultsOf(atTheLimit)).toEqual([]);
  });
});
