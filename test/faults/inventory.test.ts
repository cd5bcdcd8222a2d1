// README.md says which test holds which row of the fault matrix; this holds README.md to the tests.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const rows = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [row = '', file = '', name = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return /^[A-Z]\d\d$/.test(row) ? [{ row, file, name }] : [];
  });

const matrix = {
  A: 'A01 A02 A03 A04 A07 A10 A11 A13 A14 A15 A17 A18 A20 A24 A26 A29 A32 A33 A34 A41 A42',
  'of C, what the wire decides': 'C08',
  D: 'D01 D06 D09 D11 D13 D14 D15 D17 D19 D20 D22 D23 D24 D25 D26',
};

describe.each(Object.entries(matrix))('group %s', (_group, ids) => {
  test.each(ids.split(' '))('%s has a test', (id) => {
    expect(rows.filter(({ row }) => row === id)).not.toEqual([]);
  });
});

test('no row stands there that the matrix does not have', () => {
  const known = Object.values(matrix).flatMap((ids) => ids.split(' '));
  expect([...new Set(rows.map(({ row }) => row))]).toEqual(known);
});

test.each(rows)('$row: "$name" is a test of $file', ({ file, name }) => {
  const path = join(root, file);
  expect([file, existsSync(path)]).toEqual([file, true]);
  expect(name.length).toBeGreaterThan(5);
  expect(testNamesIn(readFileSync(path, 'utf8')).filter((text) => text.includes(name))).not.toEqual([]);
});

/** Every string of the source, comments left out: names of tests stand in tables too. */
function testNamesIn(source: string): string[] {
  const code = source.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  return [...code.matchAll(/(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g)].map(([, , text = '']) => text);
}
