import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { findBom, findPattern } from '../../src/decode/bom.ts';
import { readDeclaration } from '../../src/decode/xml-declaration.ts';

describe('XML 1.0 appendix F.1: with a byte order mark', () => {
  test.each([
    ['00 00 FE FF', [0x00, 0x00, 0xfe, 0xff, 0, 0, 0, 0x3c], { bom: 'utf-32be', length: 4 }],
    ['FF FE 00 00, not UTF-16', [0xff, 0xfe, 0x00, 0x00, 0x3c, 0, 0, 0], { bom: 'utf-32le', length: 4 }],
    ['FE FF', [0xfe, 0xff, 0x00, 0x3c], { bom: 'utf-16be', length: 2 }],
    ['FF FE', [0xff, 0xfe, 0x3c, 0x00], { bom: 'utf-16le', length: 2 }],
    ['EF BB BF', [0xef, 0xbb, 0xbf, 0x3c], { bom: 'utf-8', length: 3 }],
    ['EF BB alone is none', [0xef, 0xbb], undefined],
    ['one byte', [0xff], undefined],
    ['nothing', [], undefined],
  ])('%s', (_name, bytes, expected) => {
    expect(findBom(Uint8Array.from(bytes))).toEqual(expected);
  });
});

describe('XML 1.0 appendix F.1: without a byte order mark', () => {
  test.each([
    ['utf-32be', iconv.encode('<?xml', 'utf-32be')],
    ['utf-32le', iconv.encode('<?xml', 'utf-32le')],
    ['utf-16be', iconv.encode('<?xml', 'utf-16be')],
    ['utf-16le', iconv.encode('<rss>', 'utf-16le')],
    ['utf-16le', iconv.encode('\n<rss>', 'utf-16le')],
    ['utf-16be', iconv.encode('{"version"', 'utf-16be')],
    ['ebcdic', Buffer.of(0x4c, 0x6f, 0xa7, 0x94, 0x93)],
    // <rss, <feed, <RDF without a declaration
    ['ebcdic', Buffer.of(0x4c, 0x99, 0xa2, 0xa2, 0x40)],
    ['ebcdic', Buffer.of(0x4c, 0x86, 0x85, 0x85, 0x84)],
    ['ebcdic', Buffer.of(0x4c, 0xd9, 0xc4, 0xc6)],
    // Lé in latin-1 and in UTF-8
    ['ascii', Buffer.of(0x4c, 0xe9, 0x6f, 0x6e)],
    ['ascii', Buffer.of(0x4c, 0xc3, 0xa9, 0x6f)],
    ['ascii', Buffer.from('<?xml')],
    ['ascii', Buffer.from('Lo\xa7\x95', 'latin1')],
    ['ascii', Buffer.of(0, 0, 0, 0)],
    ['ascii', Buffer.of(0x3c, 0)],
    ['ascii', Buffer.of()],
  ])('%s %#', (pattern, bytes) => {
    expect(findPattern(bytes)).toBe(pattern);
  });
});

describe('the encoding of an XML declaration', () => {
  test.each([
    ['in double quotes', '<?xml version="1.0" encoding="koi8-r"?>', 'koi8-r'],
    ['in single quotes', "<?xml version='1.0' encoding='KOI8-R' standalone='yes'?>", 'koi8-r'],
    ['with blanks', '<?xml version = "1.0"\n encoding = " koi8-r " ?>', 'koi8-r'],
    ['after white space', '\r\n <?xml version="1.0" encoding="koi8-r"?>', 'koi8-r'],
    ['without a version', '<?xml encoding="koi8-r"?>', 'koi8-r'],
    ['empty', '<?xml version="1.0" encoding=""?>', undefined],
    ['absent', '<?xml version="1.0"?><a encoding="koi8-r"/>', undefined],
    ['in a style sheet instruction', '<?xml-stylesheet encoding="koi8-r"?>', undefined],
    ['in a comment before', '<!-- <?xml version="1.0" encoding="koi8-r"?> -->', undefined],
    ['of another name', '<?xml version="1.0" xencoding="koi8-r"?>', undefined],
    ['never closed', '<?xml version="1.0" encoding="koi8-r"', undefined],
    ['ending at the 1,024th character', `<?xml encoding="koi8-r"${' '.repeat(999)}?>`, 'koi8-r'],
    ['ending one later', `<?xml encoding="koi8-r"${' '.repeat(1000)}?>`, undefined],
  ])('%s', (_name, text, expected) => {
    expect(readDeclaration(Buffer.from(text), 'ascii')).toBe(expected);
  });

  test.each(['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'] as const)(
    'is read in the layout of %s',
    (pattern) => {
      const bytes = iconv.encode('<?xml version="1.0" encoding="x-any"?><rss/>', pattern);
      expect(readDeclaration(bytes, pattern)).toBe('x-any');
    },
  );

  test('is read in EBCDIC, whose pages agree on the characters it needs', () => {
    const bytes = Buffer.from(
      '4c6fa7949340a58599a28996957e7ff14bf07f4085958396848995877e7fc9c2d460f1f0f4f77f6f6e',
      'hex',
    );
    expect(readDeclaration(bytes, 'ebcdic')).toBe('ibm-1047');
  });
});
