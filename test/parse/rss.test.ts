// What RSS leaves open, decided.

import { describe, expect, test } from '@jest/globals';
import { item, parseText, rss } from './documents.ts';

const first = (inside: string) => parseText(rss(item(inside))).entries[0];

describe('B15: ids are texts', () => {
  const guids = [
    '007',
    '7',
    '7.0',
    '1e0',
    '0x7',
    '+7',
    '9007199254740993',
    '9007199254740992',
    'true',
    'null',
  ];

  test('ten that look like numbers are ten ids', () => {
    const feed = parseText(rss(guids.map((guid) => item(`<guid>${guid}</guid>`)).join('')));
    expect(feed.entries.map(({ id }) => id)).toEqual(guids);
  });

  test('a title 1.10 keeps its zero', () => {
    expect(first('<title>1.10</title>')?.title).toBe('1.10');
  });

  test('white space round an id is not part of it, inside it is', () => {
    expect(first('<guid>\n  a  b \n</guid>')?.id).toBe('a  b');
  });
});

describe('the permalink', () => {
  test.each([
    [
      'link before guid',
      '<guid>https://example.org/g</guid><link>https://example.org/l</link>',
      'https://example.org/l',
    ],
    ['a guid that is a URL', '<guid>https://example.org/g</guid>', 'https://example.org/g'],
    ['a guid that says so', '<guid isPermaLink="true">https://example.org/g</guid>', 'https://example.org/g'],
    ['a guid that is a path and says so', '<guid isPermaLink="true">/g</guid>', 'https://example.org/g'],
    ['not a guid that denies it', '<guid isPermaLink="false">https://example.org/g</guid>', undefined],
    ['not a guid that is no URL', '<guid>tag:example.org,2026:g</guid>', undefined],
    ['an atom:link', '<atom:link href="/a"/>', 'https://example.org/a'],
    ['a link in an attribute', '<link href="/a"/>', 'https://example.org/a'],
    ['the last link that says something', '<link>/a</link><link>/b</link><link/>', 'https://example.org/b'],
    ['a relative link', '<link>a/b</link>', 'https://example.org/a/b'],
    [
      'not an unusable link, but the guid',
      '<link>javascript:x</link><guid>https://example.org/g</guid>',
      'https://example.org/g',
    ],
  ])('is %s', (_, inside, url) => {
    expect(first(`<title>t</title>${inside}`)?.url).toBe(url);
  });
});

describe('people', () => {
  test.each([
    ['<author>ann@example.org (Ann Lee)</author>', { name: 'Ann Lee', email: 'ann@example.org' }],
    ['<author>Ann Lee &lt;ann@example.org&gt;</author>', { name: 'Ann Lee', email: 'ann@example.org' }],
    ['<author>Ann Lee (ann@example.org)</author>', { name: 'Ann Lee', email: 'ann@example.org' }],
    ['<author>ann@example.org</author>', { email: 'ann@example.org' }],
    ['<author>Ann Lee</author>', { name: 'Ann Lee' }],
    ['<dc:creator><![CDATA[Ann Lee]]></dc:creator>', { name: 'Ann Lee' }],
    ['<itunes:author>Ann Lee</itunes:author>', { name: 'Ann Lee' }],
    ['<author><name>Ann Lee</name></author>', { name: 'Ann Lee' }],
    [
      '<author><name>Ann</name><email>ann@example.org</email><uri>/ann</uri></author>',
      { name: 'Ann', email: 'ann@example.org', url: 'https://example.org/ann' },
    ],
    ['<author>ann@example.org, Bob Lee</author>', { name: 'Bob Lee', email: 'ann@example.org' }],
    [
      '<author>ann@example.org (Ann)</author><dc:creator>Ann</dc:creator>',
      { name: 'Ann', email: 'ann@example.org' },
    ],
  ])('%s', (inside, person) => {
    expect(first(`<title>t</title>${inside}`)?.authors).toEqual([person]);
  });
});

describe('texts', () => {
  test('content:encoded is the content, description the summary, in any order', () => {
    const entry = first('<content:encoded>full</content:encoded><description>short</description>');
    expect(entry).toMatchObject({ contentHtml: 'full', summary: 'short' });
  });

  test('CDATA may be split, and text may stand round it', () => {
    expect(first('<description>a <![CDATA[<b>x]]]]><![CDATA[>y</b>]]> &amp; z</description>')?.summary).toBe(
      'a <b>x]]>y</b> & z',
    );
  });

  test('an xhtml body is content when nothing better is there', () => {
    const body = '<body xmlns="http://www.w3.org/1999/xhtml"><p>hi</p></body>';
    expect(first(`<title>t</title>${body}`)?.contentHtml).toBe('<p>hi</p>');
    expect(first(`<title>t</title>${body}<content:encoded>full</content:encoded>`)?.contentHtml).toBe('full');
  });

  test('the base of relative links is the one that holds where the content stands', () => {
    const entry = first(
      '<description>a</description><content:encoded xml:base="https://example.net/c/">b</content:encoded>',
    );
    expect(entry?.baseUrl).toBe('https://example.net/c/');
  });

  test.each([
    ['a description', '<description xml:base="/d/">d</description>', '/d/'],
    [
      'not a description beside content',
      '<description xml:base="/d/">d</description><content:encoded>c</content:encoded>',
      '/feed',
    ],
    ['an xhtml body', '<description>d</description><xhtml:body xml:base="/b/"><p>b</p></xhtml:body>', '/b/'],
  ])('the base of relative links is that of %s', (_, inside, path) => {
    expect(first(inside)?.baseUrl).toBe(`https://example.org${path}`);
  });

  test('xml:base inside markup governs the links there', () => {
    const body = '<xhtml:body><xhtml:p xml:base="/p/"><xhtml:a href="a">x</xhtml:a></xhtml:p></xhtml:body>';
    expect(first(body)?.contentHtml).toContain('<a href="https://example.org/p/a">x</a>');
  });

  test('a subtitle of an episode is its summary only when nothing else is said', () => {
    expect(first('<itunes:subtitle>s</itunes:subtitle>')?.summary).toBe('s');
    expect(first('<itunes:subtitle>s</itunes:subtitle><description>d</description>')?.summary).toBe('d');
    expect(
      first('<itunes:subtitle>s</itunes:subtitle><content:encoded>c</content:encoded>'),
    ).not.toHaveProperty('summary');
  });
});

describe('enclosures', () => {
  test('are merged by URL, what is said first stays', () => {
    const url = 'https://example.org/a.mp3';
    const inside = `<enclosure url="${url}" type="audio/mpeg"/><media:content url="${url}" type="x/y" fileSize="9" duration="5"/>`;
    expect(first(inside)?.enclosures).toEqual([
      { url, mimeType: 'audio/mpeg', sizeBytes: 9, durationSeconds: 5 },
    ]);
  });

  test.each([
    ['62:03', 3723],
    ['01:02:03', 3723],
    ['3723', 3723],
    ['3722.6', 3723],
    ['soon', undefined],
    ['1:2:3:4', undefined],
  ])('a duration of %s is %p s', (written, seconds) => {
    const entry = first(`<itunes:duration>${written}</itunes:duration><enclosure url="/a.mp3"/>`);
    expect(entry?.enclosures[0]?.durationSeconds).toBe(seconds);
  });

  test.each(['', '-1', '1.5', '1e99', 'big'])('a length of %j says nothing', (length) => {
    expect(first(`<enclosure url="/a.mp3" length="${length}"/>`)?.enclosures).toEqual([
      { url: 'https://example.org/a.mp3' },
    ]);
  });
});

describe('dates', () => {
  test('pubDate wins over dc:date, whatever their order', () => {
    const entry = first('<dc:date>2020-01-01</dc:date><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate>');
    expect(entry?.published).toBe('2026-11-20T09:00:00Z');
  });

  test('a date that cannot be read leaves room for the next', () => {
    expect(first('<pubDate>soon</pubDate><dc:date>2020-01-01</dc:date>')?.published).toBe(
      '2020-01-01T00:00:00Z',
    );
  });
});

describe('hints', () => {
  const hints = (elements: string) => parseText(rss(elements)).hints;

  test.each([
    ['<ttl>60</ttl>', { ttlMinutes: 60 }],
    ['<ttl>0</ttl><ttl>x</ttl>', {}],
    ['<sy:updatePeriod>hourly</sy:updatePeriod>', { syMinutes: 60 }],
    [
      '<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>',
      { syMinutes: 720 },
    ],
    ['<sy:updateFrequency>2</sy:updateFrequency>', { syMinutes: 720 }],
    ['<sy:updatePeriod>often</sy:updatePeriod>', {}],
    [
      '<skipHours><hour>0</hour><hour>24</hour><hour>23</hour><hour>25</hour><hour>x</hour></skipHours>',
      { skipHours: [0, 23] },
    ],
    ['<skipDays><day>Monday</day><day>sat</day><day>Noday</day></skipDays>', { skipDays: [1, 6] }],
  ])('%s', (elements, expected) => {
    expect(hints(elements)).toEqual(expected);
  });
});

test('entries beside the channel and inside it are both entries', () => {
  const text =
    '<rss version="2.0"><channel><item><guid>in</guid></item></channel><item><guid>out</guid></item></rss>';
  expect(parseText(text).entries.map(({ id }) => id)).toEqual(['in', 'out']);
});

describe('what several elements say is taken from the most exact one, wherever it stands', () => {
  test.each([
    [
      'pubDate before atom:published',
      '<atom:published>2026-11-19T00:00:00Z</atom:published><pubDate>Fri, 20 Nov 2026 00:00:00 GMT</pubDate>',
      { published: '2026-11-20T00:00:00Z' },
    ],
    ['guid before atom:id', '<atom:id>urn:a</atom:id><guid>g</guid>', { id: 'g' }],
    ['title before atom:title', '<atom:title>a</atom:title><title>t</title>', { title: 't' }],
    ['atom:id where there is no guid', '<atom:id>urn:a</atom:id>', { id: 'urn:a' }],
    ['description before summary', '<summary>s</summary><description>d</description>', { summary: 'd' }],
    ['a summary where RSS has none', '<summary>s</summary>', { summary: 's' }],
    [
      'dc:description beside the whole text',
      '<dc:description>d</dc:description><content:encoded>c</content:encoded>',
      { summary: 'd', contentHtml: 'c' },
    ],
    [
      'content:encoded before fullitem',
      '<fullitem>&lt;p>f&lt;/p></fullitem><content:encoded>c</content:encoded>',
      { contentHtml: 'c' },
    ],
    ['fullitem of Radio Userland', '<fullitem>&lt;p>f&lt;/p></fullitem>', { contentHtml: '<p>f</p>' }],
  ])('%s', (_, inside, expected) => {
    expect(first(inside)).toMatchObject(expected);
  });

  test('rdf:about after guid and atom:id', () => {
    const about = (inside: string) =>
      parseText(
        `<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel/><item rdf:about="urn:about"><title>t</title>${inside}</item></rdf:RDF>`,
      ).entries[0]?.id;
    expect(about('')).toBe('urn:about');
    expect(about('<atom:id>urn:a</atom:id>')).toBe('urn:a');
  });

  test.each(['dc', 'dcterms'])('Dublin Core in the namespace %s', (prefix) => {
    const element = (name: string, text: string) => `<${prefix}:${name}>${text}</${prefix}:${name}>`;
    const inside = ['title', 'description', 'creator', 'subject', 'rights', 'language'].map((name) =>
      element(name, name),
    );
    const said = {
      ...{ title: 'title', rights: 'rights', language: 'language' },
      ...{ authors: [{ name: 'creator' }], categories: [{ term: 'subject' }] },
    };
    expect(first(inside.join('') + element('date', '2026-11-20'))).toMatchObject({
      ...said,
      ...{ summary: 'description', published: '2026-11-20T00:00:00Z' },
    });
    expect(parseText(rss('').replace('<title>Feed</title>', inside.join('')))).toMatchObject({
      ...said,
      subtitle: 'description',
    });
  });

  test('dcterms of the channel', () => {
    expect(
      parseText('<rss><channel><dcterms:issued>2026-11-20</dcterms:issued></channel></rss>').published,
    ).toBe('2026-11-20T00:00:00Z');
  });
});

describe('categories', () => {
  const terms = (inside: string) => first(`<title>t</title>${inside}`)?.categories;

  test('of iTunes may stand in each other, and keywords are a list', () => {
    const nested = '<itunes:category text="Arts"><itunes:category text="Food"/></itunes:category>';
    const keywords = '<itunes:keywords>tea, green tea,,</itunes:keywords>';
    const expected = [{ term: 'Arts' }, { term: 'Food' }, { term: 'tea' }, { term: 'green tea' }];
    expect(terms(nested + keywords)).toEqual(expected);
    expect(parseText(`<rss><channel>${nested}${keywords}</channel></rss>`).categories).toEqual(expected);
  });

  test('of Media RSS have a scheme and a label', () => {
    expect(terms('<media:category scheme="urn:s" label="L">m</media:category>')).toEqual([
      { term: 'm', scheme: 'urn:s', label: 'L' },
    ]);
  });

  test('that several modules name are one, under another scheme two', () => {
    expect(
      terms('<category>a</category><dc:subject>a</dc:subject><category domain="urn:s">a</category>'),
    ).toEqual([{ term: 'a' }, { term: 'a', scheme: 'urn:s' }]);
  });
});

describe('links of Atom that stand in RSS without their namespace', () => {
  test('are no home page of the feed', () => {
    const links = '<link>/home</link><link rel="hub" href="/hub"/><link rel="self" href="/self"/>';
    expect(parseText(rss(links))).toMatchObject({
      homePageUrl: 'https://example.org/home',
      selfUrl: 'https://example.org/self',
      hubUrls: ['https://example.org/hub'],
    });
  });

  test('are no permalink of an item', () => {
    const links = '<link>/a</link><link rel="enclosure" href="/a.mp3" type="audio/mpeg"/>';
    expect(first(links)).toMatchObject({
      url: 'https://example.org/a',
      enclosures: [{ url: 'https://example.org/a.mp3', mimeType: 'audio/mpeg' }],
    });
  });
});

test('RSS 1.1 has its items inside a list', () => {
  const feed = parseText(
    `<Channel xmlns="http://purl.org/net/rss1.1#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="/"><title>Feed</title>
      <items rdf:parseType="Collection"><item rdf:about="/1"><title>a</title></item><item rdf:about="/2"><title>b</title></item></items></Channel>`,
  );
  expect(feed.title).toBe('Feed');
  expect(feed.entries.map(({ title }) => title)).toEqual(['a', 'b']);
});

test.each([
  ['an image with a url', '<image><title>t</title><url>/i.png</url></image>'],
  ['an image that is a url', '<image>/i.png</image>'],
])('an item may have %s', (_, image) => {
  expect(first(`<title>t</title>${image}`)?.image).toBe('https://example.org/i.png');
});
