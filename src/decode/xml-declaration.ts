// The encoding that an XML declaration names. The declaration holds ASCII characters only, so it can be
// read as soon as their layout is known, before the encoding is. Does not judge the label.
//
// XML 1.0 §2.8 and §4.3.3: https://www.w3.org/TR/xml/#NT-EncodingDecl

import type { BytePattern } from './bom.ts';
import { fromEbcdic } from './ebcdic.ts';
import { cleanLabel } from './media-type.ts';

/** A declaration ends within this many characters or is not looked for. */
const longestDeclaration = 1024;

// White space before the prolog breaks XML 1.0 §2.8 and is common all the same.
const prolog = /^\s*<\?xml\s([^>]*?)\?>/;
const encodingName = /(?:^|\s)encoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;

export function readDeclaration(bytes: Uint8Array, pattern: BytePattern): string | undefined {
  const declaration = prolog.exec(asciiStart(bytes, pattern))?.[1];
  const found = declaration === undefined ? undefined : encodingName.exec(declaration);
  return found ? cleanLabel(found[1] ?? found[2] ?? '') : undefined;
}

function asciiStart(bytes: Uint8Array, pattern: BytePattern): string {
  if (pattern === 'ebcdic') return fromEbcdic(bytes.subarray(0, longestDeclaration), 'ibm037');
  const width = pattern === 'ascii' ? 1 : pattern.startsWith('utf-16') ? 2 : 4;
  const low = pattern.endsWith('be') ? width - 1 : 0;
  const start = bytes.subarray(0, longestDeclaration * width);
  return Buffer.from(width === 1 ? start : start.filter((_, at) => at % width === low)).toString('latin1');
}
