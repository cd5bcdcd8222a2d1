// Decodes character and entity references, exactly once, under the decoder's own limits. Knows the HTML
// names without a declaration, because feeds use them so. An internal subset may add names; what they
// stand for is text, never markup, and all of it together grows a document by a megabyte at most.

import { ALL_ENTITIES, EntityDecoder } from '@nodable/entities';
import { ParseError } from '../errors.ts';
import { missingNames } from './html-names.ts';

/** What a document may grow by through entities of its own; honest ones declare a few letters. */
const maxExpandedLength = 1_000_000;

/** What fast-xml-parser asks of a decoder. */
export interface ReferenceDecoder {
  decode(text: string): string;
  setExternalEntities(entities: Record<string, string>): void;
  addInputEntities(entities: Record<string, string>): void;
  setXmlVersion(version: number): void;
  reset(): void;
}

const htmlNames = { ...ALL_ENTITIES, ...missingNames };

/** For documents that declare no entities, and for HTML. It keeps nothing from one text to the next. */
const plainDecoder = createDecoder({});

/** A decoder that also knows the entities a document declares. */
export function decoderFor(entities: Readonly<Record<string, string>>): ReferenceDecoder {
  return Object.keys(entities).length === 0 ? plainDecoder : createDecoder(entities);
}

/** References in HTML, or in text that was written like HTML. */
export function decodeHtml(text: string): string {
  return plainDecoder.decode(text);
}

function createDecoder(entities: Readonly<Record<string, string>>): ReferenceDecoder {
  const decoder = new EntityDecoder({
    namedEntities: htmlNames,
    numericAllowed: true,
    limit: { maxExpandedLength, applyLimitsTo: 'external' },
    postCheck: replaceC1,
  });
  decoder.setExternalEntities({ ...entities });
  const decodeOne = (reference: string) => decodeWithin(decoder, reference);
  return {
    decode: (text) => (text.includes('&') ? replaceReferences(text, decodeOne) : text),
    // The parser would hand over a DOCTYPE's entities and forget them at each start; it never sees one.
    setExternalEntities() {},
    addInputEntities() {},
    setXmlVersion() {},
    reset: () => void decoder.reset(),
  };
}

function decodeWithin(decoder: EntityDecoder, reference: string): string {
  try {
    return decoder.decode(reference);
  } catch (cause) {
    throw new ParseError('entity-expansion', `entities expand by over ${maxExpandedLength} characters`, {
      cause,
    });
  }
}

// Escaped HTML is made of these; the decoder looks at each character of a text and is asked for the rest only.
const xmlNames: ReadonlyMap<string, string> = new Map([
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&amp;', '&'],
  ['&quot;', '"'],
  ['&apos;', "'"],
]);

function replaceReferences(text: string, decodeOne: (reference: string) => string): string {
  let decoded = '';
  let from = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', Math.max(from, at + 1))) {
    const end = endOfReference(text, at);
    if (end === -1) continue;
    const reference = text.substring(at, end);
    decoded += text.substring(from, at) + (xmlNames.get(reference) ?? decodeOne(reference));
    from = end;
  }
  return decoded + text.substring(from);
}

const maxNameLength = 64;

/** Behind the semicolon, or -1 when this ampersand begins no reference. */
function endOfReference(text: string, start: number): number {
  for (let at = start + 1; at < start + maxNameLength; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3b) return at + 1;
    if (code <= 0x20 || code === 0x26 || code === 0x3c || Number.isNaN(code)) return -1;
  }
  return -1;
}

const c1 = /[\x80-\x9f]/;
const allC1 = /[\x80-\x9f]/g;
const windows1252 = new TextDecoder('windows-1252');

// HTML §13.2.5.80: &#146; and its neighbours mean windows-1252, whatever the charset of the document.
// https://html.spec.whatwg.org/#numeric-character-reference-end-state
function replaceC1(text: string): string {
  return c1.test(text)
    ? text.replace(allC1, (control) => windows1252.decode(Uint8Array.of(control.charCodeAt(0))))
    : text;
}
