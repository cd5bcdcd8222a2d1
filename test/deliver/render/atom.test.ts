import { describe, expect, test } from '@jest/globals';
import type { Entry } from '../../../src/model/entry.ts';
import { deletion, feed, full, label } from '../../outbox/sample.ts';
import { parseText } from '../../parse/documents.ts';
import { type Events, eventOf, manyEvents, pingEvent, requestOf } from './requests.ts';

const textOf = (...request: Parameters<typeof requestOf>) => requestOf(...request).body.toString();
const readBack = (fields: Partial<Entry> = {}) => {
  const [entry] = parseText(textOf('atom', eventOf(fields))).entries;
  if (entry === undefined) throw new Error('no entry');
  return entry;
};

describe('Atom 1.0, read back by our own parser', () => {
  test('the feed', () => {
    expect(parseText(textOf('atom'))).toMatchObject({
      format: 'atom10',
      title: 'Example security',
      homePageUrl: 'https://example.org/',
      language: 'en',
    });
  });

  test('an entry says what the feed said', () => {
    expect(readBack()).toMatchObject({
      id: full.id,
      url: full.url,
      title: full.title,
      summary: 'One or two plain sentences.',
      contentHtml: '<p>Sanitised <a href="https://example.org/posts/43">HTML</a></p>',
      published: full.published,
      updated: full.updated,
      authors: [{ name: 'J. Doe', url: 'https://example.org/jd' }],
      categories: [{ term: 'CVE', label: 'Vulnerabilities' }],
      enclosures: [
        { url: 'https://example.org/a.mp3', mimeType: 'audio/mpeg', sizeBytes: 123, title: 'Talk' },
      ],
      image: full.image,
      source: full.source,
    });
  });

  test.each([
    ['markup', 'a <b> & "c" \'d\' ]]> &amp; <!-- x --> <![CDATA[ y'],
    ['emoji and right-to-left', '👩‍🚀 שלום \u202eabc'],
  ])('a title with %s is the same text', (_, title) => {
    expect(readBack({ title }).title).toBe(title);
  });

  test('XML 1.0 §2.2: characters that it cannot hold are left out', () => {
    const text = textOf('atom', eventOf({ title: 'a\u0000b\u000bc\ufffed\ud800e\u0085f\u2028g' }));
    expect(text).toContain('<title>abcd\ufffde\u0085f\u2028g</title>');
  });

  test('white space of attributes survives', () => {
    const [tag] = readBack({ categories: [{ term: 'a\tb\nc' }] }).categories;
    expect(tag?.term).toBe('a\tb\nc');
  });

  test.each([
    ['an IRI stays', 'urn:isbn:ü-1', 'urn:isbn:ü-1'],
    ['a plain number', '42', 'https://example.org/feed#42'],
    ['anything else', 'a b<c>"ü', 'https://example.org/feed#a%20b%3Cc%3E%22%C3%BC'],
  ])('RFC 4287 §4.2.6, ids are IRIs: %s', (_, id, expected) => {
    expect(readBack({ id }).id).toBe(expected);
  });

  test('RFC 4287 §4.1.1: an entry without an author has that of the feed', () => {
    expect(readBack({ authors: [] }).authors).toEqual([]);
    const { source: _, ...own } = full;
    const [entry] = parseText(textOf('atom', eventOf({ ...own, source: {}, authors: [] }))).entries;
    expect(entry?.authors).toEqual([{ name: 'Example security' }]);
    expect(textOf('atom')).not.toContain('<author><name>Example security</name></author>');
  });

  test('RFC 4287 §4.1.2: an entry without a link has a content, even an empty one', () => {
    const bodyless = { contentHtml: '', summary: 'Short', summaryIsText: true };
    expect(textOf('atom', eventOf(bodyless), { content: 'summary' })).not.toContain('<content');
    expect(textOf('atom', eventOf(bodyless))).not.toContain('<content');
    expect(textOf('atom', eventOf({ ...bodyless, url: 'not-a-link' }))).toContain('<content type="text"/>');
  });

  test('RFC 4287 §4.2.15: what has no date is updated when it was noticed', () => {
    const undated = { published: undefined, updated: undefined } as unknown as Partial<Entry>;
    expect(readBack(undated).updated).toBe('2026-11-20T09:20:11Z');
  });

  test('RFC 6721 §3: an entry that is gone is a tombstone beside the others', () => {
    const events: Events = [
      eventOf({ id: 'urn:other' }, { key: { source: 'guid', value: 'guid:urn:other' } }),
      eventOf(label, deletion),
    ];
    const { entries, tombstones } = parseText(textOf('atom', events));
    expect(entries.map(({ id }) => id)).toEqual(['urn:other']);
    expect(tombstones).toEqual([{ ref: label.id, deletedAt: '2026-11-20T09:20:11Z' }]);
  });

  test.each([
    ['en-GB', ' xml:lang="en-GB"'],
    ['en us"<', ''],
    ['abcdefghi', ''],
  ])('RFC 4287 Appendix B, the language "%s" is written as "%s"', (language, written) => {
    expect(textOf('atom', eventOf({ language }))).toContain(`<entry${written}>`);
  });

  test.each([
    ['audio/mpeg', ' type="audio/mpeg"'],
    ['audio', ''],
  ])('RFC 4287 §4.2.7.3, the type "%s" is written as "%s"', (mimeType, written) => {
    const url = 'https://example.org/a';
    const text = textOf('atom', eventOf({ enclosures: [{ url, mimeType }] }));
    expect(text).toContain(`<link rel="enclosure" href="${url}"${written}/>`);
  });

  test('a batch is one document', () => {
    expect(parseText(textOf('atom', manyEvents(30))).entries).toHaveLength(30);
  });

  test('a test is a document without entries', () => {
    expect(parseText(textOf('atom', pingEvent)).entries).toEqual([]);
  });
});

describe('WebSub §7', () => {
  test('the request names its topic', () => {
    expect(requestOf('atom').headers).toEqual({ link: '<https://example.org/feed.atom>; rel="self"' });
  });

  test('a feed URL cannot leave the header', () => {
    const feedUrl = 'https://example.org/#>; rel="hub"\r\nx: y';
    const { headers } = requestOf('atom', eventOf({}, {}, { ...feed, feedUrl }));
    expect(headers?.link).toMatch(/^<[!-;=?-~]+>; rel="self"$/);
  });
});

describe('content', () => {
  test.each([
    ['html', 'html'],
    ['both', 'html'],
    ['text', 'text'],
  ] as const)('%s is one content of type %s', (content, type) => {
    const text = textOf('atom', eventOf(), { content });
    expect(text.match(/<content type="(\w+)"/g)).toEqual([`<content type="${type}"`]);
  });
});
