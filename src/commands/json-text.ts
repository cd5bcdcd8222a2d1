// The JSON that commands print: safe for a terminal like the text, and without what URLs hide in their queries.

import { inertJson, printableUrl } from '../log.ts';

/** Indented. */
export function jsonText(value: unknown): string {
  return inertJson(JSON.stringify(value, null, 2));
}

const urlKeys: ReadonlySet<string> = new Set(['url', 'effectiveUrl', 'to', 'claimedUrl']);

/** A copy in which every URL under one of these keys is masked as in the log; `kept` and what is in them stay whole. */
export function withMaskedUrls(value: unknown, kept: readonly unknown[] = []): unknown {
  if (typeof value !== 'object' || value === null || kept.includes(value)) return value;
  if (Array.isArray(value)) return value.map((each) => withMaskedUrls(each, kept));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [
      key,
      typeof each === 'string' && urlKeys.has(key) ? printableUrl(each) : withMaskedUrls(each, kept),
    ]),
  );
}
