import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { charsetReasons } from '../../src/decode/charset.ts';
import { decode } from '../../src/decode/decode.ts';
import { DecodeError } from '../../src/errors.ts';
import { charsetPairs } from './charset-pairs.ts';

const xml = (encoding: string, text: string) =>
  `<?xml version="1.0" encoding="${encoding}"?><rss><channel><title>${text}</title></channel></rss>`;
const bytesOf = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex');

/** Between two halves of markup, bytes that no encoder would write. */
const around = (middle: Buffer, encoding = 'utf-8') =>
  Buffer.concat([
    Buffer.from(`<?xml version="1.0" encoding="${encoding}"?><title>`),
    middle,
    Buffer.from('</title>'),
  ]);
const titleOf = (text: string) => /<title>(.*)<\/title>/s.exec(text)?.[1];

describe('C04: the header wins over the declaration', () => {
  test.each(charsetPairs)('charset=%s against encoding="%s"', (header, declared, text, charset) => {
    const body = iconv.encode(xml(declared, text), header);
    for (const type of ['application/xml', 'text/xml', 'application/rss+xml', 'text/html']) {
      const decoded = decode(body, `${type}; charset=${header}`);
      expect(decoded).toEqual({
        text: xml(declared, text),
        charset: { charset, reason: 'content-type', recovered: false },
      });
    }
  });
});

describe('every encoding family, by declaration alone', () => {
  test.each([
    ['utf-8', 'Grüße 日本 😀', 'utf-8'],
    ['windows-1250', 'kůň', 'windows-1250'],
    ['windows-1251', 'Привет', 'windows-1251'],
    ['windows-1253', 'Ελλάδα', 'windows-1253'],
    ['windows-1254', 'İstanbul', 'windows-1254'],
    ['windows-1255', 'שלום', 'windows-1255'],
    ['windows-1256', 'سلام', 'windows-1256'],
    ['windows-1257', 'Rīga', 'windows-1257'],
    ['windows-1258', 'Đà', 'windows-1258'],
    ['windows-874', 'ไทย', 'windows-874'],
    ['iso-8859-1', 'Grüße', 'windows-1252'],
    ['iso-8859-5', 'Привет', 'iso-8859-5'],
    ['iso-8859-7', 'Ελλάδα', 'iso-8859-7'],
    ['iso-8859-16', 'ș', 'iso-8859-16'],
    ['koi8-r', 'Привет', 'koi8-r'],
    ['koi8-u', 'Київ', 'koi8-u'],
    ['macintosh', 'Grüße', 'macintosh'],
    ['ibm866', 'Привет', 'ibm866'],
    ['shift_jis', '日本語', 'shift_jis'],
    ['euc-jp', '日本語', 'euc-jp'],
    ['gb2312', '今日新闻', 'gb18030'],
    ['gb18030', '今日㐀😀', 'gb18030'],
    ['big5', '今日新聞', 'big5'],
    ['euc-kr', '한국어', 'euc-kr'],
    ['cp850', 'Grüße', 'cp850'],
    ['cp1125', 'Київ', 'cp1125'],
    ['koi8-t', 'Тоҷикӣ', 'koi8-t'],
    ['utf-7', 'Grüße <b>', 'utf-7'],
    ['cesu-8', '😀', 'cesu-8'],
    ['utf-16le', '日本 😀', 'utf-16le'],
    ['utf-16be', '日本 😀', 'utf-16be'],
    ['utf-32le', '日本 😀', 'utf-32le'],
    ['utf-32be', '日本 😀', 'utf-32be'],
  ])('%s', (encoding, text, charset) => {
    // The prolog of utf-7 is written in ASCII, as every reader must find it so.
    const body =
      encoding === 'utf-7'
        ? Buffer.concat([
            Buffer.from('<?xml version="1.0" encoding="utf-7"?>'),
            iconv.encode(`<a>${text}</a>`, 'utf-7'),
          ])
        : iconv.encode(xml(encoding, text), encoding);
    const decoded = decode(body, 'application/xml');
    expect(decoded.charset).toEqual({ charset, reason: 'xml-declaration', recovered: false });
    expect(decoded.text).toContain(text);
  });

  test.each([
    ['iso-2022-jp', '1b2442467c4b5c1b2842', '日本'],
    ['hz-gb-2312', '7e7b 3d71 4855 7e7d 7e7e 7e0a 6f6b', '今日~ok'],
    ['iso-2022-cn', '1b242941 0e 3d71 4855 0f 20 6f6b', '今日 ok'],
    ['x-mac-cyrillic', '8ff0e8e2e5f2', 'Привет'],
  ])('%s, which iconv-lite cannot write', (encoding, hex, text) => {
    const decoded = decode(around(bytesOf(hex), encoding), 'application/xml');
    expect(titleOf(decoded.text)).toBe(text);
    expect(decoded.charset).toEqual({ charset: encoding, reason: 'xml-declaration', recovered: false });
  });

  test('iso-2022-kr, whose designator stands at the start', () => {
    const body = Buffer.concat([
      bytesOf('1b242943'),
      Buffer.from('<title>a '),
      bytesOf('0e 4751 3139 0f'),
      Buffer.from(' b</title>'),
    ]);
    const decoded = decode(body, 'application/xml; charset=iso-2022-kr');
    expect(decoded.text).toBe('<title>a 한국 b</title>');
    expect(decoded.charset.charset).toBe('iso-2022-kr');
  });

  test.each([
    ['ibm037', 'c9c2d4f0f3f7', 'ba e9 c1 d6 bb 5f b0', '[ZAO]¬^'],
    ['ibm500', 'c9c2d4f5f0f0', '4a e9 c1 d6 5a ba 5f', '[ZAO]¬^'],
    ['ibm1047', 'c9c2d4f1f0f4f7', 'ad e9 c1 d6 bd b0 5f', '[ZAO]¬^'],
  ])('EBCDIC %s', (page, label, middle, text) => {
    const body = bytesOf(
      `4c6fa7949340a58599a28996957e7ff14bf07f4085958396848995877e7f ${label} 7f6f6e 4c816e ${middle} 4c61816e`,
    );
    const decoded = decode(body, 'application/xml');
    expect(decoded.text).toBe(`<?xml version="1.0" encoding="${page.toUpperCase()}"?><a>${text}</a>`);
    expect(decoded.charset).toEqual({ charset: page, reason: 'xml-declaration', recovered: false });
  });

  test('iso-2022-cn forgets its shift at the end of a line, and what it says in CNS 11643 is damage', () => {
    const read = (hex: string) => decode(bytesOf(hex), 'text/xml; charset=iso-2022-cn');
    expect(read('3c613e 1b242941 0e 3d71 0a 4855 3c2f613e').text).toBe('<a>今\nHU</a>');
    expect(read('3c613e 1b242941 0e 3d714855 3d714855 0f 1b242947 0e 4421 0f 1b4e2121 21 3c2f613e')).toEqual({
      text: '<a>今日今日\ufffd\ufffd\ufffd!</a>',
      charset: { charset: 'iso-2022-cn', reason: 'recovered-replacement', recovered: true },
    });
  });

  test.each([
    ['x-mac-ce', 'maccenteuro', '8a 8e 89', 'äéČ'],
    ['MacCentralEurope', 'maccenteuro', '8a 8e 89', 'äéČ'],
    ['x-mac-greek', 'macgreek', '80', 'Ä'],
    ['x-mac-turkish', 'macturkish', 'da db', 'Ğğ'],
    ['x-mac-icelandic', 'maciceland', 'dc', 'Ð'],
    ['x-mac-croatian', 'maccroatian', 'a9', 'Š'],
    ['x-mac-romanian', 'macromania', 'af', 'Ş'],
    ['x-macroman', 'macintosh', '9f', 'ü'],
    ['mac', 'macintosh', '9f', 'ü'],
    ['x-mac-ukrainian', 'x-mac-cyrillic', 'ba', 'Ї'],
    ['koi8-ru', 'koi8-u', 'b6', 'І'],
    ['shift_jis-2004', 'shift_jis', '93fa 967b', '日本'],
    ['iso-2022-jp-2', 'iso-2022-jp', '1b2442467c4b5c1b2842', '日本'],
    ['uhc', 'euc-kr', 'c7d1 b1b9', '한국'],
    ['utf8mb4', 'utf-8', 'c3a9', 'é'],
    ['ANSI', 'windows-1252', '92', '’'],
    ['utf-8-sig', 'utf-8', 'c3a9', 'é'],
    ['cp65001', 'utf-8', 'c3a9', 'é'],
    ['UTF_8', 'utf-8', 'c3a9', 'é'],
    ['utf-8;', 'utf-8', 'c3a9', 'é'],
    ['iso_8859_1', 'windows-1252', '92', '’'],
    ['Latin-1', 'windows-1252', '92', '’'],
    ['cp-1252', 'windows-1252', '92', '’'],
    ['win-1251', 'windows-1251', 'cf', 'П'],
    ['x-windows-1254', 'windows-1254', 'd0', 'Ğ'],
    ['windows1250', 'windows-1250', 'b9', 'ą'],
    ['ptcp154', 'pt154', 'cf', 'П'],
  ])('%s is a name of %s', (label, charset, hex, text) => {
    const decoded = decode(around(bytesOf(hex), label), 'application/xml');
    expect(titleOf(decoded.text)).toBe(text);
    expect(decoded.charset.charset).toBe(charset);
  });

  test('EBCDIC without a declaration is the page that the header names', () => {
    // <rss>[ in 1047, where [ is at ad
    expect(decode(bytesOf('4c99a2a26ead'), 'application/xml; charset=ibm1047')).toEqual({
      text: '<rss>[',
      charset: { charset: 'ibm1047', reason: 'content-type', recovered: false },
    });
  });

  test.each(['cp037', 'IBM-37', 'ebcdic-cp-us', 'csIBM037'])('%s is a name of EBCDIC 037', (label) => {
    expect(decode(bytesOf('4c6fa7944c'), `text/xml; charset=${label}`).charset.charset).toBe('ibm037');
  });
});

describe('a byte order mark', () => {
  test.each(['utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'])(
    'of %s wins over header and declaration',
    (charset) => {
      const body = iconv.encode(`\ufeff${xml('koi8-r', 'Grüße')}`, charset);
      for (const type of [
        'text/xml; charset=euc-jp',
        'text/xml',
        'application/xml',
        'application/json',
        undefined,
      ]) {
        expect(decode(body, type)).toEqual({
          text: xml('koi8-r', 'Grüße'),
          charset: { charset, reason: 'bom', recovered: false },
        });
      }
    },
  );

  test('wins over a label that nobody can decode', () => {
    expect(decode(Buffer.from('\ufeff<a/>'), 'text/xml; charset=nonsense').charset.reason).toBe('bom');
  });

  test('written twice is not part of the text', () => {
    expect(decode(Buffer.from('\ufeff\ufeff<a/>'), undefined).text).toBe('<a/>');
  });

  test('keeps its charset when the rest is damaged', () => {
    const cut = iconv.encode('\ufeff<a>é</a>', 'utf-16le').subarray(0, -1);
    expect(decode(cut, undefined)).toEqual({
      text: '<a>é</a\ufffd',
      charset: { charset: 'utf-16le', reason: 'recovered-replacement', recovered: true },
    });
  });
});

describe('without a mark', () => {
  test('utf-16 takes its byte order from the bytes', () => {
    for (const order of ['utf-16le', 'utf-16be']) {
      const body = iconv.encode(xml('utf-16', 'é'), order);
      expect(decode(body, 'application/xml').charset).toEqual({
        charset: order,
        reason: 'xml-declaration',
        recovered: false,
      });
    }
  });

  test.each([
    [
      'UTF-16 that names nothing',
      iconv.encode('<a>é</a>', 'utf-16be'),
      'application/xml',
      'utf-16be',
      'byte-pattern',
    ],
    [
      'JSON in UTF-16',
      iconv.encode('{"title":"é"}', 'utf-16le'),
      'application/feed+json',
      'utf-16le',
      'byte-pattern',
    ],
    ['JSON', Buffer.from('{"title":"é"}'), 'application/feed+json', 'utf-8', 'json-utf-8'],
    ['plain ASCII as text/xml', Buffer.from('<a/>'), 'text/xml', 'us-ascii', 'us-ascii-default'],
    ['an empty body', Buffer.of(), 'text/xml; charset=utf-16', 'utf-16le', 'content-type'],
    ['an empty body without a type', Buffer.of(), undefined, 'utf-8', 'untyped-utf-8-default'],
  ])('%s', (_name, body, type, charset, reason) => {
    expect(decode(body, type).charset).toEqual({ charset, reason, recovered: false });
  });

  test('a NUL character costs no more than itself', () => {
    expect(decode(Buffer.from('<a>x\0y</a>'), 'application/xml').text).toBe('<a>xy</a>');
  });
});

describe('bytes that contradict the rule', () => {
  const russian = 'Привет мир, новости дня';
  test.each([
    // RFC 3023 §8.5: text/xml without charset, and a declaration that it ignores
    [
      'text/xml in UTF-8, declared',
      Buffer.from(xml('utf-8', 'é')),
      'text/xml',
      'utf-8',
      'recovered-declaration',
    ],
    [
      'text/xml in koi8-r, declared',
      iconv.encode(xml('koi8-r', 'Привет'), 'koi8-r'),
      'text/xml',
      'koi8-r',
      'recovered-declaration',
    ],
    [
      'text/xml in UTF-16, declared',
      iconv.encode(xml('utf-16', 'é'), 'utf-16le'),
      'text/xml',
      'utf-16le',
      'recovered-declaration',
    ],
    [
      'text/xml in UTF-16, undeclared',
      iconv.encode('<a>é</a>', 'utf-16le'),
      'text/xml',
      'utf-16le',
      'recovered-byte-pattern',
    ],
    ['text/xml in UTF-8, undeclared', Buffer.from('<a>é</a>'), 'text/xml', 'utf-8', 'recovered-utf-8'],
    [
      'text/xml in iso-2022-jp, declared',
      around(bytesOf('1b2442467c4b5c1b2842'), 'iso-2022-jp'),
      'text/xml',
      'iso-2022-jp',
      'recovered-declaration',
    ],
    [
      'text/xml in iso-2022-jp, undeclared',
      bytesOf('3c613e1b2442467c4b5c1b28423c2f613e'),
      'text/xml',
      'iso-2022-jp',
      'recovered-detected',
    ],
    [
      'charset=us-ascii on UTF-8',
      Buffer.from('<a>é</a>'),
      'text/xml; charset=us-ascii',
      'utf-8',
      'recovered-utf-8',
    ],
    [
      'charset=utf-8 on windows-1251, declared',
      iconv.encode(xml('windows-1251', russian), 'windows-1251'),
      'text/xml; charset=utf-8',
      'windows-1251',
      'recovered-declaration',
    ],
    [
      'charset=utf-8 on windows-1251, undeclared',
      iconv.encode(`<a>${russian}</a>`, 'windows-1251'),
      'text/xml; charset=utf-8',
      'windows-1251',
      'recovered-detected',
    ],
    [
      'charset=utf-8 on koi8-r, undeclared',
      iconv.encode(`<a>${russian}</a>`, 'koi8-r'),
      'text/xml; charset=utf-8',
      'koi8-r',
      'recovered-detected',
    ],
    [
      'charset=utf-8 on one Latin letter',
      Buffer.from('<a>caf\xe9 noir</a>', 'latin1'),
      'text/xml; charset=utf-8',
      'windows-1252',
      'recovered-windows-1252',
    ],
    [
      'charset=utf-8 on UTF-16',
      iconv.encode('<a>b</a>', 'utf-16be'),
      'text/xml; charset=utf-8',
      'utf-16be',
      'recovered-byte-pattern',
    ],
    [
      'encoding="utf-16" on UTF-8',
      Buffer.from(xml('utf-16', 'é')),
      'application/xml',
      'utf-8',
      'recovered-utf-8',
    ],
    [
      'encoding="utf-8" on UTF-16',
      iconv.encode(xml('utf-8', 'é'), 'utf-16le'),
      'application/xml',
      'utf-16le',
      'recovered-byte-pattern',
    ],
    [
      'charset=iso-8859-1 on EBCDIC',
      bytesOf('4c6fa794934040 6f6e 4c8161 6e'),
      'text/xml; charset=iso-8859-1',
      'ibm037',
      'recovered-byte-pattern',
    ],
    [
      'charset=shift_jis on UTF-8',
      Buffer.from('<a>日本語の記事</a>'),
      'text/xml; charset=shift_jis',
      'utf-8',
      'recovered-utf-8',
    ],
    [
      'JSON in Latin-1 whose header says so',
      Buffer.from('{"title":"caf\xe9 noir"}', 'latin1'),
      'application/json; charset=iso-8859-1',
      'windows-1252',
      'recovered-content-type',
    ],
    [
      'a label unknown, a pattern that shows',
      iconv.encode(xml('u16', 'é'), 'utf-16be'),
      'application/xml',
      'utf-16be',
      'recovered-byte-pattern',
    ],
    [
      'charset=utf-8 on Hebrew, undeclared',
      iconv.encode('<a>שלום עולם, חדשות היום מירושלים ומכל הארץ</a>', 'windows-1255'),
      'text/xml; charset=utf-8',
      'windows-1255',
      'recovered-detected',
    ],
    [
      'charset=utf-8 on Thai, undeclared',
      iconv.encode('<a>ข่าววันนี้ของประเทศไทยและการเมืองในกรุงเทพมหานคร</a>', 'windows-874'),
      'text/xml; charset=utf-8',
      'windows-874',
      'recovered-detected',
    ],
    [
      'a label unknown, a declaration that fits',
      Buffer.from(xml('utf-8', 'é')),
      'text/xml; charset=nonsense',
      'utf-8',
      'recovered-declaration',
    ],
    [
      'one character cut in a UTF-8 feed',
      around(Buffer.concat([Buffer.from('Grüße aus Köln '), bytesOf('e282')])),
      'application/xml',
      'utf-8',
      'recovered-replacement',
    ],
    [
      'one character cut in a Shift_JIS feed',
      around(Buffer.concat([iconv.encode('日本語の記事', 'shift_jis'), bytesOf('93')]), 'shift_jis'),
      'application/xml',
      'shift_jis',
      'recovered-replacement',
    ],
    [
      'text/xml, declared UTF-8, one character cut',
      around(Buffer.concat([Buffer.from('日本語の記事'), bytesOf('e697')])),
      'text/xml',
      'utf-8',
      'recovered-replacement',
    ],
  ])('%s', (_name, body, type, charset, reason) => {
    const decoded = decode(body, type);
    expect(decoded.charset).toEqual({ charset, reason, recovered: true });
    if (reason !== 'recovered-replacement') expect(decoded.text).not.toContain('\ufffd');
  });

  test.each([
    ['an overlong slash', 'c0af', '\ufffd\ufffd'],
    ['a surrogate of CESU-8', 'eda080', '\ufffd\ufffd\ufffd'],
    ['FF beside good UTF-8', 'c3a9 ff', 'é\ufffd'],
    ['FF alone', 'ff', 'ÿ'],
  ])('C01: UTF-8 with %s', (_name, hex, title) => {
    const body = around(bytesOf(hex));
    const first = decode(body, 'application/xml');
    expect(first.charset.recovered).toBe(true);
    expect(titleOf(first.text)).toBe(title);
    expect(decode(Uint8Array.from(body), 'application/xml')).toEqual(first);
  });
});

describe('C06: labels', () => {
  test.each([
    'nonsense',
    'replacement',
    'euc-tw',
    'johab',
    'base64',
    'b.a.s.e.64',
    'hex',
    'binary',
    'constructor',
    '__proto__',
    '@@@',
  ])('%s is unsupported and never guessed', (label) => {
    const faultOf = (contentType: string, body: Buffer) => {
      try {
        return decode(body, contentType).charset;
      } catch (error) {
        return error instanceof DecodeError ? error.code : error;
      }
    };
    expect(faultOf(`text/xml; charset=${label}`, Buffer.from('<a>é</a>'))).toBe('charset-unsupported');
    expect(faultOf('application/xml', Buffer.from(xml(label, 'é')))).toBe('charset-unsupported');
    expect(faultOf(`text/xml; charset=${label}`, Buffer.from(xml(label, 'é')))).toBe('charset-unsupported');
  });

  test('x-user-defined is decoded as the Encoding Standard says', () => {
    const decoded = decode(around(bytesOf('80'), 'x-user-defined'), 'application/xml');
    expect(titleOf(decoded.text)).toBe('\uf780');
  });

  test('C07: what looks like utf-7 inside UTF-8 stays as it is', () => {
    const text = '<a>+ADw-script+AD4-</a>';
    for (const type of ['text/xml; charset=utf-8', 'text/xml', 'application/xml', undefined]) {
      expect(decode(Buffer.from(text), type).text).toBe(text);
    }
  });
});

describe('any bytes under any header', () => {
  const labels = [
    'utf-8',
    'us-ascii',
    'utf-16',
    'utf-32',
    'utf-7',
    'gbk',
    'hz-gb-2312',
    'iso-2022-kr',
    'ibm500',
    'nonsense',
  ];
  const header = fc
    .tuple(
      fc.constantFrom('text/xml', 'application/xml', 'application/json', 'text/html'),
      fc.constantFrom(...labels),
    )
    .map(([type, label]) => `${type}; charset=${label}`);

  test('become the same text each time, or are unsupported, with a reason that is documented', () => {
    const outcome = (body: Uint8Array, contentType: string | undefined) => {
      try {
        return decode(body, contentType);
      } catch (error) {
        if (error instanceof DecodeError) return error.code;
        throw error;
      }
    };
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.option(header, { nil: undefined }),
        (body, contentType) => {
          const first = outcome(body, contentType);
          // The same bytes as a view into a larger buffer, as they arrive from a socket.
          const view = new Uint8Array(body.length + 7).subarray(5, 5 + body.length);
          view.set(body);
          expect(outcome(view, contentType)).toEqual(first);
          if (typeof first === 'object') expect(charsetReasons).toHaveProperty([first.charset.reason]);
        },
      ),
      { numRuns: 500, seed: 3023 },
    );
  });

  test('UTF-8 is read as UTF-8 wherever the header leaves it open', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const document = `<a>${text}</a>`;
        const clean = document.replaceAll('\0', '').replaceAll('\x1b', '');
        expect(decode(Buffer.from(clean), 'application/xml').text).toBe(clean);
        expect(decode(Buffer.from(clean), 'text/xml').text).toBe(clean);
      }),
      { numRuns: 300, seed: 3629 },
    );
  });
});
