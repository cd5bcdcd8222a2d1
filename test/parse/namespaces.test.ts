// B33: elements are known by namespace URI, not by prefix; what is undeclared or slightly wrong is understood.

import { describe, expect, test } from '@jest/globals';
import { item, parseText, rss } from './documents.ts';

const withRoot = (declarations: string, items: string) =>
  `<rss version="2.0" ${declarations}><channel><title>t</title>${items}</channel></rss>`;

describe('a module is known by its URI', () => {
  test.each([
    ['under another prefix', 'xmlns:q="http://purl.org/dc/elements/1.1/"', '<q:creator>Ann</q:creator>'],
    ['declared on the element', '', '<q:creator xmlns:q="http://purl.org/dc/elements/1.1/">Ann</q:creator>'],
    ['as the default of the element', '', '<creator xmlns="http://purl.org/dc/elements/1.1/">Ann</creator>'],
    ['with https', 'xmlns:q="https://purl.org/dc/elements/1.1/"', '<q:creator>Ann</q:creator>'],
    ['without the last slash', 'xmlns:q="http://purl.org/dc/elements/1.1"', '<q:creator>Ann</q:creator>'],
    ['undeclared, under its usual prefix', '', '<dc:creator>Ann</dc:creator>'],
    ['in other letters', '', '<DC:Creator>Ann</DC:Creator>'],
  ])('%s', (_, declarations, element) => {
    const feed = parseText(withRoot(declarations, item(`<title>a</title>${element}`)));
    expect(feed.entries[0]?.authors).toEqual([{ name: 'Ann' }]);
  });

  test('a usual prefix bound to something else is something else', () => {
    const feed = parseText(
      withRoot('xmlns:dc="urn:decibels"', item('<title>a</title><dc:creator>90</dc:creator>')),
    );
    expect(feed.entries[0]?.authors).toEqual([]);
  });

  test.each([
    ['under another prefix', 'xmlns:q="http://www.itunes.com/dtds/podcast-1.0.dtd"', 'q:new-feed-url', true],
    ['undeclared, under its usual prefix', '', 'itunes:new-feed-url', true],
    ['not under its usual prefix bound to another', 'xmlns:itunes="urn:x"', 'itunes:new-feed-url', false],
    ['not without a prefix', '', 'new-feed-url', false],
  ])('where a podcast says that it has moved to: %s', (_, declarations, name, isFound) => {
    const moved = `<${name}> https://new.example/feed </${name}>`;
    const feed = parseText(withRoot(declarations, `${moved}${item(`<title>a</title>`)}`));
    expect(feed.newFeedUrl).toBe(isFound ? 'https://new.example/feed' : undefined);
  });

  test('an inner binding ends with its element', () => {
    const inner = '<dc:creator xmlns:dc="urn:decibels">90</dc:creator><dc:creator>Ann</dc:creator>';
    expect(parseText(rss(item(`<title>a</title>${inner}`))).entries[0]?.authors).toEqual([{ name: 'Ann' }]);
  });

  test('title and itunes:title are different elements', () => {
    const feed = parseText(rss(item('<itunes:title>Short</itunes:title><title>Long</title>')));
    expect(feed.entries[0]?.title).toBe('Long');
  });

  test('media:content is no Atom content', () => {
    const feed = parseText(
      rss(
        item(
          '<title>a</title><media:content url="https://example.org/a.jpg"><media:title>x</media:title></media:content>',
        ),
      ),
    );
    expect(feed.entries[0]).not.toHaveProperty('contentHtml');
    expect(feed.entries[0]?.enclosures).toEqual([{ url: 'https://example.org/a.jpg' }]);
  });
});

describe('the root gives the feed its own namespace', () => {
  test.each([
    [
      'Atom under a prefix',
      '<x:feed xmlns:x="http://www.w3.org/2005/Atom"><x:entry><x:id>1</x:id></x:entry></x:feed>',
      'atom10',
    ],
    ['Atom without namespace', '<feed><entry><id>1</id></entry></feed>', 'atom10'],
    [
      'Atom in a wrong namespace',
      '<feed xmlns="http://example.com/atom"><entry><id>1</id></entry></feed>',
      'atom10',
    ],
    ['Atom 0.3', '<feed xmlns="http://purl.org/atom/ns#"><entry><id>1</id></entry></feed>', 'atom03'],
    [
      'RSS in a namespace',
      '<rss version="2.0" xmlns="urn:any"><channel><item><guid>1</guid></item></channel></rss>',
      'rss20',
    ],
    [
      'RSS 1.0 with a prefix',
      '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://purl.org/rss/1.0/"><s:channel/><s:item r:about="x"><s:guid>1</s:guid></s:item></r:RDF>',
      'rss10',
    ],
    [
      'RSS that claims to be Atom',
      '<rss xmlns="http://www.w3.org/2005/Atom" version="2.0"><channel><item><guid>1</guid></item></channel></rss>',
      'rss20',
    ],
    ['a channel alone', '<channel><item><guid>1</guid></item></channel>', 'rss'],
    ['RSS of no version', '<rss><channel><item><guid>1</guid></item></channel></rss>', 'rss'],
    ['RSS 2.1', '<rss version="2.1"><channel><item><guid>1</guid></item></channel></rss>', 'rss20'],
  ])('%s', (_, text, format) => {
    expect(parseText(text)).toMatchObject({ format, entries: [{ id: '1' }] });
  });

  test('an inner binding holds inside its element only, and a farther one shines through', () => {
    const inner = '<b:creator xmlns:b="urn:other">Bob</b:creator><b:creator>Ann</b:creator>';
    const outer = `<item xmlns:b="http://purl.org/dc/elements/1.1/"><title>a</title><x xmlns:c="urn:c"/>${inner}</item>`;
    expect(parseText(rss(outer)).entries[0]?.authors).toEqual([{ name: 'Ann' }]);
  });

  test('Atom elements inside RSS are Atom', () => {
    const inner = '<title>a</title><link xmlns="http://www.w3.org/2005/Atom" href="https://example.org/x"/>';
    expect(parseText(rss(item(inner))).entries[0]?.url).toBe('https://example.org/x');
  });
});
