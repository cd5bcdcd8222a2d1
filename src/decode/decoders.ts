// Charset label -> decoder: the labels of the WHATWG Encoding Standard first, then iconv-lite, then our own
// tables. Knows no rules about which label to take.
//
// Departure: iso-8859-1 and its aliases are read as windows-1252, as the Encoding Standard does and as
// feeds mean it. https://encoding.spec.whatwg.org/#names-and-labels

import { isAscii } from 'node:buffer';
import iconv from 'iconv-lite';
import { usualName } from './aliases.ts';
import type { BytePattern } from './bom.ts';
import { ebcdicPage, fromEbcdic } from './ebcdic.ts';
import { unwrapHz, unwrapIso2022Cn, unwrapIso2022Kr } from './seven-bit.ts';

export interface Decoder {
  /** Its one name, lower case, whichever alias asked for it. */
  readonly charset: string;
  /** The text, or nothing when the bytes are not in this charset. */
  readExact(bytes: Uint8Array): string | undefined;
  /** The text with U+FFFD where the bytes are not in this charset. */
  readDamaged(bytes: Uint8Array): string;
}

/** Labels that leave the byte order to the document. */
const unordered: Record<string, 'utf-16' | 'utf-32'> = {
  'utf-16': 'utf-16',
  utf16: 'utf-16',
  'ucs-2': 'utf-16',
  'iso-10646-ucs-2': 'utf-16',
  unicode: 'utf-16',
  csunicode: 'utf-16',
  'utf-32': 'utf-32',
  utf32: 'utf-32',
  'ucs-4': 'utf-32',
  'iso-10646-ucs-4': 'utf-32',
};

const asciiLabels = new Set(
  'us-ascii ascii us iso-ir-6 ansi_x3.4-1968 ansi_x3.4-1986 iso_646.irv:1991 iso646-us ibm367 cp367 csascii'.split(
    ' ',
  ),
);

/** Nothing for a label that no decoder here can honour. `pattern` gives utf-16 and utf-32 their byte order. */
export function decoderFor(said: string, pattern: BytePattern): Decoder | undefined {
  const label = usualName(said);
  if (asciiLabels.has(label)) return usAscii;
  const family = Object.hasOwn(unordered, label) ? unordered[label] : undefined;
  const ordered = family ? (pattern.startsWith(family) ? pattern : `${family}le`) : label;
  const decoder =
    webDecoder(ordered) ?? ownDecoder(ordered) ?? webDecoder(bare(ordered)) ?? iconvDecoder(ordered);
  // The Encoding Standard reads gbk and gb2312 as their superset; the decoder in Node does not.
  return decoder?.charset === 'gbk' ? webDecoder('gb18030') : decoder;
}

/** `utf_8`, `iso_8859_1` and `latin-1` are labels of the Encoding Standard but for these signs. */
function bare(label: string): string {
  return label.replace(/[-_]/g, '');
}

/** Whether a charset lays out ASCII characters as the first bytes do. */
export function fitsPattern(charset: string, pattern: BytePattern): boolean {
  if (/^utf-(16|32)/.test(charset)) return charset === pattern;
  return (ebcdicPage(charset) ? 'ebcdic' : 'ascii') === pattern;
}

// ESC is no XML character but starts the shifts of ISO-2022, which are 7-bit and not ASCII.
const esc = 0x1b;

/** Nothing beyond 7 bits, and no shift into another character set. */
function isPlainAscii(bytes: Uint8Array): boolean {
  return isAscii(bytes) && !bytes.includes(esc);
}

const usAscii: Decoder = {
  charset: 'us-ascii',
  readExact: (bytes) => (isPlainAscii(bytes) ? bufferOf(bytes).toString('latin1') : undefined),
  readDamaged: (bytes) =>
    bufferOf(bytes)
      .toString('latin1')
      .replace(/[\x80-\xff]/g, '\ufffd'),
};

function webDecoder(label: string): Decoder | undefined {
  let strict: TextDecoder;
  try {
    strict = new TextDecoder(label, { ignoreBOM: true, fatal: true });
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_NOT_SUPPORTED') return undefined;
    throw error;
  }
  return {
    charset: strict.encoding,
    readExact: (bytes) => readStrict(strict, bytes),
    readDamaged: (bytes) => new TextDecoder(label, { ignoreBOM: true }).decode(bytes),
  };
}

function readStrict(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function ownDecoder(label: string): Decoder | undefined {
  const page = ebcdicPage(label);
  if (page) {
    const read = (bytes: Uint8Array) => fromEbcdic(bytes, page);
    return { charset: page, readExact: read, readDamaged: read };
  }
  if (label === 'hz-gb-2312' || label === 'hz') return unwrapped('hz-gb-2312', unwrapHz, 'gb18030');
  if (label === 'iso-2022-kr' || label === 'csiso2022kr')
    return unwrapped('iso-2022-kr', unwrapIso2022Kr, 'euc-kr');
  if (label === 'iso-2022-cn' || label === 'iso-2022-cn-ext')
    return unwrapped('iso-2022-cn', unwrapIso2022Cn, 'gb18030');
  return undefined;
}

function unwrapped(
  charset: string,
  unwrap: (bytes: Uint8Array) => Uint8Array,
  inner: string,
): Decoder | undefined {
  const decoder = webDecoder(inner);
  return (
    decoder && {
      charset,
      readExact: (bytes) => (isAscii(bytes) ? decoder.readExact(unwrap(bytes)) : undefined),
      readDamaged: (bytes) => decoder.readDamaged(unwrap(bytes)),
    }
  );
}

/** Transfer encodings and a mail-only variant that iconv-lite also answers to; no document is in them. */
const notCharsets = new Set(['base64', 'hex', 'binary', 'utf7imap']);

function iconvDecoder(label: string): Decoder | undefined {
  // iconv-lite drops every other character from a label, which would make `b.a.s.e.64` base64 again.
  if (!/^[a-z0-9]([a-z0-9._:-]*[a-z0-9])?$/.test(label)) return undefined;
  if (notCharsets.has(label.replace(/[^a-z0-9]/g, '')) || !iconv.encodingExists(label)) return undefined;
  const read = (bytes: Uint8Array) => iconv.decode(bufferOf(bytes), label, { stripBOM: false });
  return {
    charset: label,
    readExact(bytes) {
      // iconv-lite never fails; what it cannot read becomes U+FFFD.
      const text = read(bytes);
      return text.includes('\ufffd') ? undefined : text;
    },
    readDamaged: read,
  };
}

/** The same bytes as a Buffer, not copied. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
