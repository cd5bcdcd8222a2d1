// The fixed feeds: an RSS with and without guids, and an Atom with what is hard to write down twice in the same way.

export const documents: Readonly<Record<string, string>> = {
  log: `<?xml version="1.0"?>
<rss version="2.0"><channel><title>Log</title><link>https://example.org/</link><language>en</language>
<item><guid isPermaLink="false">entry-3</guid><title>Third &amp; last</title><link>https://example.org/3</link>
<pubDate>Fri, 20 Nov 2026 08:58:00 +0100</pubDate><description>&lt;p&gt;A &lt;b&gt;body&lt;/b&gt;&lt;/p&gt;</description></item>
<item><title>Second, without a guid</title><link>https://example.org/2</link><author>jd@example.org (J. Doe)</author></item>
<item><guid isPermaLink="true">https://example.org/1</guid><title>First</title>
<enclosure url="https://example.org/1.mp3" type="audio/mpeg" length="123"/></item>
</channel></rss>`,
  news: `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/news/"><title>News</title><id>urn:news</id>
<updated>2026-11-20T08:00:00Z</updated><link rel="alternate" href="."/>
<entry><id>tag:example.org,2026:żółć</id><title>Żółć 日本語 👨‍👩‍👧‍👦 &#x2028; end</title><updated>2026-11-20T08:00:00Z</updated>
<link href="42"/><content type="html">&lt;p&gt;&lt;a href="43"&gt;next&lt;/a&gt;&lt;/p&gt;</content><category term="CVE"/></entry>
<entry><id>urn:uuid:1</id><title type="html">&lt;i&gt;Marked&lt;/i&gt; up</title><updated>2026-11-19T08:00:00Z</updated>
<summary>Short</summary></entry>
</feed>`,
};
