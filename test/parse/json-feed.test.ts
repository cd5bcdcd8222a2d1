// JSON Feed, and JSON that only nearly is one.

import { describe, expect, test } from '@jest/globals';
import { outcomeOf, parseText } from './documents.ts';

const feed = (members: string) => `{"version":"https://jsonfeed.org/version/1.1","title":"t",${members}}`;

describe('ids', () => {
  test('that are numbers become the digits as written', () => {
    const ids = ['7', '7.0', '1e0', '-7', '9007199254740993', '9007199254740992'];
    const { entries } = parseText(feed(`"items":[${ids.map((id) => `{"id":${id}}`).join()}]`));
    expect(entries.map(({ id }) => id)).toEqual(ids);
  });

  test('that are texts stay as they are', () => {
    expect(parseText(feed('"items":[{"id":" 007 "}]')).entries[0]?.id).toBe('007');
  });
});

describe('fields of a wrong type are left out, the rest is read', () => {
  test.each([
    ['"title":5'],
    ['"tags":"a"'],
    ['"authors":{"name":"a"}'],
    ['"attachments":[null,5,{"url":7}]'],
    ['"date_published":1700000000'],
    ['"content_html":["a"]'],
    ['"url":null'],
  ])('%s', (member) => {
    expect(parseText(feed(`"items":[{"id":"1",${member}}]`)).entries).toEqual([
      {
        id: '1',
        baseUrl: 'https://example.org/feed',
        authors: [],
        contributors: [],
        categories: [],
        enclosures: [],
      },
    ]);
  });

  test('items that are no objects are flaws', () => {
    const parsed = parseText(feed('"items":[1,"a",[],{"id":"1"}]'));
    expect(parsed.entries).toHaveLength(1);
    expect(parsed.flaws.map(({ entryIndex }) => entryIndex)).toEqual([0, 1, 2]);
  });
});

describe('versions', () => {
  test.each([
    ['https://jsonfeed.org/version/1', 'json10'],
    ['https://jsonfeed.org/version/1.1', 'json11'],
    ['http://jsonfeed.org/version/1.1', 'json11'],
    ['https://jsonfeed.org/version/2', 'json11'],
  ])('%s is %s', (version, format) => {
    expect(parseText(`{"version":"${version}","items":[]}`).format).toBe(format);
  });

  test.each([',"items":null', ',"items":{"0":{"id":"1"}}'])(
    'a document whose items are no list is none, so no entry is taken for absent: %j',
    (items) => {
      expect(outcomeOf(`{"version":"https://jsonfeed.org/version/1.1","title":"t"${items}}`)).toBe(
        'not-a-feed',
      );
    },
  );

  test('a document that forgets its version is a feed when it has items and a title', () => {
    expect(parseText('{"title":"t","items":[{"id":"1"}]}').entries).toHaveLength(1);
    expect(outcomeOf('{"items":[{"id":"1"}]}')).toBe('not-a-feed');
  });
});

test('JSON Feed 1.1: an item without authors has those of its feed', () => {
  const items = '"items":[{"id":"1"},{"id":"2","authors":[{"name":"Bob"}]}]';
  expect(
    parseText(feed(`"authors":[{"name":"Ann"}],${items}`)).entries.map(({ authors }) => authors),
  ).toEqual([[{ name: 'Ann' }], [{ name: 'Bob' }]]);
});

test('RFC 8259 §8.2: half a character, which JSON can write and UTF-8 cannot, becomes U+FFFD', () => {
  const [entry] = parseText(feed('"items":[{"id":"\\ud800","title":"a\\udc00"}]')).entries;
  expect(entry).toMatchObject({ id: '\ufffd', title: 'a\ufffd' });
});

test('a document that is cut is invalid', () => {
  const text = feed('"items":[{"id":"1","content_text":"a"}]');
  for (let cut = 2; cut < text.length; cut += 3) expect(outcomeOf(text.slice(0, cut))).toBe('invalid-json');
});
