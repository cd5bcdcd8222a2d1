// A page that says which test holds which row, read as its rows: | row | file | test |. What the page must hold is the
// business of the test beside it.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface InventoryRow {
  readonly row: string;
  /** Path from the root. */
  readonly file: string;
  /** A text that stands in a string of the file. */
  readonly name: string;
}

export function inventoryOf(page: string): InventoryRow[] {
  return readFileSync(page, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [row = '', file = '', name = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return file.startsWith('test/') ? [{ row, file, name }] : [];
    });
}

/** Whether the file has a string that holds the text, comments left out: names of tests stand in tables too. */
export function isTestOf({ file, name }: InventoryRow): boolean {
  const path = join(root, file);
  return existsSync(path) && stringsIn(readFileSync(path, 'utf8')).some((text) => text.includes(name));
}

function stringsIn(source: string): string[] {
  const code = source.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  return [...code.matchAll(/(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g)].map(([, , text = '']) => text);
}
