// README.md says which test holds which row of the fault matrix; this holds README.md to the tests.

import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inventoryOf, isTestOf } from '../support/test-inventory.ts';

const page = join(import.meta.dirname, 'README.md');
const rows = inventoryOf(page);

const matrix = {
  A: 'A01 A02 A03 A04 A07 A10 A11 A13 A14 A15 A17 A18 A20 A24 A26 A29 A32 A33 A34 A41 A42',
  B: 'B01 B02 B03 B05 B06 B10 B11 B14 B15 B18 B19 B20 B21 B22 B25 B28 B33',
  C: 'C01 C04 C05 C06 C07 C08',
  D: 'D01 D06 D09 D11 D13 D14 D15 D17 D19 D20 D22 D23 D24 D25 D26',
  E: 'E02 E05 E06 E09 E10 E16 E18 E19 E20 E22 E23 E24 E26 E29',
  G: 'G02 G03 G05 G08 G15 G16 G17 G18 G19 G21 G23 G24 G25 G27',
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

test.each(rows)('$row: "$name" is a test of $file', (row) => {
  expect(row.name.length).toBeGreaterThan(5);
  expect([row.file, isTestOf(row)]).toEqual([row.file, true]);
});
