// RSS 1.0: RDF with the Dublin Core and content modules. An item is known by its rdf:about.
// https://web.resource.org/rss/1.0/spec

import type { DemoEntry, DemoFeed } from './feed.ts';
import { cdata, escapeXml, isoDate, xmlDeclaration } from './markup.ts';

export function renderRdf(feed: DemoFeed, feedUrl: string, entries: readonly DemoEntry[]): string {
  return `${xmlDeclaration(feed.packaging)}<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:content="http://purl.org/rss/1.0/modules/content/">
  <channel rdf:about="${escapeXml(feedUrl)}">
    <title>${escapeXml(feed.title)}</title>
    <link>${escapeXml(feed.homePageUrl)}</link>
    <description>${escapeXml(feed.subtitle)}</description>
    <dc:language>${feed.language}</dc:language>
    <items><rdf:Seq>
${entries.map((entry) => `      <rdf:li rdf:resource="${escapeXml(entry.id)}"/>\n`).join('')}    </rdf:Seq></items>
  </channel>
${entries.map((entry) => renderItem(feed, entry)).join('')}</rdf:RDF>
`;
}

function renderItem(feed: DemoFeed, entry: DemoEntry): string {
  return `  <item rdf:about="${escapeXml(entry.id)}">
    <title>${escapeXml(entry.title)}</title>
    <link>${escapeXml(entry.url)}</link>
    <dc:date>${isoDate(entry.publishedAt)}</dc:date>
    <dc:creator>${escapeXml(feed.author)}</dc:creator>
${entry.tags.map((tag) => `    <dc:subject>${escapeXml(tag)}</dc:subject>\n`).join('')}    <description>${escapeXml(entry.summary ?? entry.html)}</description>
    <content:encoded>${cdata(entry.html)}</content:encoded>
  </item>
`;
}
