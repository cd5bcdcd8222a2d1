// Which charset a document is in, and by which rule. Pure: it weighs what the header, the first bytes and
// the declaration say, and never looks at the text. What happens when the bytes contradict the answer is
// recovery.ts.
//
// RFC 3023 §3 and §8: https://www.rfc-editor.org/rfc/rfc3023#section-3
// It is obsolete (RFC 7303), but it is the rule by which most origins' headers are understood, so it is
// applied exactly, with one Departure: a BOM wins over everything, as in RFC 7303 §3.3.
// See docs/decisions/0002-bom-and-text-xml.md.

import type { Bom, BytePattern } from './bom.ts';
import { mediaFamily } from './media-type.ts';

/** Every reason, and what it says. docs/charset.md prints the same list. */
export const charsetReasons = {
  bom: 'the bytes start with a byte order mark',
  'content-type': 'the charset parameter of Content-Type',
  'xml-declaration': 'the encoding in the XML declaration',
  'byte-pattern': 'no name anywhere; the zero bytes show UTF-16 or UTF-32, or the prolog is EBCDIC',
  'utf-8-default': 'XML that names no encoding is UTF-8',
  'us-ascii-default': 'text/xml without a charset parameter is US-ASCII',
  'json-utf-8': 'JSON is UTF-8; a charset parameter has no meaning',
  'untyped-xml-declaration': 'as xml-declaration, but the media type is absent or not an XML type',
  'untyped-utf-8-default': 'as utf-8-default, but the media type is absent or not an XML type',
  'recovered-declaration': 'the bytes contradict the rule and fit the XML declaration',
  'recovered-content-type': 'the bytes contradict the rule and fit the charset parameter',
  'recovered-byte-pattern':
    'the bytes contradict the rule; they are UTF-16, UTF-32 or EBCDIC by their pattern',
  'recovered-utf-8': 'the bytes contradict the rule and are valid UTF-8',
  'recovered-replacement': 'in this charset all but some damaged bytes can be read; those became U+FFFD',
  'recovered-detected': 'the bytes contradict the rule; statistics of the bytes name this charset',
  'recovered-windows-1252': 'the bytes contradict the rule and nothing else fits',
} as const;

export type CharsetReason = keyof typeof charsetReasons;

export interface CharsetEvidence {
  readonly mediaType?: string;
  readonly charsetParameter?: string;
  readonly bom?: Bom;
  readonly pattern?: BytePattern;
  readonly declaration?: string;
}

export interface CharsetRule {
  /** The label as the deciding source gave it; there may be no decoder for it. */
  readonly charset: string;
  readonly reason: CharsetReason;
}

export function decideCharset(evidence: CharsetEvidence): CharsetRule {
  // Departure: RFC 3023 lets the charset parameter win over a BOM.
  if (evidence.bom) return { charset: evidence.bom, reason: 'bom' };
  switch (mediaFamily(evidence.mediaType)) {
    case 'json':
      return decideJson(evidence);
    case 'text-xml':
      return decideTextXml(evidence);
    case 'application-xml':
      return decideXml(evidence, '');
    case 'other':
      // No RFC speaks of XML under another type. Read like application/xml, and the reason says so.
      return decideXml(evidence, 'untyped-');
  }
}

// RFC 3023 §3.1: without a parameter text/xml is us-ascii, and the declaration is ignored.
// https://www.rfc-editor.org/rfc/rfc3023#section-3.1 (examples in §8.5)
function decideTextXml({ charsetParameter }: CharsetEvidence): CharsetRule {
  if (charsetParameter !== undefined) return { charset: charsetParameter, reason: 'content-type' };
  return { charset: 'us-ascii', reason: 'us-ascii-default' };
}

// RFC 3023 §3.2: the parameter is authoritative; without one XML 1.0 §4.3.3 and appendix F decide.
// https://www.rfc-editor.org/rfc/rfc3023#section-3.2
function decideXml(evidence: CharsetEvidence, prefix: '' | 'untyped-'): CharsetRule {
  const { charsetParameter, declaration, pattern } = evidence;
  if (charsetParameter !== undefined) return { charset: charsetParameter, reason: 'content-type' };
  if (declaration !== undefined) return { charset: declaration, reason: `${prefix}xml-declaration` };
  return patternRule(pattern) ?? { charset: 'utf-8', reason: `${prefix}utf-8-default` };
}

// RFC 8259 §8.1 and §11: JSON is UTF-8 and its type has no charset parameter. The older RFC 4627 allowed
// UTF-16 and UTF-32. https://www.rfc-editor.org/rfc/rfc8259#section-8.1
function decideJson({ pattern }: CharsetEvidence): CharsetRule {
  const rule = pattern === 'ebcdic' ? undefined : patternRule(pattern);
  return rule ?? { charset: 'utf-8', reason: 'json-utf-8' };
}

function patternRule(pattern: BytePattern = 'ascii'): CharsetRule | undefined {
  return pattern === 'ascii' ? undefined : { charset: charsetOfPattern(pattern), reason: 'byte-pattern' };
}

/** EBCDIC that names no code page is read as 037, the one most in use. */
export function charsetOfPattern(pattern: Exclude<BytePattern, 'ascii'>): string {
  return pattern === 'ebcdic' ? 'ibm037' : pattern;
}
