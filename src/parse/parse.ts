// The front door of parsing: decoded text in, feed and entries out, or a ParseError that says why not. The
// order is the defence: count, prove complete, mend, and only then let a parser see the document.

import { ParseError } from '../errors.ts';
import type { ParsedFeed } from '../model/feed.ts';
import { readAtom } from './atom.ts';
import { proveComplete } from './completeness.ts';
import { detect, type Prolog } from './detect.ts';
import { readEntities } from './doctype.ts';
import { readJsonFeed } from './json-feed.ts';
import { leadsOf } from './leads.ts';
import { checkReferences, type ParseLimits } from './limits.ts';
import { readRss } from './rss.ts';
import { parseXml } from './xml.ts';

export type { ParseLimits } from './limits.ts';

export interface ParseInput {
  readonly text: string;
  /** The URL the document came from; relative links are resolved against it. */
  readonly url: string;
  /** As received; only repeated in messages, because feeds come under any type. */
  readonly contentType?: string;
  readonly limits: ParseLimits;
}

export function parse(input: ParseInput): ParsedFeed {
  const text = withoutControls(input.text);
  const document = detectFeed(text, input);
  checkReferences(text, input.limits);
  return document.kind === 'json'
    ? readJsonFeed(text, input.url, input.limits)
    : parseMarkup(text, document.prolog, input);
}

function parseMarkup(text: string, prolog: Prolog, { url, limits }: ParseInput): ParsedFeed {
  const document = proveComplete(text, prolog, limits);
  const entities = readEntities(prolog.doctype);
  const root = parseXml({ document, entities, url, maxDepth: limits.maxDepth });
  const feed = root.name === 'atom:feed' ? readAtom(root, limits) : readRss(root, limits);
  return document.flaws.length === 0 ? feed : { ...feed, flaws: [...document.flaws, ...feed.flaws] };
}

function detectFeed(text: string, { url, contentType }: ParseInput) {
  try {
    return detect(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const sentAs = contentType === undefined ? '' : ` (sent as ${contentType.slice(0, 100)})`;
    const leads = error.code === 'not-a-feed' ? leadsOf(text, url) : '';
    throw new ParseError(error.code, `${error.message}${sentAs}${leads}`, { cause: error });
  }
}

const control = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const allControls = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** XML 1.0 §2.2 allows no control characters; feeds hold them, and they mean nothing. */
function withoutControls(text: string): string {
  return hasControls(text) ? text.replace(allControls, '') : text;
}

export function hasControls(text: string): boolean {
  return control.test(text);
}
