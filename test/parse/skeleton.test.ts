// Texts and leaves do not go through the XML parser; they have to come out as if they had.

import { describe, expect, test } from '@jest/globals';
import { item, parseText, rss } from './documents.ts';

const idOf = (inside: string) => parseText(rss(item(inside))).entries[0]?.id;

describe.each([
  ['a leaf', (inside: string) => `<guid>${inside}</guid>`],
  ['a leaf with an attribute', (inside: string) => `<guid isPermaLink="false">${inside}</guid>`],
])('the text of %s', (_, guid) => {
  test.each([
    ['text', 'a1', 'a1'],
    ['space round it', ' \n a1\t', 'a1'],
    ['references', 'a&amp;b&#x31;&eacute;', 'a&b1é'],
    ['a reference that decodes to one', 'a&amp;lt;b', 'a&lt;b'],
    ['CDATA', '<![CDATA[a&amp;1]]>', 'a&amp;1'],
    ['CDATA with space round it', '\n<![CDATA[a1]]>\n', 'a1'],
    ['CDATA between texts', 'a<![CDATA[&amp;]]>b&amp;c', 'a&amp;b&c'],
    ['two CDATA sections', '<![CDATA[a]]><![CDATA[b]]>', 'ab'],
    ['a comment inside', 'a<!-- x -->b', 'ab'],
    ['a comment that looks like the place of a leaf', 'a<!--0-9-->b', 'ab'],
    ['CDATA that looks like the place of a leaf', '<![CDATA[<!--0-9-->]]>', '<!--0-9-->'],
    ['an element inside', 'a <b>c</b> d', 'acd'],
    ['an element with an attribute inside', 'a <b x="y"> &amp; </b> d', 'a&d'],
    ['elements inside, with space round their texts', '<b> c </b> <b> d </b>', 'cd'],
    ['lines ended as on other systems', 'a\r\nb\rc', 'a\nb\nc'],
    ['nothing', '', undefined],
    ['space alone', ' \n ', undefined],
    ['an empty CDATA section', '<![CDATA[]]>', undefined],
  ])('%s', (_, inside, expected) => {
    expect(idOf(guid(inside))).toBe(expected);
  });
});

test('elements keep their order, whether the parser saw them or not', () => {
  const categories = [
    '<category>a</category>',
    '<category domain="x">b</category>',
    '<category><!-- x -->c</category>',
  ];
  const [entry] = parseText(
    rss(item(`${categories.join('')}<category>d</category><title>t</title>`)),
  ).entries;
  expect(entry?.categories.map(({ term }) => term)).toEqual(['a', 'b', 'c', 'd']);
});

test('a root alone is still the root', () => {
  expect(parseText('<feed></feed>').format).toBe('atom10');
});

test.each([
  '<rss></rss>',
  '<rss/>',
  '<rss>x</rss>',
  '<channel></channel>',
  '<rss><channel>x</channel></rss>',
])('%s is a feed without entries', (text) => {
  expect(parseText(text).entries).toEqual([]);
});
