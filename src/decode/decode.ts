// Bytes and Content-Type become text, with the rule that decided. The whole body is decoded at once, so
// how it was cut into chunks on the way cannot matter. Does not look at the text.

import { DecodeError } from '../errors.ts';
import type { DecodedFeed } from '../model/poll.ts';
import { type Bom, type BytePattern, findBom, findPattern } from './bom.ts';
import { type CharsetReason, decideCharset } from './charset.ts';
import { decoderFor, fitsPattern } from './decoders.ts';
import { readContentType } from './media-type.ts';
import { recover } from './recovery.ts';
import { readDeclaration } from './xml-declaration.ts';

/** Throws DecodeError (`charset-unsupported`) when the origin names a charset that nothing here can read. */
export function decode(body: Uint8Array, contentType: string | undefined): DecodedFeed {
  const header = readContentType(contentType);
  const marked = findBom(body);
  const bytes = marked ? body.subarray(marked.length) : body;
  const pattern = marked ? patternOf(marked.bom) : findPattern(bytes);
  const declaration = marked ? undefined : readDeclaration(bytes, pattern);
  const named = { ...header, ...(declaration !== undefined && { declaration }) };

  const rule = decideCharset({ ...named, pattern, ...(marked && { bom: marked.bom }) });
  const decoder = decoderFor(rule.charset, pattern);
  if (decoder && fits(decoder.charset, pattern, bytes)) {
    const text = decoder.readExact(bytes);
    if (text !== undefined) return decoded(text, decoder.charset, rule.reason);
  }
  const recovery = recover({ ...named, bytes, pattern, rule });
  if (!recovery) {
    throw new DecodeError('charset-unsupported', `no decoder for the charset "${rule.charset}"`);
  }
  return decoded(recovery.text, recovery.charset, recovery.reason);
}

/** An empty body contradicts nothing. */
function fits(charset: string, pattern: BytePattern, bytes: Uint8Array): boolean {
  return bytes.length === 0 || fitsPattern(charset, pattern);
}

function patternOf(bom: Bom): BytePattern {
  return bom === 'utf-8' ? 'ascii' : bom;
}

function decoded(text: string, charset: string, reason: CharsetReason): DecodedFeed {
  return { text: clean(text), charset: { charset, reason, recovered: reason.startsWith('recovered-') } };
}

// A second BOM is what two programs leave that each added one. NUL is no XML character (XML 1.0 §2.2) and
// no JSON either; one stray NUL must not cost the whole document.
function clean(text: string): string {
  const withoutBom = text.startsWith('\ufeff') ? text.replace(/^\ufeff+/, '') : text;
  return withoutBom.includes('\0') ? withoutBom.replaceAll('\0', '') : withoutBom;
}
