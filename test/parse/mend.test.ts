// B28: one broken entry does not take the others with it, and is not half believed either.

import { describe, expect, test } from '@jest/globals';
import { atom, item, outcomeOf, parseText, plainItems, rss } from './documents.ts';

describe('one malformed entry among 100', () => {
  test.each([
    ['an element that is not closed', item('<title>bad<link>https://example.org/bad</link>')],
    ['an end tag with a slip of the pen', item('<title>bad</tilte><guid>bad</guid>')],
    [
      'an attribute that is not closed',
      item('<title>bad</title><enclosure url="https://example.org/x></enclosure>'),
    ],
    ['a tag that is not finished', item('<title>bad</title><guid bad</guid>')],
    ['an end tag that is not finished', '<item><guid>bad</guid><title>bad</titl</item>'],
    ['elements that overlap', item('<a><guid>bad</a></guid><title>bad</title>')],
    ['no end tag at all', '<item><title>bad</title>'],
  ])('%s: 99 are read and one is a flaw', (_, malformed) => {
    const feed = parseText(rss(plainItems(50) + malformed + plainItems(49)));
    expect(feed.entries).toHaveLength(99);
    expect(feed.entries.map((entry) => entry.title)).not.toContain('bad');
    expect(feed.flaws).toContainEqual({ message: expect.stringContaining('left out'), entryIndex: 50 });
  });

  test('in Atom as in RSS', () => {
    const entry = (id: string) => `<entry><id>${id}</id><title>t</title></entry>`;
    const feed = parseText(atom(`${entry('1')}<entry><id>2</id><title>t</entry>${entry('3')}`));
    expect(feed.entries.map(({ id }) => id)).toEqual(['1', '3']);
  });
});

describe('HTML that nobody escaped is read like a browser would', () => {
  test.each([
    ['void elements', 'one<br>two<hr>', 'one<br/>two<hr/>'],
    ['elements that are not closed', '<p>one<p>two', '<p>one<p>two</p></p>'],
    ['end tags of nothing', 'one</b> two', 'one two'],
    ['a lone <', 'a < b <3', 'a &lt; b &lt;3'],
    ['overlap', '<b>one<i>two</b></i>', '<b>one<i>two</i></b>'],
  ])('%s', (_, html, summary) => {
    const feed = parseText(rss(item(`<title>t</title><description><u/>${html}</description><guid>1</guid>`)));
    expect(feed.entries).toEqual([expect.objectContaining({ id: '1', summary: `<u></u>${summary}` })]);
  });

  test('a title with a lone < is no damage to its entry', () => {
    expect(parseText(rss(item('<title>1 < 2</title>'))).entries[0]?.title).toBe('1 < 2');
  });
});

test('a document whose entries are all broken is refused, and not taken for an empty feed', () => {
  const broken = item('<guid>bad</title>');
  expect(outcomeOf(rss(broken.repeat(3)))).toBe('invalid-xml');
  expect(parseText(rss(broken.repeat(3) + plainItems(1))).entries).toHaveLength(1);
});

test.each([
  ['an element', '<itunes:category text="Arts"><itunes:category text="Food"/>'],
  ['a title', '<title>Feed'],
  ['a description with HTML', '<description>All <b>about</b> weirs'],
])('%s of the channel that is not closed swallows no entry', (_, open) => {
  const feed = parseText(`<rss><channel>${open}${plainItems(3)}</channel></rss>`);
  expect(feed.entries.map(({ title }) => title)).toEqual(['Entry 0', 'Entry 1', 'Entry 2']);
  expect(feed.flaws.length).toBeGreaterThan(0);
});

test('a title of an Atom feed that is not closed swallows no entry', () => {
  expect(parseText(atom('<title>a<entry><id>1</id></entry><entry><id>2</id></entry>')).entries).toHaveLength(
    2,
  );
});

test('an element of another prefix called item is no entry, so a harmless slip costs none', () => {
  const nested = item('<title>a</title><x:list><x:item>one</x:item><x:item>two</x:item></x:list>');
  const feed = parseText(rss(`${nested}<?harmless?>${nested}`));
  expect(feed.entries.map(({ title }) => title)).toEqual(['a', 'a']);
  expect(feed.flaws).toEqual([]);
});

test('damage outside the entries leaves the entries whole', () => {
  const feed = parseText(rss(`<webMaster>a</b></webMaster></x>${plainItems(3)}`));
  expect(feed.entries).toHaveLength(3);
  expect(feed.flaws.length).toBeGreaterThan(0);
});

test('a document has at most 100 flaws of nesting', () => {
  expect(parseText(rss(item('<title>a</title></x>').repeat(500))).flaws).toHaveLength(100);
});

test('an entry that nothing can tell from another is kept with a flaw', () => {
  const feed = parseText(rss(`${item('<author>a</author>')}${item('<title>t</title>')}`));
  expect(feed.entries).toHaveLength(2);
  expect(feed.flaws).toEqual([{ message: 'the entry has no id, link, title or text', entryIndex: 0 }]);
});
