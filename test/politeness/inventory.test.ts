// README.md says which test holds which rule of politeness; this holds README.md to the tests.

import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inventoryOf, isTestOf } from '../support/test-inventory.ts';

const rows = inventoryOf(join(import.meta.dirname, 'README.md'));

const rules: Readonly<Record<string, readonly string[]>> = {
  '§1': Array.from({ length: 23 }, (_none, at) => String(at + 1)),
  '§2': [
    '§2 cases',
    '§2 reasons',
    '§2 only lengthens',
    '§2 own',
    '§2 freshness',
    '§2 ttl, sy',
    '§2 retry',
    '§2 quota',
    '§2 backoff',
    '§2 skip',
    '§2 schedule',
    '§2 kept terms',
    '§2 start',
    '§2 by hand',
  ],
  '§3': ['§3 failures', '§3 never silent', '§3 404', '§3 410', '§3 outage'],
  '§4': ['§4 hops', '§4 adopted', '§4 fast path', '§4 only claimed', '§4 portal', '§4 undone', '§4 history'],
  '§5': [
    '§5 lane',
    '§5 scope',
    '§5 built in',
    '§5 private',
    '§5 hold',
    '§5 too full',
    '§5 one request',
    '§5 single flight',
    '§5 delivery trouble',
  ],
  '§6': ['§6', '§6 226'],
  '§7': ['§7', '§7 same body', '§7 unasked 304', '§7 per URL', '§7 same write', '§7 always 304'],
  '§8': [
    '§8 key',
    '§8 same link',
    '§8 other links',
    '§8 alias',
    '§8 churn',
    '§8 withheld',
    '§8 no date',
    '§8 old date',
    '§8 slid in',
    '§8 gap',
    '§8 seen ids',
    '§8 baseline',
    '§8 updates',
    '§8 deletions',
    '§8 order',
  ],
  // Nothing is pushed.
  '§11': Array.from({ length: 20 }, (_none, at) => `§11.${at + 1}`).filter((row) => row !== '§11.15'),
};

describe.each(Object.entries(rules))('%s', (_section, ids) => {
  test.each(ids.map((id) => [id]))('%s has a test', (id) => {
    expect(rows.filter(({ row }) => row === id)).not.toEqual([]);
  });
});

test('no row stands there that is no rule, and all in their order', () => {
  expect([...new Set(rows.map(({ row }) => row))]).toEqual(Object.values(rules).flat());
});

test.each(rows)('$row: "$name" is a test of $file', (row) => {
  expect(row.name.length).toBeGreaterThan(5);
  expect([row.file, isTestOf(row)]).toEqual([row.file, true]);
});
