import { describe, expect, test } from '@jest/globals';
import { mediaFamily, readContentType } from '../../src/decode/media-type.ts';

describe('RFC 9110 §8.3 Content-Type, as origins write it', () => {
  test.each([
    ['a plain type', 'application/atom+xml', 'application/atom+xml', undefined],
    ['a parameter', 'text/xml; charset=utf-8', 'text/xml', 'utf-8'],
    ['upper case', 'TEXT/XML; CHARSET=UTF-8', 'text/xml', 'utf-8'],
    ['double quotes', 'text/xml; charset="utf-8"', 'text/xml', 'utf-8'],
    ['single quotes', "text/xml; charset='utf-8'", 'text/xml', 'utf-8'],
    ['a quote that never closes', 'text/xml; charset="utf-8', 'text/xml', 'utf-8'],
    ['a semicolon at the end', 'text/xml; charset=utf-8;', 'text/xml', 'utf-8'],
    ['junk behind the label', 'text/xml; charset=utf-8/', 'text/xml', 'utf-8'],
    ['a semicolon inside the quotes', 'text/xml; charset="utf-8;"', 'text/xml', 'utf-8'],
    ['junk behind it inside the quotes', 'text/xml; charset="utf-8, gzip"', 'text/xml', 'utf-8'],
    ['a template that nobody filled', 'text/xml; charset=%charset%', 'text/xml', 'charset'],
    ['a label with parentheses', 'text/xml; charset=nf_z_62-010_(1973)', 'text/xml', 'nf_z_62-010_(1973)'],
    ['nothing but junk', 'text/xml; charset=@@@', 'text/xml', '@@@'],
    ['no blank', 'text/xml;charset=utf-8', 'text/xml', 'utf-8'],
    ['blanks round the equals sign', 'text/xml; charset = utf-8', 'text/xml', 'utf-8'],
    ['a semicolon forgotten', 'text/xml charset=utf-8', 'text/xml', 'utf-8'],
    ['a doubled parameter: the first counts', 'text/xml; charset=utf-8; charset=latin1', 'text/xml', 'utf-8'],
    ['two headers joined into one', 'text/xml; charset=utf-8, text/html', 'text/xml', 'utf-8'],
    ['another parameter before it', 'text/xml; version=1.0; charset=utf-8', 'text/xml', 'utf-8'],
    ['the word inside another value', 'text/xml; a="; charset=evil"; charset=utf-8', 'text/xml', 'utf-8'],
    ['an empty value', 'text/xml; charset=', 'text/xml', undefined],
    ['empty quotes', 'text/xml; charset=""', 'text/xml', undefined],
    ['a parameter without a type', 'charset=utf-8', undefined, 'utf-8'],
    ['no slash', 'xml', undefined, undefined],
    ['an empty header', '', undefined, undefined],
    ['no header', undefined, undefined, undefined],
    ['a label of 10 KB', `text/xml; charset=${'x'.repeat(10_240)}`, 'text/xml', undefined],
    ['10 KB of semicolons', `text/xml${';'.repeat(10_240)}charset=utf-8`, 'text/xml', 'utf-8'],
    ['10 KB of blanks', `text/xml;${' '.repeat(10_240)}charset=utf-8`, 'text/xml', 'utf-8'],
    ['10 KB of quotes', `text/xml; charset=${'"'.repeat(10_240)}`, 'text/xml', undefined],
    ['10 KB of backslashes', `text/xml; charset="${'\\'.repeat(10_240)}`, 'text/xml', undefined],
  ])('%s', (_name, header, mediaType, charsetParameter) => {
    const read = readContentType(header);
    expect(read.mediaType).toBe(mediaType);
    expect(read.charsetParameter).toBe(charsetParameter);
  });

  test('any bytes of a header are read in linear time and never throw', () => {
    const alphabet = [
      'charset',
      '=',
      ';',
      ',',
      '"',
      "'",
      '\\',
      ' ',
      '\t',
      'text/xml',
      'utf-8',
      '\0',
      'é',
      '/',
    ];
    let seed = 1;
    for (let round = 0; round < 2_000; round++) {
      let header = '';
      for (let piece = 0; piece < 30; piece++) {
        seed = (seed * 48_271) % 2_147_483_647;
        header += alphabet[seed % alphabet.length];
      }
      expect(() => readContentType(header)).not.toThrow();
    }
  });
});

test.each([
  ['application/xml', 'application-xml'],
  ['application/rss+xml', 'application-xml'],
  ['application/xml-dtd', 'application-xml'],
  ['application/xml-external-parsed-entity', 'application-xml'],
  ['image/svg+xml', 'application-xml'],
  ['text/xml', 'text-xml'],
  ['text/rss+xml', 'text-xml'],
  ['text/xml-external-parsed-entity', 'text-xml'],
  ['application/json', 'json'],
  ['application/feed+json', 'json'],
  ['text/json', 'json'],
  ['text/html', 'other'],
  ['text/plain', 'other'],
  ['application/octet-stream', 'other'],
  ['application/rss', 'other'],
  [undefined, 'other'],
])('RFC 3023 §3: %s is of the family %s', (mediaType, family) => {
  expect(mediaFamily(mediaType)).toBe(family);
});
