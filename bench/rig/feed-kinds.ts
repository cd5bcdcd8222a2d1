// The three kinds of document that bench/parse-first measures, as the programs that publish most feeds write
// them: a blog as RSS with its articles in CDATA, one as Atom with xhtml, and a podcast.

import { article, dateOf, type FeedKind, prose, titleOf } from './feeds.ts';

export const blog: FeedKind = {
  name: 'RSS, articles in CDATA',
  contentType: 'application/rss+xml; charset=UTF-8',
  entry: (at, paragraphs) => `\t<item>
\t\t<title>${titleOf(at)}</title>
\t\t<link>https://blog.example.org/2026/${at}/post-${at}/</link>
\t\t<comments>https://blog.example.org/2026/${at}/post-${at}/#comments</comments>
\t\t<dc:creator><![CDATA[Ann Weir]]></dc:creator>
\t\t<pubDate>${dateOf(at).toUTCString().replace('GMT', '+0000')}</pubDate>
\t\t<category><![CDATA[${prose(at, 1)}]]></category>
\t\t<category><![CDATA[${prose(at + 1, 2)}]]></category>
\t\t<guid isPermaLink="false">https://blog.example.org/?p=${at}</guid>
\t\t<description><![CDATA[<p>${prose(at, 40)} [&#8230;]</p>]]></description>
\t\t<content:encoded><![CDATA[${article(at, paragraphs)}]]></content:encoded>
\t\t<wfw:commentRss>https://blog.example.org/2026/${at}/post-${at}/feed/</wfw:commentRss>
\t\t<slash:comments>${at % 9}</slash:comments>
\t</item>`,
  document: (entries) => `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:wfw="http://wellformedweb.org/CommentAPI/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"
\t>
<channel>
\t<title>Harbour Road</title>
\t<atom:link href="https://blog.example.org/feed/" rel="self" type="application/rss+xml" />
\t<link>https://blog.example.org/</link>
\t<description>Bridges &amp; roads</description>
\t<lastBuildDate>Fri, 20 Nov 2026 09:00:00 +0000</lastBuildDate>
\t<language>en-GB</language>
\t<sy:updatePeriod>hourly</sy:updatePeriod>
\t<sy:updateFrequency>1</sy:updateFrequency>
\t<image>
\t\t<url>https://blog.example.org/icon.png</url>
\t\t<title>Harbour Road</title>
\t\t<link>https://blog.example.org/</link>
\t</image>
${entries}
</channel>
</rss>
`,
};

export const journal: FeedKind = {
  name: 'Atom, articles in xhtml',
  contentType: 'application/atom+xml',
  entry: (at, paragraphs) => `  <entry>
    <title>${titleOf(at)}</title>
    <link rel="alternate" type="text/html" href="https://journal.example.org/${at}"/>
    <id>tag:journal.example.org,2026:${at}</id>
    <updated>${dateOf(at).toISOString()}</updated>
    <published>${dateOf(at).toISOString()}</published>
    <author>
      <name>Ann Weir</name>
      <uri>https://journal.example.org/ann</uri>
    </author>
    <category term="${prose(at, 1)}" scheme="https://journal.example.org/topics"/>
    <summary>${prose(at, 30)}</summary>
    <content type="xhtml" xml:base="https://journal.example.org/${at}/">
      <div xmlns="http://www.w3.org/1999/xhtml">
${article(at, paragraphs)}
      </div>
    </content>
  </entry>`,
  document: (entries) => `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title type="text">Journal</title>
  <subtitle type="html">Notes &lt;em&gt;daily&lt;/em&gt;</subtitle>
  <id>tag:journal.example.org,2026:feed</id>
  <updated>2026-11-20T09:00:00Z</updated>
  <link rel="self" type="application/atom+xml" href="https://journal.example.org/feed"/>
  <link rel="alternate" type="text/html" href="https://journal.example.org/"/>
  <rights>© Ann Weir</rights>
${entries}
</feed>
`,
};

export const podcast: FeedKind = {
  name: 'podcast: RSS with itunes, media and podcast elements',
  contentType: 'application/rss+xml',
  entry: (at) => `    <item>
      <title>${titleOf(at)}</title>
      <itunes:title>${titleOf(at)}</itunes:title>
      <description><![CDATA[<p>${prose(at, 60)}</p><p><a href="https://pod.example.org/${at}">${prose(at, 5)}</a></p>]]></description>
      <content:encoded><![CDATA[<p>${prose(at, 60)}</p><p><a href="https://pod.example.org/${at}">${prose(at, 5)}</a></p>]]></content:encoded>
      <link>https://pod.example.org/episodes/${at}</link>
      <guid isPermaLink="false">5f3c2a${at}-9b1d-4f6e-8a57-c0ffee${at}</guid>
      <pubDate>${dateOf(at).toUTCString()}</pubDate>
      <dc:creator>Ann Weir</dc:creator>
      <itunes:author>Ann Weir</itunes:author>
      <itunes:summary>${prose(at, 50)}</itunes:summary>
      <itunes:subtitle>${prose(at, 12)}</itunes:subtitle>
      <itunes:duration>00:4${at % 10}:1${at % 10}</itunes:duration>
      <itunes:episode>${at}</itunes:episode>
      <itunes:season>${1 + (at >> 5)}</itunes:season>
      <itunes:episodeType>full</itunes:episodeType>
      <itunes:explicit>false</itunes:explicit>
      <itunes:image href="https://cdn.example.org/pod/${at}/cover.jpg"/>
      <itunes:keywords>${prose(at, 4).replaceAll(' ', ',')}</itunes:keywords>
      <enclosure url="https://media.example.org/pod/${at}.mp3?source=feed&amp;v=2" length="${40_000_000 + at}" type="audio/mpeg"/>
      <media:content url="https://media.example.org/pod/${at}.mp3?source=feed&amp;v=2" fileSize="${40_000_000 + at}" type="audio/mpeg" medium="audio" duration="2650"/>
      <media:thumbnail url="https://cdn.example.org/pod/${at}/thumb.jpg" width="320" height="320"/>
      <podcast:episode>${at}</podcast:episode>
      <podcast:season name="One">${1 + (at >> 5)}</podcast:season>
      <podcast:transcript url="https://pod.example.org/${at}/transcript.vtt" type="text/vtt" language="en"/>
      <podcast:chapters url="https://pod.example.org/${at}/chapters.json" type="application/json+chapters"/>
      <podcast:person role="guest" img="https://pod.example.org/people/${at}.jpg" href="https://pod.example.org/people/${at}">Bob Dale</podcast:person>
      <podcast:soundbite startTime="73.0" duration="60.0"/>
      <podcast:value type="lightning" method="keysend" suggested="0.00000005000">
        <podcast:valueRecipient name="host" type="node" address="02d5c1bf8b940dc9cadca86d1b0a3c37fbe39cee4c7e839e33bef9174531d27f52" split="90"/>
        <podcast:valueRecipient name="app" type="node" address="03ae9f91a0cb8ff43840e3c322c4c61f019d8c1c3cea15a25cfc425ac605e61a4a" split="10"/>
      </podcast:value>
    </item>`,
  document: (entries) => `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:podcast="https://podcastindex.org/namespace/1.0">
  <channel>
    <title>Harbour Radio</title>
    <link>https://pod.example.org/</link>
    <atom:link href="https://pod.example.org/feed.xml" rel="self" type="application/rss+xml"/>
    <atom:link href="https://hub.example.org/" rel="hub"/>
    <description>Talks &amp; walks</description>
    <language>en</language>
    <copyright>Ann Weir</copyright>
    <itunes:author>Ann Weir</itunes:author>
    <itunes:type>episodic</itunes:type>
    <itunes:explicit>false</itunes:explicit>
    <itunes:image href="https://cdn.example.org/pod/cover.jpg"/>
    <itunes:owner><itunes:name>Ann Weir</itunes:name><itunes:email>ann@pod.example.org</itunes:email></itunes:owner>
    <itunes:category text="Society &amp; Culture"><itunes:category text="Places &amp; Travel"/></itunes:category>
    <podcast:locked owner="ann@pod.example.org">yes</podcast:locked>
    <podcast:guid>9b024349-ccf0-5f69-a609-6b82873eab3c</podcast:guid>
${entries}
  </channel>
</rss>
`,
};
