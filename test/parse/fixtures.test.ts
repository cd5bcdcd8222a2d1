// Whole documents of every format, each beside the model it stands for.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from '../../src/parse/parse.ts';
import { limits } from './documents.ts';

const folder = join(import.meta.dirname, '../fixtures/feeds');
const documents = readdirSync(folder).filter((name) => !name.endsWith('.json'));

describe('a document of each format becomes the model beside it', () => {
  test.each(documents)('%s', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const expected: unknown = JSON.parse(readFileSync(join(folder, name.replace(/\.\w+$/, '.json')), 'utf8'));
    expect(parse({ text, url: `https://example.org/feeds/${name}`, limits })).toEqual(expected);
  });

  test('no field is present without a value, in any of them', () => {
    for (const name of documents) {
      const text = readFileSync(join(folder, name), 'utf8');
      const feed = parse({ text, url: 'https://example.org/', limits });
      for (const record of [feed, ...feed.entries]) expect(Object.values(record)).not.toContain(undefined);
    }
  });

  test.each(documents)('%s means the same with CRLF line ends and a BOM', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const url = `https://example.org/feeds/${name}`;
    const windows = `\ufeff${text.replaceAll('\n', '\r\n')}`;
    expect(parse({ text: windows, url, limits })).toEqual(parse({ text, url, limits }));
  });
});
