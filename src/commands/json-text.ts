// The JSON that commands print: safe for a terminal like the text, and without what URLs hide in their queries.

import { printableUrl } from '../log.ts';

/** Indented. What could steer a terminal is escaped, which JSON allows in every text and undoes when it is read. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return text.replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, (char) =>
    // One escape for each half of what lies beyond 16 bits. RFC 8259 §7: https://www.rfc-editor.org/rfc/rfc8259#section-7
    Array.from({ length: char.length }, (_, index) => escaped(char.charCodeAt(index))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

const urlKeys: ReadonlySet<string> = new Set(['url', 'effectiveUrl', 'to']);

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
