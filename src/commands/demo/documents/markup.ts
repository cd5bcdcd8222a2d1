// The few things that all XML documents of the demo need: escaping, CDATA, the declaration.

import type { Packaging } from './feed.ts';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

/** The end mark inside the text is split over two sections, as XML 1.0 §2.7 leaves no other way. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

export function xmlDeclaration({ declaredCharset }: Packaging): string {
  const encoding = declaredCharset === undefined ? '' : ` encoding="${declaredCharset}"`;
  return `<?xml version="1.0"${encoding}?>\n`;
}

/** RFC 3339 in UTC. */
export function isoDate(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** RFC 822 with a four-digit year, as RSS 2.0 wants; the same form as an HTTP date. */
export function rfc822Date(epochMs: number): string {
  return new Date(epochMs).toUTCString();
}
