// Text to bytes in the charsets that the demo serves. Two single-byte tables stand here because Node only
// decodes them. A character that the charset lacks becomes a numeric reference, which XML and HTML both
// read back; JSON documents are always UTF-8.

import type { DocumentCharset } from './feed.ts';

// The 32 places where windows-1252 differs from iso-8859-1; a control character marks an unused one.
const windows1252From80 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
// RFC 1489: the letters stand where clearing the eighth bit gives readable Latin.
const koi8RFromC0 = 'юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ';

type ByteTable = ReadonlyMap<string, number>;

const latin1: ByteTable = new Map(row(0xa0, String.fromCharCode(...range(0xa0, 0x100))));
const windows1252: ByteTable = new Map([...latin1, ...row(0x80, windows1252From80)]);
const koi8R: ByteTable = new Map([...row(0xc0, koi8RFromC0), ['ё', 0xa3], ['Ё', 0xb3]]);

export function encodeText(text: string, charset: DocumentCharset): Buffer {
  switch (charset) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-16':
      // RFC 2781 §3.2: the byte order mark tells the order, little-endian here. https://www.rfc-editor.org/rfc/rfc2781#section-3.2
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'iso-8859-1':
      return encodeSingleByte(text, latin1);
    case 'windows-1252':
      return encodeSingleByte(text, windows1252);
    case 'koi8-r':
      return encodeSingleByte(text, koi8R);
  }
}

function encodeSingleByte(text: string, table: ByteTable): Buffer {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const byte = point < 0x80 ? point : table.get(character);
    if (byte === undefined) bytes.push(...Buffer.from(`&#${point};`, 'latin1'));
    else bytes.push(byte);
  }
  return Buffer.from(bytes);
}

function row(first: number, characters: string): [string, number][] {
  return [...characters].map((character, index) => [character, first + index]);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
