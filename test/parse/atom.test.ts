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
    ['self is no permalink', '<link rel="self" href="/s"/>', undefined],
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

  test('the base of content is its own, or that of the div which goes away', () => {
    expect(first('<content type="html" xml:base="https://example.net/c/">x</content>')?.baseUrl).toBe(
      'https://example.net/c/',
    );
    expect(
      first('<content type="xhtml"><div xml:base="https://example.net/d/"><p/></div></content>')?.baseUrl,
    ).toBe('https://example.net/d/');
  });
});

test('an entry says its language only when it is not the feed’s', () => {
  const feed = (lang: string) =>
    `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="${lang}"><id>1</id></entry></feed>`;
  expect(parseText(feed('de')).entries[0]?.language).toBe('de');
  expect(parseText(feed('en')).entries[0]).not.toHaveProperty('language');
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

test.each(['uri', 'url', 'homepage'])('a person says where she lives in <%s>', (name) => {
  expect(first(`<author><name>Ann</name><${name}>/ann</${name}></author>`)?.authors).toEqual([
    { name: 'Ann', url: 'https://example.org/ann' },
  ]);
});
