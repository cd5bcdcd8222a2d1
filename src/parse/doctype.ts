// Reads the entities that a document declares in its internal subset. Only plain texts count: external and
// parameter entities are never fetched, and a text that refers to other entities stays literal, so nothing
// can multiply; a subset that is built to multiply is refused. The DOCTYPE itself never reaches the XML parser.
// https://www.w3.org/TR/xml/#sec-entity-decl

import { ParseError } from '../errors.ts';
import { decodeHtml } from './references.ts';

// A subset past these sizes describes no feed; it is ignored as a whole.
const maxSubsetLength = 65_536;
const maxEntities = 100;
const maxEntityLength = 10_000;
/** Characters that one entity may stand for, were everything that it refers to written out. */
const maxExpandedLength = 1_000_000;

const declaration = /<!ENTITY\s+([\p{L}_:][\p{L}\p{N}._:-]{0,60})\s+(?:"([^"]*)"|'([^']*)')\s*>/gu;

/** Throws ParseError `entity-expansion` for entities that multiply each other beyond any use. */
export function readEntities(doctype: string): Readonly<Record<string, string>> {
  const entities: Record<string, string> = Object.create(null);
  const subset = doctype.indexOf('[');
  if (subset === -1 || doctype.length > maxSubsetLength) return entities;
  const texts = new Map<string, string>();
  for (const [, name, double, single] of doctype.slice(subset).matchAll(declaration)) {
    const text = double ?? single ?? '';
    if (name === undefined || texts.has(name) || text.length > maxEntityLength) continue;
    if (texts.size === maxEntities) break;
    texts.set(name, text);
  }
  refuseBomb(texts);
  // XML 1.0 §4.5: numeric references in a declaration are resolved there and then.
  for (const [name, text] of texts) entities[name] = /&(?!#)/.test(text) ? text : decodeHtml(text);
  return entities;
}

/** Measures without expanding, so that the measure of a bomb costs nothing. */
function refuseBomb(texts: ReadonlyMap<string, string>): void {
  const lengths = new Map<string, number>();
  const lengthOf = (name: string): number => {
    const known = lengths.get(name);
    if (known !== undefined) return known;
    // A circle has no end (XML 1.0 §4.1, "No Recursion").
    lengths.set(name, Number.POSITIVE_INFINITY);
    const text = texts.get(name) ?? '';
    let length = text.length;
    for (const [, inner = ''] of text.matchAll(/&([^\s&;#]{1,61});/g))
      length += texts.has(inner) ? lengthOf(inner) : 0;
    lengths.set(name, length);
    return length;
  };
  for (const name of texts.keys()) {
    if (lengthOf(name) > maxExpandedLength) {
      throw new ParseError(
        'entity-expansion',
        `the entity "${name}" stands for more than ${maxExpandedLength} characters`,
      );
    }
  }
}
