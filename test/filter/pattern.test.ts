// Regular expressions over what strangers write: RE2 refuses what can explode, and the rest of the classics give their answer.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPattern } from '../../src/filter/pattern.ts';
import { judge, subjectOf } from './reading.ts';

function problemOf(source: string): string {
  const read = readPattern(source);
  return 'problem' in read ? read.problem : '';
}

function matches(source: string, text: string): boolean {
  const read = readPattern(source);
  if ('problem' in read) throw new Error(read.problem);
  return read.pattern.test(text);
}

describe('what RE2 lacks is said', () => {
  test.each([
    ['look-ahead', 'a(?=b)', 'has no look-around'],
    ['negative look-ahead', '^(?!.*spam)', 'has no look-around'],
    ['look-behind', '(?<=a)b', 'has no look-around'],
    ['negative look-behind', '(?<!a)b', 'has no look-around'],
    ['a back-reference', '(a)\\1', 'has no back-references'],
    ['a back-reference by name', '(?P<n>a)\\k<n>', 'has no back-references'],
    ['a back-reference as Python writes it', '(?P<n>a)(?P=n)', 'has no back-references'],
    ['an atomic group', '(?>a+)b', 'has no atomic groups'],
    ['a possessive count', 'a++b', 'has no atomic groups'],
    ['a bracket left open', '(a', 'missing closing ): `(a`'],
    ['a class left open', '[a', 'missing closing ]'],
    ['nothing to repeat', '*a', 'missing argument to repetition operator'],
    ['nothing', '', 'must not be empty'],
    ['more than 1 KiB', 'é'.repeat(513), 'at most 1024 bytes'],
    ['counts that multiply', '((a|bc){30}){30}', 'too costly'],
    ['a count beyond 1000', 'a{1001}', 'invalid repeat count'],
  ])('%s', (_, source, message) => {
    expect(problemOf(source)).toContain(message);
  });

  test('a backslash before a digit is none', () => {
    expect(matches('C:\\\\1', 'C:\\1')).toBe(true);
  });

  test('1 KiB of letters fits', () => {
    expect(problemOf(`(?i)${'a'.repeat(1020)}`)).toBe('');
  });
});

describe('patterns that explode elsewhere answer on 100 KB', () => {
  const long = 100_000;
  test.each([
    ['(a+)+$', `${'a'.repeat(long)}!`, false],
    ['^(a|a)*$', 'a'.repeat(long), true],
    ['^(a|aa)+$', `${'a'.repeat(long)}b`, false],
    ['(x+x+)+y', 'x'.repeat(long), false],
    ['(x+x+)+y', `${'x'.repeat(long)}y`, true],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(long), false],
    ['(.*)(.*)(.*)(.*)[^a!]$', 'a'.repeat(long), false],
    [
      '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
      'a'.repeat(long),
      false,
    ],
    ['\\s+$', `${' '.repeat(long)}x`, false],
    ['<script.*?>.*?</script>', '<script>'.repeat(long / 8), false],
  ])('%s', (source, text, answer) => {
    expect(matches(source, text)).toBe(answer);
  });
});

test('a pattern of letters finds what contains finds', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zé]{1,3}$/), fc.stringMatching(/^[a-zé ]{0,40}$/), (needle, text) => {
      const subject = subjectOf({ title: [text] });
      expect(judge({ title: { matches: needle } }, subject).passes).toBe(
        judge({ title: needle }, subject).passes,
      );
    }),
  );
});
