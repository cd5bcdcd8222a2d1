// What the fuzzer starts from: the real documents of the corpus, read in place where it lies beside the project, the
// fixtures, and a few documents of its own that hold what both lack. Without the corpus it says so and goes on.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CorpusCase, corpusBytes, corpusSet, corpusSets, hasCorpus } from '../support/corpus.ts';

const fixtures = join(import.meta.dirname, '../fixtures/feeds');

/** Larger documents take the time of hundreds of small ones and hold nothing that those lack. */
const maxSubjectBytes = 200_000;

export interface Subject {
  readonly name: string;
  readonly contentType?: string;
  readonly url: string;
  readonly read: () => Buffer;
}

export { hasCorpus };

/** In an order that does not depend on the machine. */
export function subjects(): Subject[] {
  return [...ownSubjects, ...fixtureSubjects(), ...(hasCorpus ? corpusSubjects() : [])];
}

const anyUrl = 'https://fuzz.example/feed';

function fixtureSubjects(): Subject[] {
  return readdirSync(fixtures)
    .filter((name) => !name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, url: anyUrl, read: () => readFileSync(join(fixtures, name)) }));
}

function corpusSubjects(): Subject[] {
  const seen = new Set<string>();
  return corpusSets()
    .flatMap(corpusSet)
    .filter((each) => !seen.has(each.file) && seen.add(each.file) && isSmall(each))
    .map((each) => ({
      name: each.file,
      url: each.url ?? anyUrl,
      ...(each.contentType !== undefined && { contentType: each.contentType }),
      read: () => corpusBytes(each),
    }));
}

function isSmall(each: CorpusCase): boolean {
  return corpusBytes(each).length <= maxSubjectBytes;
}

function own(name: string, text: string | Buffer, contentType?: string): Subject {
  const bytes = Buffer.from(text);
  return { name, url: anyUrl, read: () => bytes, ...(contentType !== undefined && { contentType }) };
}

const module = (prefix: string, uri: string) => ` xmlns:${prefix}="${uri}"`;

const everyModule = [
  module('content', 'http://purl.org/rss/1.0/modules/content/'),
  module('dc', 'http://purl.org/dc/elements/1.1/'),
  module('sy', 'http://purl.org/rss/1.0/modules/syndication/'),
  module('slash', 'http://purl.org/rss/1.0/modules/slash/'),
  module('media', 'http://search.yahoo.com/mrss/'),
  module('itunes', 'http://www.itunes.com/dtds/podcast-1.0.dtd'),
  module('podcast', 'https://podcastindex.org/namespace/1.0'),
  module('georss', 'http://www.georss.org/georss'),
  module('gml', 'http://www.opengis.net/gml'),
  module('thr', 'http://purl.org/syndication/thread/1.0'),
  module('at', 'http://purl.org/atompub/tombstones/1.0'),
  module('atom', 'http://www.w3.org/2005/Atom'),
].join('');

const manyItems = (count: number) =>
  Array.from(
    { length: count },
    (_, at) =>
      `<item><title>Ferry ${at} &amp; co</title><link>/log/${at}</link><guid isPermaLink="false">ferry-${at}</guid>` +
      `<pubDate>Fri, 20 Nov 2026 ${String(at % 24).padStart(2, '0')}:00:00 +0100</pubDate><description>Water <b>high</b></description></item>`,
  ).join('');

const ownSubjects: readonly Subject[] = [
  own(
    'own: rss with every module',
    `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"${everyModule} xml:base="https://quay.example/"><channel>` +
      '<title>Quay log</title><link>/</link><ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod><skipHours><hour>3</hour></skipHours>' +
      '<atom:link rel="self" href="feed"/><atom:link rel="hub" href="https://hub.example/"/><at:deleted-entry ref="tag:quay.example,2026:9" when="2026-11-20T09:00:00Z"/>' +
      '<item><title><![CDATA[Ebb &amp; <i>flow</i>]]></title><guid isPermaLink="true">https://quay.example/1</guid><dc:creator>Ann Weir</dc:creator><dc:date>2026-11-20</dc:date>' +
      '<content:encoded><![CDATA[<p>One <a href="two">two</a><img src="/x.png"></p><script>1</script>]]></content:encoded><slash:comments>3</slash:comments>' +
      '<enclosure url="a.mp3" length="1234" type="audio/mpeg"/><media:group><media:content url="b.mp4" fileSize="9" duration="61"/><media:thumbnail url="t.jpg"/></media:group>' +
      '<itunes:duration>1:02:03</itunes:duration><itunes:episode>4</itunes:episode><itunes:season>1</itunes:season><itunes:explicit>no</itunes:explicit>' +
      '<podcast:transcript url="t.vtt" type="text/vtt"/><georss:point>47.5 8.5</georss:point><thr:in-reply-to ref="tag:x" href="/r"/><category domain="d">Tide</category></item>' +
      '<item><title>No guid</title><pubDate>20 Nov 26 09:00 CET</pubDate><author>bo@quay.example (Bo)</author><comments>/c</comments></item></channel></rss>',
    'application/rss+xml; charset=utf-8',
  ),
  own(
    'own: atom with a tombstone and xhtml',
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xml:lang="de"><id>urn:f</id><title type="html">A &lt;b&gt;</title>' +
      '<link rel="prev-archive" href="old"/><at:deleted-entry ref="urn:e:7" when="2026-11-19T00:00:00Z"/><entry><id>urn:e:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">T <em>x</em></div></title>' +
      '<link href="e/1"/><link rel="enclosure" href="e.ogg" length="5"/><updated>2026-11-20T09:00:00.5+01:00</updated><content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>a<h:br/>b</h:p></h:div></content>' +
      '<author><name>Eva</name><uri>/eva</uri></author></entry><entry><id>urn:e:2</id><title>2</title><updated>2026-11-20T08:00:00Z</updated><summary>s</summary></entry></feed>',
    'application/atom+xml',
  ),
  own(
    'own: json feed',
    '{"version":"https://jsonfeed.org/version/1.1","title":"J","home_page_url":"https://j.example/","items":[{"id":7.0,"url":"/a","content_html":"<p>x</p>","date_published":"2026-11-20T09:00:00Z",' +
      '"tags":["a"],"attachments":[{"url":"b.mp3","mime_type":"audio/mpeg","size_in_bytes":5}],"authors":[{"name":"N"}]},{"id":"b","content_text":"t"}]}',
    'application/feed+json',
  ),
  own(
    'own: utf-16',
    Buffer.from(`\ufeff<rss version="2.0"><channel>${manyItems(3)}</channel></rss>`, 'utf16le'),
  ),
  own(
    'own: forty items',
    `<rss version="2.0"><channel><title>Forty</title>${manyItems(40)}</channel></rss>`,
    'text/xml',
  ),
  own(
    'own: entities and broken nesting',
    '<!DOCTYPE rss [<!ENTITY weir "Weir &#38; Sons">]><rss version="0.92"><channel><title>&weir;</title><item><title>a<br>b</title><description><p>x</description><link>https://a.example/1</item>' +
      '<item><link>https://a.example/2</link><title>c &nbsp; < d</title></item></channel></rss>',
    'text/xml; charset=iso-8859-1',
  ),
];
