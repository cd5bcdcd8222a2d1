// Small documents for the tests of parsing, and the limits they are parsed under.

import { FeedhookError } from '../../src/errors.ts';
import type { ParsedFeed } from '../../src/model/feed.ts';
import { type ParseLimits, parse } from '../../src/parse/parse.ts';

export const limits: ParseLimits = {
  maxDepth: 100,
  maxReferences: 250_000,
  maxTags: 200_000,
  maxEntries: 5_000,
};

export function parseText(text: string, changed: Partial<ParseLimits> = {}): ParsedFeed {
  return parse({ text, url: 'https://example.org/feed', limits: { ...limits, ...changed } });
}

/** The code of the fault that parsing ends in, or `parsed`. */
export function outcomeOf(text: string, changed: Partial<ParseLimits> = {}): string {
  try {
    parseText(text, changed);
    return 'parsed';
  } catch (error) {
    return error instanceof FeedhookError ? error.code : String(error);
  }
}

/** An RSS 2.0 document with these items, and what stands before the root. */
export function rss(items: string, prolog = '<?xml version="1.0"?>'): string {
  return `${prolog}<rss version="2.0"><channel><title>Feed</title>${items}</channel></rss>`;
}

export function item(inside: string): string {
  return `<item>${inside}</item>`;
}

export function atom(inside: string): string {
  return `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:feed</id>${inside}</feed>`;
}

/** Items with a title, a guid and a description of a few hundred characters. */
export function plainItems(count: number): string {
  const text = 'Some &lt;b&gt;text&lt;/b&gt; that goes on. '.repeat(8);
  return Array.from({ length: count }, (_, at) =>
    item(
      `<title>Entry ${at}</title><guid isPermaLink="false">tag:example.org,2026:${at}</guid><description>${text}</description><x><![CDATA[</rss>]]></x>`,
    ),
  ).join('\n');
}
