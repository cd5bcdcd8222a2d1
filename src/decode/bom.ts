// What the first bytes alone say: a byte order mark, or the pattern that the first characters of XML or
// JSON leave in the encodings that are not supersets of ASCII. Decides nothing.
//
// XML 1.0 appendix F.1: https://www.w3.org/TR/xml/#sec-guessing
// RFC 4627 §3, the same pattern of zero bytes in JSON: https://www.rfc-editor.org/rfc/rfc4627#section-3

export type Bom = 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

/** How ASCII characters are laid out in the bytes; `ascii` covers UTF-8 and every other superset. */
export type BytePattern = 'ascii' | 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be' | 'ebcdic';

// The four-byte marks come first: FF FE 00 00 also starts with the mark of UTF-16LE.
const marks: readonly (readonly [Bom, readonly number[]])[] = [
  ['utf-32be', [0x00, 0x00, 0xfe, 0xff]],
  ['utf-32le', [0xff, 0xfe, 0x00, 0x00]],
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16be', [0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
];

export function findBom(bytes: Uint8Array): { readonly bom: Bom; readonly length: number } | undefined {
  for (const [bom, mark] of marks) {
    if (startsWith(bytes, mark)) return { bom, length: mark.length };
  }
  return undefined;
}

/** `<?xm` in EBCDIC. */
const ebcdicProlog = [0x4c, 0x6f, 0xa7, 0x94];

/** `<` and three letters in EBCDIC: `<rss`, `<feed`. In other charsets no markup begins so. */
function isEbcdicTag(bytes: Uint8Array): boolean {
  const [first, ...name] = bytes.subarray(0, 4);
  return first === 0x4c && name.length === 3 && name.every(isEbcdicLetter);
}

/** Both cases lie in three runs each, at 81, 91, a2 and c1, d1, e2. */
function isEbcdicLetter(byte: number): boolean {
  const low = byte & 0x0f;
  const high = byte & 0xb0;
  return low >= (high === 0xa0 ? 2 : 1) && low <= 9 && byte >= 0x80 && high !== 0xb0;
}

/** The layout of a document without a BOM. Shorter than two characters of UTF-16, it counts as ASCII. */
export function findPattern(bytes: Uint8Array): BytePattern {
  if (startsWith(bytes, ebcdicProlog) || isEbcdicTag(bytes)) return 'ebcdic';
  if (bytes.length < 4) return 'ascii';
  const zeros = bytes.subarray(0, 4).reduce((shape, byte) => shape + (byte === 0 ? '0' : 'x'), '');
  switch (zeros) {
    case '000x':
      return 'utf-32be';
    case 'x000':
      return 'utf-32le';
    case '0x0x':
      return 'utf-16be';
    case 'x0x0':
      return 'utf-16le';
    default:
      return 'ascii';
  }
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
