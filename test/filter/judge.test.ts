import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Filter } from '../../src/filter/filter.ts';
import { judgeFilter } from '../../src/filter/judge.ts';
import { maxFilterDepth } from '../../src/filter/parse.ts';
import { maxSubjectChars } from '../../src/filter/subject.ts';
import { filterOf, judge, subjectOf } from './reading.ts';

const entry = subjectOf({
  title: ['Rust 2.0 is here'],
  content: ['Line one\nLine two'],
  author: ['Ann Other', 'Bob'],
  category: ['CVE', 'Security'],
  attachment: ['audio/mpeg', 'https://a.example/a.mp3'],
  summary: [''],
});

test('each condition is asked once, however deep the groups are nested', () => {
  let asked = 0;
  const pattern = { source: 'x', test: () => ++asked < 0 };
  let filter: Filter = { kind: 'text', field: 'title', test: { kind: 'matches', pattern } };
  for (let depth = 1; depth < maxFilterDepth; depth++) filter = { kind: 'any', filters: [filter] };
  expect(judgeFilter(filter, entry)).toEqual({ passes: false, because: 'title does not match "x"' });
  expect(asked).toBe(1);
});

describe('what a condition lets through', () => {
  test.each([
    ['a part, in whatever case', { title: 'RUST' }, true],
    ['another text', { title: 'go' }, false],
    ['one of several texts', { title: ['go', 'rust'] }, true],
    ['one of several authors', { author: 'bob' }, true],
    ['the whole of one of several', { category: { equals: 'cve' } }, true],
    ['a part, where the whole is asked for', { category: { equals: 'secur' } }, false],
    ['a pattern', { title: { matches: '\\d\\.\\d' } }, true],
    ['a pattern in another case', { title: { matches: 'rust' } }, false],
    ['a pattern in whatever case', { title: { matches: '(?i)rust' } }, true],
    ['a pattern over lines, without (?s)', { content: { matches: 'one.Line' } }, false],
    ['a pattern over lines', { content: { matches: '(?s)one.Line' } }, true],
    ['a field that is there', { attachment: { exists: true } }, true],
    ['a field that is not there', { language: { exists: true } }, false],
    ['a field that is blank', { summary: { exists: true } }, false],
    ['no field', { language: { exists: false } }, true],
    ['a text in a field that is not there', { language: 'en' }, false],
    ['several keys, all of which hold', { title: 'rust', author: 'ann' }, true],
    ['several keys, one of which does not hold', { title: 'rust', author: 'zoe' }, false],
    ['all', { all: [{ title: 'rust' }, { author: 'zoe' }] }, false],
    ['any', { any: [{ title: 'go' }, { author: 'ann' }] }, true],
    ['any, of which none holds', { any: [{ title: 'go' }, { author: 'zoe' }] }, false],
    ['not', { not: { title: 'go' } }, true],
    ['not not', { not: { not: { title: 'rust' } } }, true],
    [
      'not of several keys: one that does not hold is enough',
      { not: { title: 'rust', author: 'zoe' } },
      true,
    ],
    ['a part of a media type', { attachment: 'audio/' }, true],
  ])('%s', (_, filter, passes) => {
    expect(judge(filter, entry).passes).toBe(passes);
  });

  test.each([
    ['accents count', 'resume', 'Résumé', false],
    ['letter and accent apart', 'résumé', 'Re\u0301sume\u0301', true],
    ['accents that come apart in capitals', 'ι', 'ΐ', false],
    ['ß is ss', 'STRASSE', 'straße', true],
    ['both small sigmas', 'ΟΔΟΣ', 'οδος', true],
    ['a sigma inside a word', 'σα', 'ΜΟΥΣΑ', true],
    ['a sigma at the end of what is looked for', 'ΜΟΥΣ', 'ΜΟΥΣΑ', true],
    ['emoji', '🚀', 'to the 🚀!', true],
  ])('%s', (_, text, title, passes) => {
    expect(judge({ title: text }, subjectOf({ title: [title] })).passes).toBe(passes);
  });
});

test('a pattern sees letter and accent as one', () => {
  const subject = subjectOf({ title: ['Re\u0301sume\u0301'] });
  expect(judge({ title: { matches: '^R.sum.$' } }, subject).passes).toBe(true);
});

describe('age', () => {
  const day = 86_400_000;
  test.each([
    ['under', { under: '7d' }, 7 * day - 1, true],
    ['under, met', { under: '7d' }, 7 * day, false],
    ['over', { over: '1h' }, 3_600_001, true],
    ['over, met', { over: '1h' }, 3_600_000, false],
    ['between', { under: '2d', over: '1d' }, 1.5 * day, true],
    ['under, without a date', { under: '1s' }, 0, true],
    ['over, without a date', { over: '1s' }, 0, false],
  ])('%s', (_, age, ageMs, passes) => {
    expect(judge({ age }, subjectOf({}, ageMs)).passes).toBe(passes);
  });
});

describe('the condition that stopped it is named', () => {
  test.each([
    [{ title: 'go' }, 'title does not contain "go"'],
    [{ title: ['go', 'zig'] }, 'title contains none of "go", "zig"'],
    [{ author: { equals: 'zoe' } }, 'author is not "zoe"'],
    [{ author: { equals: ['zoe', 'al'] } }, 'author is none of "zoe", "al"'],
    [{ title: { matches: 'x' } }, 'title does not match "x"'],
    [{ language: { exists: true } }, 'it has no language'],
    [{ title: { exists: false } }, 'it has title'],
    [{ not: { title: 'rust' } }, 'title contains "rust"'],
    [{ title: 'rust', author: 'zoe', category: 'x' }, 'author does not contain "zoe"'],
    [{ all: [{ title: 'rust' }, { not: { category: 'cve' } }] }, 'category contains "cve"'],
    [{ any: [{ title: 'go' }] }, 'title does not contain "go"'],
    [
      { any: [{ title: 'go' }, { author: 'zoe' }] },
      'none holds of title contains "go" or author contains "zoe"',
    ],
    [{ age: { over: '1h' } }, 'it is new, which is not over 1h'],
  ])('%j', (filter, because) => {
    expect(judge(filter, entry)).toEqual({ passes: false, because });
  });

  test('an age in its two largest units', () => {
    expect(judge({ age: { under: '7d' } }, subjectOf({}, 9 * 86_400_000 + 3_660_000))).toEqual({
      passes: false,
      because: 'it is 9d1h old, which is not under 7d',
    });
  });
});

test('64 KiB of a text are looked at, and no more', () => {
  const text = (before: number) => subjectOf({ content: [`${'a'.repeat(before)}b`] });
  expect(judge({ content: 'b' }, text(maxSubjectChars - 1)).passes).toBe(true);
  expect(judge({ content: 'b' }, text(maxSubjectChars)).passes).toBe(false);
  expect(judge({ content: { matches: 'b' } }, text(maxSubjectChars)).passes).toBe(false);
});

test('a text is read once, however many conditions ask for it', () => {
  let asked = 0;
  const counting = subjectOf({
    get title() {
      asked++;
      return ['x'];
    },
  });
  judge({ any: [{ title: 'a' }, { title: { matches: 'b' } }, { title: { equals: 'c' } }] }, counting);
  expect(asked).toBe(1);
});

const condition = fc.oneof(
  fc.record({ title: fc.constantFrom('rust', 'go') }),
  fc.record({ author: fc.record({ equals: fc.constantFrom('bob', 'zoe') }) }),
  fc.record({ language: fc.record({ exists: fc.boolean() }) }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    condition,
    fc.record({ not: tie('tree') }),
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

test('De Morgan: not any is all not, and what does not pass always says why', () => {
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), (trees) => {
      const none = judge({ not: { any: trees } }, entry);
      expect(none.passes).toBe(judge({ all: trees.map((not) => ({ not })) }, entry).passes);
      expect(none.passes || none.because.length > 0).toBe(true);
      expect(filterOf({ any: trees })).toBeDefined();
    }),
    { numRuns: 200 },
  );
});
