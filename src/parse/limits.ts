// The counts that are taken before anything is parsed, because the parser's own limits skip numeric
// references and its nesting cap comes too late to be cheap. Each limit fails the whole document.

import { ParseError } from '../errors.ts';

export interface ParseLimits {
  /** Elements inside one another. */
  readonly maxDepth: number;
  /** Ampersands in the document. */
  readonly maxReferences: number;
  /** Tags, end tags included; a tag with very many attributes counts for several. */
  readonly maxTags: number;
  readonly maxEntries: number;
}

export function checkReferences(text: string, limits: ParseLimits): void {
  let count = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    if (++count > limits.maxReferences) throw tooMany('too-many-references', limits.maxReferences);
  }
}

// The parser spends as long on an attribute as on a tag, and the memory of two. No honest element has more than a few.
const freeAttributes = 8;
const attributeWeight = 2;

/** For how many tags one tag counts. */
export function tagWeight(attributes: number): number {
  return 1 + attributeWeight * Math.max(0, attributes - freeAttributes);
}

export function checkTags(count: number, limits: ParseLimits): void {
  if (count > limits.maxTags) throw tooMany('too-many-tags', limits.maxTags);
}

export function checkEntries(count: number, limits: ParseLimits): void {
  if (count > limits.maxEntries) throw tooMany('too-many-entries', limits.maxEntries);
}

export function checkDepth(depth: number, limits: ParseLimits): void {
  if (depth > limits.maxDepth)
    throw new ParseError('too-deep', `elements are nested over ${limits.maxDepth} deep`);
}

function tooMany(
  code: 'too-many-references' | 'too-many-tags' | 'too-many-entries',
  limit: number,
): ParseError {
  return new ParseError(code, `the document has over ${limit} ${code.slice('too-many-'.length)}`);
}
