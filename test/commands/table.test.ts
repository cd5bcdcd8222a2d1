// Columns for a terminal.

import { expect, test } from '@jest/globals';
import { table } from '../../src/commands/table.ts';

test('columns are as wide as their widest cell, and nothing trails', () => {
  expect(
    table(
      ['A', 'LONG'],
      [
        ['one', 1],
        ['b', ''],
      ],
    ),
  ).toBe('A    LONG\none  1\nb');
});

test('a table may have more rows than a call takes arguments', () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => [at]);
  expect(table(['N'], rows)).toHaveLength('N\n'.length + rows.join('\n').length);
});
