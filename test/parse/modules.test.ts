// What modules say of an entry, in RSS and Atom alike, wherever the document declares them.

import { describe, expect, test } from '@jest/globals';
import type { Entry } from '../../src/model/entry.ts';
import { atom, item, parseText, rss } from './documents.ts';

const lists: Entry = { authors: [], contributors: [], categories: [], enclosures: [] };

/** The fields of an item with this inside, but for its title and base. */
function fieldsOf(inside: string, channel = ''): object {
  const [entry] = parseText(rss(channel + item(`<title>a</title>${inside}`))).entries;
  return stripped(entry);
}

function atomFieldsOf(inside: string, feed = ''): object {
  const [entry] = parseText(atom(`${feed}<entry><title>a</title>${inside}</entry>`)).entries;
  return stripped(entry);
}

function stripped({ title, baseUrl, ...fields }: Entry = lists): object {
  const filled = Object.entries(fields).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return Object.fromEntries(filled);
}

type Row = [string, string, object];

const threads: Row[] = [
  ['slash counts', '<slash:comments> 4 </slash:comments>', { commentCount: 4 }],
  ['none is a count', '<slash:comments>0</slash:comments>', { commentCount: 0 }],
  [
    'words and negative numbers are none',
    '<slash:comments>-1</slash:comments><thr:total>many</thr:total>',
    {},
  ],
  ['RFC 4685 counts', '<thr:total>12</thr:total>', { commentCount: 12 }],
  [
    'a feed of comments',
    '<wfw:commentRss>/posts/1/comments.xml</wfw:commentRss>',
    { commentsFeedUrl: 'https://example.org/posts/1/comments.xml' },
  ],
  [
    'the address that takes comments is none to read',
    '<wfw:comment>https://example.org/post</wfw:comment>',
    {},
  ],
  ['a script is no feed of comments', '<wfw:commentRss>javascript:x()</wfw:commentRss>', {}],
  [
    'what is answered, by id and by page',
    '<thr:in-reply-to ref="urn:1" href="/posts/1" type="text/html"/><thr:in-reply-to ref="urn:2"/>',
    { inReplyTo: [{ id: 'urn:1', url: 'https://example.org/posts/1' }, { id: 'urn:2' }] },
  ],
  ['an answer to nothing', '<thr:in-reply-to source="https://example.org/feed" href="mailto:x"/>', {}],
  [
    'links to replies, as a page and as a feed with its count',
    '<atom:link rel="replies" type="text/html" href="/1#c"/><atom:link rel="replies" type="application/atom+xml" href="/1.xml" thr:count="3"/>',
    { commentsUrl: 'https://example.org/1#c', commentsFeedUrl: 'https://example.org/1.xml', commentCount: 3 },
  ],
  [
    'RFC 4685 §4: a link to replies without a type is a feed',
    '<atom:link rel="replies" href="/1.xml"/>',
    { commentsFeedUrl: 'https://example.org/1.xml' },
  ],
  [
    'the total before the count at a link',
    '<atom:link rel="replies" href="/1.xml" thr:count="3"/><thr:total>5</thr:total>',
    { commentsFeedUrl: 'https://example.org/1.xml', commentCount: 5 },
  ],
];

const places: Row[] = [
  [
    'a point',
    '<georss:point>45.256 -71.92</georss:point>',
    { place: { latitude: 45.256, longitude: -71.92 } },
  ],
  [
    'with a comma',
    '<georss:point>45.256, -71.92</georss:point>',
    { place: { latitude: 45.256, longitude: -71.92 } },
  ],
  [
    'over lines',
    '<georss:point>\n  45.256\n\t-71.92 </georss:point>',
    { place: { latitude: 45.256, longitude: -71.92 } },
  ],
  [
    'in GML, with a height',
    '<georss:where><gml:Point><gml:pos>45.256 -71.92 12</gml:pos></gml:Point></georss:where>',
    { place: { latitude: 45.256, longitude: -71.92 } },
  ],
  [
    'with a name',
    '<georss:featureName> Mona\nPassage </georss:featureName><georss:point>45 -71</georss:point>',
    { place: { latitude: 45, longitude: -71, name: 'Mona Passage' } },
  ],
  [
    'in two elements, in any order',
    '<geo:long>-71.92</geo:long><geo:lat>45.256</geo:lat>',
    { place: { latitude: 45.256, longitude: -71.92 } },
  ],
  [
    'in a geo:Point',
    '<geo:Point><geo:lat>45.256</geo:lat><geo:long>-71.92</geo:long></geo:Point>',
    { place: { latitude: 45.256, longitude: -71.92 } },
  ],
  ['a latitude alone', '<geo:lat>45.256</geo:lat>', {}],
  ['a name alone', '<georss:featureName>Mona Passage</georss:featureName>', {}],
  ['beyond the pole', '<georss:point>91 0</georss:point>', {}],
  ['once round the earth', '<georss:point>45 181</georss:point>', {}],
  ['the edges', '<georss:point>-90 180</georss:point>', { place: { latitude: -90, longitude: 180 } }],
  ['0, 0, which programs write when they do not know', '<georss:point>0.000000 0.000000</georss:point>', {}],
  ['one number', '<georss:point>45</georss:point>', {}],
  ['a line', '<georss:line>45 -71 46 -72</georss:line>', {}],
  ['words', '<georss:point>here there</georss:point>', {}],
  ['a hexadecimal number', '<georss:point>0x10 0x10</georss:point>', {}],
  [
    'the first point that is one',
    '<georss:point>95 0</georss:point><georss:point>1 2</georss:point><georss:point>3 4</georss:point>',
    { place: { latitude: 1, longitude: 2 } },
  ],
];

const licenses: Row[] = [
  [
    'creativeCommons',
    '<creativeCommons:license>https://cc.example/by</creativeCommons:license>',
    { licenseUrl: 'https://cc.example/by' },
  ],
  [
    'cc as a resource',
    '<cc:license rdf:resource="https://cc.example/by"/>',
    { licenseUrl: 'https://cc.example/by' },
  ],
  ['cc as text', '<cc:license>https://cc.example/by</cc:license>', { licenseUrl: 'https://cc.example/by' }],
  ['a link', '<atom:link rel="license" href="/by"/>', { licenseUrl: 'https://example.org/by' }],
  [
    'podcast',
    '<podcast:license url="https://cc.example/by">CC BY</podcast:license>',
    { licenseUrl: 'https://cc.example/by' },
  ],
  [
    'words, which are no link',
    '<dcterms:license>CC BY</dcterms:license><podcast:license>cc-by-4.0</podcast:license>',
    {},
  ],
  ['a script', '<cc:license rdf:resource="javascript:x()"/>', {}],
];

const episodes: Row[] = [
  [
    'iTunes',
    '<itunes:season>2</itunes:season><itunes:episode>7</itunes:episode><itunes:episodeType>Bonus</itunes:episodeType><itunes:explicit>no</itunes:explicit>',
    { episode: { season: 2, number: 7, kind: 'bonus', isExplicit: false } },
  ],
  [
    'podcast before iTunes, whatever their order',
    '<podcast:episode>7.5</podcast:episode><itunes:episode>7</itunes:episode><itunes:season>1</itunes:season><podcast:season name="Two">2</podcast:season>',
    { episode: { season: 2, number: 7.5 } },
  ],
  ['explicit', '<itunes:explicit> Yes </itunes:explicit>', { episode: { isExplicit: true } }],
  ['clean', '<itunes:explicit>clean</itunes:explicit>', { episode: { isExplicit: false } }],
  [
    'what is none of these',
    '<itunes:explicit>maybe</itunes:explicit><itunes:episodeType>x</itunes:episodeType><itunes:season>one</itunes:season><itunes:episode>-1</itunes:episode>',
    {},
  ],
  [
    'chapters and transcripts',
    '<podcast:chapters url="/c.json" type="application/json+chapters"/><podcast:transcript url="/t.vtt" type="text/vtt" language="en"/><podcast:transcript url="/t.srt"/><podcast:transcript url="file:///t"/>',
    {
      episode: {
        chaptersUrl: 'https://example.org/c.json',
        transcripts: [
          { url: 'https://example.org/t.vtt', mimeType: 'text/vtt', language: 'en' },
          { url: 'https://example.org/t.srt' },
        ],
      },
    },
  ],
  [
    'other forms of the file, behind it and each at its first address on the web',
    '<podcast:alternateEnclosure type="audio/aac" length="9" title="AAC"><podcast:source uri="ipfs://x"/><podcast:source uri="/a.aac"/><podcast:source uri="/b.aac"/></podcast:alternateEnclosure><enclosure url="/a.mp3" type="audio/mpeg"/><itunes:duration>60</itunes:duration>',
    {
      enclosures: [
        { url: 'https://example.org/a.mp3', mimeType: 'audio/mpeg', durationSeconds: 60 },
        { url: 'https://example.org/a.aac', mimeType: 'audio/aac', sizeBytes: 9, title: 'AAC' },
      ],
    },
  ],
  [
    'people: hosts and authors write, others take part',
    '<podcast:person href="/jane">Jane</podcast:person><podcast:person role="Guest" img="/j.jpg">John</podcast:person><podcast:person role="author">Ann</podcast:person><podcast:person role="Co-Host">Bo</podcast:person><podcast:person> </podcast:person>',
    {
      authors: [{ name: 'Jane', url: 'https://example.org/jane' }, { name: 'Ann' }, { name: 'Bo' }],
      contributors: [{ name: 'John' }],
    },
  ],
];

describe('an item of RSS: threads', () => {
  test.each(threads)('%s', (_, inside, expected) => expect(fieldsOf(inside)).toEqual(expected));
});

describe('an item of RSS: places', () => {
  test.each(places)('%s', (_, inside, expected) => expect(fieldsOf(inside)).toEqual(expected));
});

describe('an item of RSS: licences', () => {
  test.each(licenses)('%s', (_, inside, expected) => expect(fieldsOf(inside)).toEqual(expected));
});

describe('an item of RSS: episodes', () => {
  test.each(episodes)('%s', (_, inside, expected) => expect(fieldsOf(inside)).toEqual(expected));
});

describe('an entry of Atom', () => {
  const rows = [...threads, ...places, ...licenses].map(
    ([name, inside, expected]): Row => [name, inside.replaceAll('atom:link', 'link'), expected],
  );
  test.each(rows)('%s', (_, inside, expected) => expect(atomFieldsOf(inside)).toEqual(expected));

  test('knows the count at a link by its namespace, not by its prefix', () => {
    const link =
      '<link xmlns:q="http://purl.org/syndication/thread/1.0" rel="replies" href="/c" q:count="3"/>';
    expect(atomFieldsOf(link)).toMatchObject({ commentCount: 3 });
    const other = '<link xmlns:thr="urn:other" rel="replies" href="/c" thr:count="3"/>';
    expect(atomFieldsOf(other)).not.toHaveProperty('commentCount');
  });

  test('every URL is resolved against its xml:base', () => {
    const inside =
      '<thr:in-reply-to ref="urn:1" href="1"/><wfw:commentRss>c</wfw:commentRss><link rel="license" href="l"/><podcast:chapters url="p"/>';
    const [entry] = parseText(
      atom(`<entry xml:base="https://cdn.example/a/"><title>a</title>${inside}</entry>`),
    ).entries;
    expect(entry).toMatchObject({
      inReplyTo: [{ url: 'https://cdn.example/a/1' }],
      commentsFeedUrl: 'https://cdn.example/a/c',
      licenseUrl: 'https://cdn.example/a/l',
      episode: { chaptersUrl: 'https://cdn.example/a/p' },
    });
  });
});

test.each([
  ['http://purl.org/rss/1.0/modules/slash/', '<q:comments>4</q:comments>', { commentCount: 4 }],
  ['http://purl.org/syndication/thread/1.0', '<q:total>4</q:total>', { commentCount: 4 }],
  ['http://www.georss.org/georss', '<q:point>1 2</q:point>', { place: { latitude: 1, longitude: 2 } }],
  [
    'http://www.opengis.net/gml',
    '<q:Point><q:pos>1 2</q:pos></q:Point>',
    { place: { latitude: 1, longitude: 2 } },
  ],
  ['https://podcastindex.org/namespace/1.0', '<q:season>2</q:season>', { episode: { season: 2 } }],
  [
    'http://web.resource.org/cc/',
    '<q:license>https://cc.example/</q:license>',
    { licenseUrl: 'https://cc.example/' },
  ],
  [
    'http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html',
    '<q:license>https://cc.example/</q:license>',
    { licenseUrl: 'https://cc.example/' },
  ],
])('a module is known by its URI: %s', (uri, inside, expected) => {
  const document = `<rss version="2.0" xmlns:q="${uri}"><channel>${item(`<title>a</title>${inside}`)}</channel></rss>`;
  expect(stripped(parseText(document).entries[0])).toEqual(expected);
});

describe('the licence of a feed', () => {
  const channel = '<creativeCommons:license>https://cc.example/by</creativeCommons:license>';
  const link = '<link rel="license" href="https://cc.example/by"/>';

  test('is that of its entries', () => {
    expect(fieldsOf('', channel)).toEqual({ licenseUrl: 'https://cc.example/by' });
    expect(atomFieldsOf('', link)).toEqual({ licenseUrl: 'https://cc.example/by' });
  });

  test('gives way to their own', () => {
    const own = '<creativeCommons:license>https://cc.example/nd</creativeCommons:license>';
    expect(fieldsOf(own, channel)).toEqual({ licenseUrl: 'https://cc.example/nd' });
  });

  test('RFC 4946 §2.1: an entry can say that it is not', () => {
    const none = '<link rel="license" href="http://purl.org/atompub/license#unspecified"/>';
    expect(atomFieldsOf(none, link)).toEqual({});
  });

  test('does not cover what came from another feed', () => {
    const source = '<source url="https://other.example/feed">Other</source>';
    expect(fieldsOf(source, channel)).not.toHaveProperty('licenseUrl');
  });

  test('is no field of the feed', () => {
    expect(parseText(rss(channel + item('<title>a</title>')))).not.toHaveProperty('licenseUrl');
  });
});

describe('a tracking redirect', () => {
  const original = '<feedburner:origLink>https://example.org/posts/1</feedburner:origLink>';

  test('stays what the entry is known by, and says where it leads', () => {
    expect(fieldsOf(`<link>https://track.example/1</link>${original}`)).toEqual({
      url: 'https://track.example/1',
      originalUrl: 'https://example.org/posts/1',
    });
    expect(atomFieldsOf(`<link href="https://track.example/1"/>${original}`)).toEqual({
      url: 'https://track.example/1',
      originalUrl: 'https://example.org/posts/1',
    });
  });

  const file = (name: string) => `<enclosure url="https://track.example/${name}" type="audio/mpeg"/>`;
  const originalFile =
    '<feedburner:origEnclosureLink>https://example.org/1.mp3</feedburner:origEnclosureLink>';

  test('of the one enclosure too', () => {
    const expected = { mimeType: 'audio/mpeg', originalUrl: 'https://example.org/1.mp3' };
    expect(fieldsOf(originalFile + file('1'))).toMatchObject({
      enclosures: [{ url: 'https://track.example/1', ...expected }],
    });
  });

  test('of several enclosures nobody knows which is meant', () => {
    expect(JSON.stringify(fieldsOf(file('1') + originalFile + file('2')))).not.toContain('originalUrl');
  });
});

describe('deleted entries', () => {
  const dead = (attributes: string) => `<at:deleted-entry ${attributes}/>`;

  test('are told with their id and time, beside the entries', () => {
    const feed = parseText(
      atom(
        `${dead('ref="tag:example.org,2026:1" when="2026-11-20T09:00:00+01:00"')}<entry><id>urn:2</id></entry>${dead('ref="urn:3"')}`,
      ),
    );
    expect(feed.entries).toHaveLength(1);
    expect(feed.tombstones).toEqual([
      { ref: 'tag:example.org,2026:1', deletedAt: '2026-11-20T09:00:00+01:00' },
      { ref: 'urn:3' },
    ]);
  });

  test('without an id say nothing', () => {
    expect(parseText(atom(dead('ref=" "') + dead('when="2026-11-20T09:00:00Z"'))).tombstones).toEqual([]);
  });

  test('are known by their namespace', () => {
    const named = '<q:deleted-entry xmlns:q="http://purl.org/atompub/tombstones/1.0" ref="urn:1"/>';
    const other = '<deleted-entry ref="urn:1"/><at:deleted-entry xmlns:at="urn:x" ref="urn:1"/>';
    expect(parseText(atom(named)).tombstones).toEqual([{ ref: 'urn:1' }]);
    expect(parseText(atom(other)).tombstones).toEqual([]);
  });

  test('are read up to the limit of entries, with a flaw', () => {
    const many = Array.from({ length: 4 }, (_, at) => dead(`ref="urn:${at}"`)).join('');
    const feed = parseText(atom(`${many}<entry><id>urn:e</id></entry>`), { maxEntries: 3 });
    expect(feed.tombstones.map(({ ref }) => ref)).toEqual(['urn:0', 'urn:1', 'urn:2']);
    expect(feed.flaws).toEqual([{ message: 'only the first 3 deleted entries are read' }]);
    expect(feed.entries).toHaveLength(1);
  });
});

test('lists that no honest entry has are cut short', () => {
  const many = (element: (at: number) => string) =>
    Array.from({ length: 500 }, (_, at) => element(at)).join('');
  const [entry] = parseText(
    rss(
      item(
        `${many((at) => `<thr:in-reply-to ref="urn:${at}"/>`)}${many((at) => `<podcast:transcript url="/${at}"/>`)}`,
      ),
    ),
  ).entries;
  expect(entry?.inReplyTo).toHaveLength(16);
  expect(entry?.episode?.transcripts).toHaveLength(16);
});
