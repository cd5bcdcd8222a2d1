// What Atom leaves open, decided. RFC 4287

import { describe, expect, test } from '@jest/globals';
import { atom, parseText } from './documents.ts';

const first = (inside: string, attributes = '') =>
  parseText(atom(`<entry ${attributes}><id>1</id>${inside}</entry>`)).entries[0];

describe('RFC 4287 §3.1 text constructs', () => {
  test.each([
    ['text by default', '<title>a &lt;b&gt; c</title>', 'a <b> c'],
    ['html', '<title type="html">a &lt;b>b&lt;/b> &amp;amp; c</title>', 'a b & c'],
    [
      'xhtml',
      '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> &amp; c</div></title>',
      'a b & c',
    ],
    ['html in CDATA', '<title type="html"><![CDATA[a &amp; <i>b</i>]]></title>', 'a & b'],
    ['inline markup of no type', '<title>a <b>b</b></title>', 'a b'],
    ['base64 of Atom 0.3', '<title mode="base64">YSBi</title>', 'a b'],
    ['escaped HTML of Atom 0.3', '<title mode="escaped" type="text/html">a &lt;b>b&lt;/b></title>', 'a b'],
    ['xml of Atom 0.3', '<title mode="xml" type="application/xhtml+xml"><b>a</b> &amp; b</title>', 'a & b'],
    ['xhtml without markup', '<title type="xhtml">AT&amp;T &lt;b></title>', 'AT&T <b>'],
  ])('a title of %s', (_, title, plain) => {
    expect(first(title)?.title).toBe(plain);
  });

  test('a title of markup alone is no title', () => {
    expect(first('<title type="html">&lt;img src="x"></title>')).not.toHaveProperty('title');
  });
});

describe('RFC 4287 §4.1.3 content', () => {
  test.each([
    ['text', '<content>a &lt;b&gt;</content>', { contentText: 'a <b>' }],
    ['html', '<content type="html">&lt;p>a&lt;/p></content>', { contentHtml: '<p>a</p>' }],
    ['text/html', '<content type="text/html">&lt;p>a&lt;/p></content>', { contentHtml: '<p>a</p>' }],
    [
      'xhtml without div',
      '<content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml">a</p></content>',
      { contentHtml: '<p xmlns="http://www.w3.org/1999/xhtml">a</p>' },
    ],
    [
      'xhtml under a prefix',
      '<content type="xhtml" xmlns:h="http://www.w3.org/1999/xhtml"><h:div><h:p>a</h:p></h:div></content>',
      { contentHtml: '<p>a</p>' },
    ],
    [
      'CDATA inside xhtml',
      '<content type="xhtml"><div><![CDATA[1 < 2]]><b/></div></content>',
      { contentHtml: '1 &lt; 2<b></b>' },
    ],
    [
      'html inside a real div',
      '<content type="html"><div>&lt;p>a&lt;/p></div></content>',
      { contentHtml: '<p>a</p>' },
    ],
    [
      'html with a div of words',
      '<content type="html"><div>1 &lt; 2</div></content>',
      { contentHtml: '1 &lt; 2' },
    ],
    ['xhtml with an escaped tag', '<content type="xhtml">&lt;p></content>', { contentHtml: '&lt;p&gt;' }],
    ['xhtml in CDATA', '<content type="xhtml"><![CDATA[<p>a</p>]]></content>', { contentHtml: '<p>a</p>' }],
    [
      'xhtml that leaves its namespace',
      '<content type="xhtml"><div>a <b xmlns="" id="b">b</b></div></content>',
      { contentHtml: 'a <b id="b">b</b>' },
    ],
    [
      'SVG',
      '<content type="image/svg+xml"><svg><path d="M0"/></svg></content>',
      { contentHtml: '<svg><path d="M0"></path></svg>' },
    ],
  ])('of type %s', (_, content, expected) => {
    expect(first(content)).toMatchObject(expected);
  });

  test('that is an image in base64 is no text', () => {
    const entry = first('<content type="image/png">iVBORw0KGgo=</content>');
    expect(entry).not.toHaveProperty('contentText');
    expect(entry).not.toHaveProperty('contentHtml');
  });
});

describe('RFC 4287 §4.2.7 links', () => {
  test.each([
    ['no rel is alternate', '<link href="/a"/>', '/a'],
    [
      'HTML is preferred',
      '<link type="application/json" href="/j"/><link type="text/html" href="/h"/>',
      '/h',
    ],
    ['another type is better than nothing', '<link type="application/json" href="/j"/>', '/j'],
    ['the first of two', '<link href="/a"/><link href="/b"/>', '/a'],
    [
      'the IANA name of alternate',
      '<link rel="http://www.iana.org/assignments/relation/alternate" href="/a"/>',
      '/a',
    ],
    ['RFC 8288 §2.1.1: rel in any case', '<link rel="Alternate" href="/a"/>', '/a'],
    [
      'but rather one as Atom writes it',
      '<link rel="Alternate" href="/a"/><link rel="alternate" href="/b"/>',
      '/b',
    ],
    ['self is no permalink', '<link rel="self" href="/s"/>', undefined],
    ['a URL written as text', '<link rel="alternate">/t</link>', '/t'],
    ['an empty one is forgotten', '<link href=""/>', undefined],
  ])('%s', (_, links, path) => {
    expect(first(links)?.url).toBe(path && `https://example.org${path}`);
  });

  test('relative ones follow the chain of xml:base', () => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.net/a/"><entry xml:base="b/"><id>1</id><link xml:base="c/" href="d"/></entry></feed>`;
    expect(parseText(feed).entries[0]).toMatchObject({
      url: 'https://example.net/a/b/c/d',
      baseUrl: 'https://example.net/a/b/',
    });
  });

  test.each([
    ['xml:base="https://example.net/a"', 'https://example.net/a'],
    ['', undefined],
  ])('RFC 3986 §4.4: an empty link of the feed is its base where one is said: %s', (base, url) => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom" ${base}><link href=""/></feed>`;
    expect(parseText(feed).homePageUrl).toBe(url);
  });

  test('the base of content is its own, or that of the div which goes away', () => {
    expect(first('<content type="html" xml:base="https://example.net/c/">x</content>')?.baseUrl).toBe(
      'https://example.net/c/',
    );
    expect(
      first('<content type="xhtml"><div xml:base="https://example.net/d/"><p/></div></content>')?.baseUrl,
    ).toBe('https://example.net/d/');
  });
});

describe('RFC 4287 §4.2.1: an entry without an author', () => {
  const author = (name: string) => `<author><name>${name}</name></author>`;
  const authors = (inside: string) =>
    parseText(atom(`<entry><id>1</id>${inside}</entry>${author('Feed')}`)).entries[0]?.authors;

  test.each([
    ['has those of its feed', '', 'Feed'],
    ['has those of its source before', `<source><id>s</id>${author('Source')}</source>`, 'Source'],
    ['unlike one that has its own', author('Entry'), 'Entry'],
  ])('%s', (_, inside, name) => {
    expect(authors(inside)).toEqual([{ name }]);
  });

  test('has none when it came from another feed that names none', () => {
    expect(authors('<source><id>s</id></source>')).toEqual([]);
  });
});

describe('xml:base inside xhtml, which HTML does not know', () => {
  const html = (inside: string) =>
    first(`<content type="xhtml"><div xml:base="https://example.net/d/">${inside}</div></content>`);

  test.each([
    [
      'governs the links of its element',
      '<a xml:base="e/" href="f?a=1&amp;b">x</a>',
      '<a href="https://example.net/d/e/f?a=1&amp;b">x</a>',
    ],
    [
      'and of those inside, up to its end',
      '<p xml:base="/e/"><img src="f"/><q xml:base="g/" cite="h">q</q></p><a href="i">i</a>',
      '<p><img src="https://example.net/e/f"/><q cite="https://example.net/e/g/h">q</q></p><a href="i">i</a>',
    ],
    [
      'leaves other schemes alone',
      '<p xml:base="/e/"><a href="mailto:a@example.org">x</a></p>',
      '<p><a href="mailto:a@example.org">x</a></p>',
    ],
    [
      'changes nothing when it is no web address',
      '<a xml:base="urn:x" href="f">x</a>',
      '<a href="https://example.net/d/f">x</a>',
    ],
  ])('%s', (_, inside, expected) => {
    expect(html(inside)).toMatchObject({ contentHtml: expected, baseUrl: 'https://example.net/d/' });
  });
});

test('an entry says its language only when it is not the feed’s', () => {
  const feed = (lang: string) =>
    `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="${lang}"><id>1</id></entry></feed>`;
  expect(parseText(feed('de')).entries[0]?.language).toBe('de');
  expect(parseText(feed('en')).entries[0]).not.toHaveProperty('language');
});

test('XML 1.0 §2.12: an empty xml:lang is no language', () => {
  const feed = parseText(
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang=""><entry xml:lang=" "><id>1</id></entry></feed>',
  );
  expect(feed).not.toHaveProperty('language');
  expect(feed.entries[0]).not.toHaveProperty('language');
});

test('an id is kept as it is written', () => {
  expect(first('<id>ignored</id>')?.id).toBe('1');
  expect(parseText(atom('<entry><id> HTTP://Example.ORG/%7Ea </id></entry>')).entries[0]?.id).toBe(
    'HTTP://Example.ORG/%7Ea',
  );
});

test('Media RSS in Atom gives enclosures and a picture', () => {
  const media =
    '<media:group><media:content url="/v.mp4" type="video/mp4"/><media:thumbnail url="/t.jpg"/></media:group>';
  expect(first(media)).toMatchObject({
    image: 'https://example.org/t.jpg',
    enclosures: [{ url: 'https://example.org/v.mp4' }],
  });
});

describe('iTunes in Atom', () => {
  const author = '<itunes:author>Ann</itunes:author>';

  test('says who speaks in an episode, and how long', () => {
    const file = '<link rel="enclosure" href="/a.mp3"/><itunes:duration>60</itunes:duration>';
    expect(first(author + file)).toMatchObject({
      authors: [{ name: 'Ann' }],
      enclosures: [{ url: 'https://example.org/a.mp3', durationSeconds: 60 }],
    });
  });

  test('says of the feed what it says of one in RSS', () => {
    const more =
      '<itunes:image href="/i.png"/><itunes:category text="Arts"/><itunes:new-feed-url>/new</itunes:new-feed-url>';
    expect(parseText(atom(author + more))).toMatchObject({
      authors: [{ name: 'Ann' }],
      categories: [{ term: 'Arts' }],
      image: 'https://example.org/i.png',
      newFeedUrl: 'https://example.org/new',
    });
  });
});

test.each(['uri', 'url', 'homepage'])('a person says where she lives in <%s>', (name) => {
  expect(first(`<author><name>Ann</name><${name}>/ann</${name}></author>`)?.authors).toEqual([
    { name: 'Ann', url: 'https://example.org/ann' },
  ]);
});

describe('RFC 4287 §4.1.3.2: content that stands elsewhere', () => {
  test('is a file of the entry', () => {
    expect(first('<content src="/v.mp4" type="video/mp4"/>')?.enclosures).toEqual([
      { url: 'https://example.org/v.mp4', mimeType: 'video/mp4' },
    ]);
  });

  test('is its page, when it is HTML and no link names one', () => {
    const content = '<content src="/p" type="text/html"/>';
    expect(first(content)).toMatchObject({ url: 'https://example.org/p', enclosures: [] });
    expect(first(`${content}<link href="/a"/>`)).toMatchObject({ url: 'https://example.org/a' });
  });
});

describe('Dublin Core counts where Atom says nothing', () => {
  const dc =
    '<dc:title>dc</dc:title><dc:description>dc</dc:description><dc:date>2026-11-20</dc:date><dc:rights>dc</dc:rights>';

  test('of the feed, wherever it stands', () => {
    expect(parseText(`<feed version="0.3" xmlns="http://purl.org/atom/ns#">${dc}</feed>`)).toMatchObject({
      ...{ title: 'dc', subtitle: 'dc', updated: '2026-11-20T00:00:00Z', rights: 'dc' },
    });
    const own =
      '<title>a</title><subtitle>a</subtitle><updated>2026-11-21T00:00:00Z</updated><rights>a</rights>';
    expect(parseText(atom(dc + own))).toMatchObject({
      ...{ title: 'a', subtitle: 'a', updated: '2026-11-21T00:00:00Z', rights: 'a' },
    });
  });

  test('the dates of the DCMI terms', () => {
    const terms =
      '<dcterms:modified>2026-11-21</dcterms:modified><dcterms:created>2026-11-20</dcterms:created>';
    expect(first(terms)).toMatchObject({
      published: '2026-11-20T00:00:00Z',
      updated: '2026-11-21T00:00:00Z',
    });
    expect(first(`${terms}<updated>2026-11-22</updated>`)?.updated).toBe('2026-11-22T00:00:00Z');
    expect(parseText(atom(terms)).updated).toBe('2026-11-21T00:00:00Z');
  });

  test.each(['dc', 'dcterms'])('in the namespace %s', (prefix) => {
    const creator = `<${prefix}:creator>Ann</${prefix}:creator><${prefix}:subject>s</${prefix}:subject>`;
    const said = { authors: [{ name: 'Ann' }], categories: [{ term: 's' }] };
    expect(first(creator)).toMatchObject(said);
    expect(parseText(atom(creator))).toMatchObject(said);
  });

  test('of an entry, wherever it stands', () => {
    expect(first(dc)).toMatchObject({ title: 'dc', summary: 'dc', rights: 'dc' });
    const own = '<title>a</title><summary>a</summary><rights>a</rights>';
    expect(first(dc + own)).toMatchObject({ title: 'a', summary: 'a', rights: 'a' });
  });
});

describe('a text construct that is markup keeps it', () => {
  const ns = 'http://www.w3.org/2005/Atom';
  const content = (name: string) =>
    `<${name} type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> c</div></${name}>`;

  test.each([
    [
      'in RSS',
      `<rss version="2.0" xmlns:x="${ns}"><channel><item>${content('x:content')}</item></channel></rss>`,
    ],
    [
      'in RSS, by convention',
      `<rss version="2.0"><channel><item>${content('atom:content')}</item></channel></rss>`,
    ],
    [
      'under a second prefix of Atom',
      `<a:feed xmlns:a="${ns}" xmlns:b='${ns}'><a:entry><a:id>urn:1</a:id>${content('b:content')}</a:entry></a:feed>`,
    ],
  ])('%s', (_, text) => {
    expect(parseText(text).entries[0]?.contentHtml).toBe('a <b>b</b> c');
  });
});
