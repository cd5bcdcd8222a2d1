// RSS 2.0 as blogs and podcasts write it: the summary escaped, the content in a CDATA section.

import type { DemoEntry, DemoFeed } from './feed.ts';
import { cdata, escapeXml, rfc822Date, xmlDeclaration } from './markup.ts';

export function renderRss(feed: DemoFeed, feedUrl: string, entries: readonly DemoEntry[]): string {
  return `${xmlDeclaration(feed.packaging)}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
     xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <channel>
  <title>${escapeXml(feed.title)}</title>
  <link>${escapeXml(feed.homePageUrl)}</link>
  <atom:link rel="self" type="application/rss+xml" href="${escapeXml(feedUrl)}"/>
  <description>${escapeXml(feed.subtitle)}</description>
  <language>${feed.language}</language>
${entries.map((entry) => renderItem(feed, entry)).join('')} </channel>
</rss>
`;
}

function renderItem(feed: DemoFeed, entry: DemoEntry): string {
  const { enclosure } = entry;
  return `  <item>
   <title>${escapeXml(entry.title)}</title>
   <link>${escapeXml(entry.url)}</link>
   <guid isPermaLink="${entry.id === entry.url}">${escapeXml(entry.id)}</guid>
   <pubDate>${rfc822Date(entry.publishedAt)}</pubDate>
   <dc:creator>${escapeXml(feed.author)}</dc:creator>
${entry.tags.map((tag) => `   <category>${escapeXml(tag)}</category>\n`).join('')}${
  enclosure === undefined
    ? ''
    : `   <enclosure url="${escapeXml(enclosure.url)}" length="${enclosure.sizeBytes}" type="${enclosure.mimeType}"/>\n`
}   <description>${escapeXml(entry.summary ?? entry.html)}</description>
   <content:encoded>${cdata(entry.html)}</content:encoded>
  </item>
`;
}
