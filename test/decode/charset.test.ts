import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { charsetReasons, decideCharset } from '../../src/decode/charset.ts';

const rows = [
  // media type, parameter, declaration, BOM -> charset, reason
  ['application/xml', undefined, undefined, undefined, 'utf-8', 'utf-8-default'],
  ['application/xml', undefined, 'koi8-r', undefined, 'koi8-r', 'xml-declaration'],
  ['application/xml', 'euc-jp', 'koi8-r', undefined, 'euc-jp', 'content-type'],
  ['application/xml', 'euc-jp', undefined, undefined, 'euc-jp', 'content-type'],
  ['application/xml', 'euc-jp', 'koi8-r', 'utf-8', 'utf-8', 'bom'],
  ['application/xml', undefined, 'koi8-r', 'utf-16le', 'utf-16le', 'bom'],
  ['application/atom+xml', undefined, 'koi8-r', undefined, 'koi8-r', 'xml-declaration'],
  ['application/atom+xml', 'euc-jp', 'koi8-r', undefined, 'euc-jp', 'content-type'],
  ['text/xml', undefined, undefined, undefined, 'us-ascii', 'us-ascii-default'],
  ['text/xml', undefined, 'koi8-r', undefined, 'us-ascii', 'us-ascii-default'],
  ['text/xml', 'euc-jp', 'koi8-r', undefined, 'euc-jp', 'content-type'],
  ['text/xml', 'euc-jp', undefined, 'utf-8', 'utf-8', 'bom'],
  ['text/xml', undefined, undefined, 'utf-16be', 'utf-16be', 'bom'],
  ['text/rss+xml', undefined, 'koi8-r', undefined, 'us-ascii', 'us-ascii-default'],
  ['text/xml-external-parsed-entity', undefined, 'koi8-r', undefined, 'us-ascii', 'us-ascii-default'],
  ['application/feed+json', undefined, undefined, undefined, 'utf-8', 'json-utf-8'],
  ['application/feed+json', 'euc-jp', undefined, undefined, 'utf-8', 'json-utf-8'],
  ['application/json', undefined, undefined, 'utf-16le', 'utf-16le', 'bom'],
  ['text/html', undefined, undefined, undefined, 'utf-8', 'untyped-utf-8-default'],
  ['text/html', undefined, 'koi8-r', undefined, 'koi8-r', 'untyped-xml-declaration'],
  ['text/plain', 'euc-jp', 'koi8-r', undefined, 'euc-jp', 'content-type'],
  [undefined, undefined, undefined, undefined, 'utf-8', 'untyped-utf-8-default'],
  [undefined, undefined, 'koi8-r', undefined, 'koi8-r', 'untyped-xml-declaration'],
  [undefined, 'euc-jp', 'koi8-r', undefined, 'euc-jp', 'content-type'],
  [undefined, 'euc-jp', 'koi8-r', 'utf-8', 'utf-8', 'bom'],
] as const;

describe('RFC 3023 §3 and §8: media type x parameter x declaration x BOM', () => {
  test.each(rows)(
    '%s, charset %s, encoding %s, BOM %s: %s by %s',
    (mediaType, parameter, declaration, bom, charset, reason) => {
      expect(
        decideCharset({
          ...(mediaType && { mediaType }),
          ...(parameter && { charsetParameter: parameter }),
          ...(declaration && { declaration }),
          ...(bom && { bom }),
        }),
      ).toEqual({ charset, reason });
    },
  );

  test.each([
    ['application/xml', 'utf-16be', 'utf-16be', 'byte-pattern'],
    ['application/json', 'utf-16le', 'utf-16le', 'byte-pattern'],
    ['application/xml', 'ebcdic', 'ibm037', 'byte-pattern'],
    ['application/json', 'ebcdic', 'utf-8', 'json-utf-8'],
    ['text/xml', 'utf-16be', 'us-ascii', 'us-ascii-default'],
  ] as const)('%s that names nothing, laid out as %s: %s by %s', (mediaType, pattern, charset, reason) => {
    expect(decideCharset({ mediaType, pattern })).toEqual({ charset, reason });
  });
});

test('docs/charset.md lists exactly the reasons of the code, with the same words', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/charset.md'), 'utf8');
  const section = page.slice(page.indexOf('## Reasons'));
  const listed = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, reason, text]) => [
    reason,
    text,
  ]);
  expect(Object.fromEntries(listed)).toEqual(charsetReasons);
});
