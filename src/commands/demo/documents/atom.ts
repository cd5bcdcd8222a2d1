// Atom 1.0 (RFC 4287) with XHTML content.

import type { DemoEntry, DemoFeed } from './feed.ts';
import { escapeXml, isoDate, xmlDeclaration } from './markup.ts';

export function renderAtom(feed: DemoFeed, feedUrl: string, entries: readonly DemoEntry[]): string {
  return `${xmlDeclaration(feed.packaging)}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${feed.language}">
  <id>${escapeXml(feed.homePageUrl)}</id>
  <title>${escapeXml(feed.title)}</title>
  <subtitle>${escapeXml(feed.subtitle)}</subtitle>
  <updated>${isoDate(Math.max(0, ...entries.map((entry) => entry.publishedAt)))}</updated>
  <author><name>${escapeXml(feed.author)}</name></author>
  <link rel="alternate" type="text/html" href="${escapeXml(feed.homePageUrl)}"/>
  <link rel="self" type="application/atom+xml" href="${escapeXml(feedUrl)}"/>
${entries.map(renderEntry).join('')}</feed>
`;
}

function renderEntry(entry: DemoEntry): string {
  const { enclosure } = entry;
  return `  <entry>
    <id>${escapeXml(entry.id)}</id>
    <title type="html">${escapeXml(escapeXml(entry.title))}</title>
    <link href="${escapeXml(entry.url)}"/>
    <published>${isoDate(entry.publishedAt)}</published>
    <updated>${isoDate(entry.publishedAt)}</updated>
${entry.tags.map((tag) => `    <category term="${escapeXml(tag)}"/>\n`).join('')}${
  enclosure === undefined
    ? ''
    : `    <link rel="enclosure" type="${enclosure.mimeType}" length="${enclosure.sizeBytes}" href="${escapeXml(enclosure.url)}"/>\n`
}${entry.summary === undefined ? '' : `    <summary>${escapeXml(entry.summary)}</summary>\n`}    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${entry.html}</div></content>
  </entry>
`;
}
