// Only a document whose root is closed is a feed: what a cut connection leaves must never look like one.

import { describe, expect, test } from '@jest/globals';
import { atom, item, outcomeOf, parseText, plainItems, rss } from './documents.ts';

const long = rss(plainItems(200));

describe('a document that was cut', () => {
  const cuts = Array.from({ length: 50 }, (_, at) => Math.floor((long.length * (at + 1)) / 51));

  test.each(cuts)('at character %i is refused as incomplete', (cut) => {
    expect(outcomeOf(long.slice(0, cut))).toBe('incomplete-xml');
  });

  test('at any of the last 60 characters is refused', () => {
    for (let left = 1; left <= 60; left++) expect(outcomeOf(long.slice(0, -left))).toBe('incomplete-xml');
  });

  test('at any of the first 60 characters is refused', () => {
    for (let cut = 0; cut <= 60; cut++) {
      expect(['empty', 'not-a-feed', 'incomplete-xml']).toContain(outcomeOf(long.slice(0, cut)));
    }
  });

  test('anywhere in a badly nested document is refused too', () => {
    const broken = rss(item('<title>a</title><description>one<br>two</p></description>').repeat(20));
    expect(outcomeOf(broken)).toBe('parsed');
    for (let cut = 60; cut < broken.length; cut += 7)
      expect(outcomeOf(broken.slice(0, cut))).toBe('incomplete-xml');
  });

  test.each([
    ['inside CDATA that holds the root end tag', '<rss><channel><item><title><![CDATA[</channel></rss>'],
    ['inside a comment that holds the root end tag', '<rss><channel><!-- </channel></rss>'],
    ['inside an attribute that holds the root end tag', '<rss><channel><a b="</channel></rss>'],
    ['inside an instruction', '<rss><channel><?x </channel></rss>'],
    ['in a second root inside the first', '<rss><rss><channel></channel></rss>'],
    ['inside the DOCTYPE', '<!DOCTYPE rss [ <!ENTITY a "</rss>">'],
    ['in the first tag', '<rss version="2.0"'],
    ['after one character', '<'],
  ])('%s is refused', (_, text) => {
    expect(outcomeOf(text)).toBe('incomplete-xml');
  });
});

describe('a document whose root is closed', () => {
  test.each([
    ['comments', '<!-- cached --><!-- twice -->'],
    ['an instruction', '<?done yes?>'],
    ['white space', ' \r\n\t\n'],
  ])('may be followed by %s', (_, tail) => {
    expect(parseText(rss(item('<title>a</title>')) + tail)).toMatchObject({
      entries: [{ title: 'a' }],
      flaws: [],
    });
  });

  test.each([
    ['text', 'Warning: late'],
    ['HTML', '<script>x</script>'],
    ['a second feed', rss(item('<title>b</title>'))],
    ['half a second feed', '<rss><channel><item>'],
    ['a DOCTYPE', '<!DOCTYPE rss>'],
  ])('followed by %s counts alone, with a flaw', (_, tail) => {
    const feed = parseText(rss(item('<title>a</title>')) + tail);
    expect(feed.entries.map((entry) => entry.title)).toEqual(['a']);
    expect(feed.flaws).toHaveLength(1);
  });

  test('may hold end tags of the root in CDATA, comments and attributes', () => {
    const inside = '<title><![CDATA[</rss>]]></title><!-- </rss> --><link href="</rss>"/>';
    expect(parseText(rss(item(inside))).entries).toHaveLength(1);
  });

  test('may be nothing but its root', () => {
    expect(parseText('<rss version="2.0"/>')).toMatchObject({ format: 'rss20', entries: [] });
    expect(parseText(atom('')).entries).toEqual([]);
  });
});
