// The documents of the tour must be what they say they are: bytes in their charset, well-formed, complete.

import { describe, expect, test } from '@jest/globals';
import { XMLValidator } from 'fast-xml-parser';
import { encodeText } from '../../../src/commands/demo/documents/encode.ts';
import type { DocumentCharset } from '../../../src/commands/demo/documents/feed.ts';
import { cdata, escapeXml } from '../../../src/commands/demo/documents/markup.ts';
import { renderDocument } from '../../../src/commands/demo/documents/render.ts';
import { publishers } from '../../../src/commands/demo/texts/publishers.ts';
import { entryOf } from '../../../src/commands/demo/texts/story.ts';

const noon = Date.parse('2026-11-20T12:00:00Z');

/** The characters of a single-byte charset, as the platform's own decoder knows them. */
function charactersOf(label: string, from: number): string {
  const bytes = Uint8Array.from({ length: 0x100 - from }, (_, index) => from + index);
  return new TextDecoder(label).decode(bytes);
}

describe('encodeText', () => {
  const letters = 'ёЁюабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ';
  const cases: { name: DocumentCharset; text: string }[] = [
    { name: 'utf-8', text: 'Žďárek 🦦 電車' },
    { name: 'utf-16', text: '路面電車 🐈' },
    { name: 'iso-8859-1', text: charactersOf('iso-8859-1', 0xa0) },
    { name: 'windows-1252', text: charactersOf('windows-1252', 0x80) },
    { name: 'koi8-r', text: `Самовар ${letters}` },
  ];

  test.each(cases)('$name bytes decode to the text they came from', ({ name, text }) => {
    const decoder = new TextDecoder(name === 'utf-16' ? 'utf-16le' : name, { fatal: true });
    expect(decoder.decode(encodeText(text, name))).toBe(text);
  });

  test('utf-16 begins with its byte order mark', () => {
    expect([...encodeText('a', 'utf-16')]).toEqual([0xff, 0xfe, 0x61, 0x00]);
  });

  test('a character that the charset lacks becomes a numeric reference', () => {
    expect(encodeText('é 🦊 €', 'iso-8859-1').toString('latin1')).toBe('é &#129418; &#8364;');
  });
});

describe('markup', () => {
  test('an end mark inside a CDATA section does not end it', () => {
    const text = 'a ]]> b';
    const xml = `<r>${cdata(text)}</r>`;
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(xml.replaceAll(']]><![CDATA[', '')).toBe(`<r><![CDATA[${text}]]></r>`);
  });

  test('the four characters that break XML text or attributes are escaped', () => {
    expect(escapeXml('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;');
  });
});

describe('the publishers of the tour', () => {
  const rows = publishers.map((publisher) => ({ name: publisher.feed.id, publisher }));

  test('every format and every charset occurs', () => {
    const packagings = publishers.map(({ feed }) => feed.packaging);
    expect(new Set(packagings.map(({ format }) => format))).toEqual(
      new Set(['atom', 'rss', 'rdf', 'json-feed']),
    );
    expect(new Set(packagings.map(({ charset }) => charset)).size).toBe(5);
  });

  test.each(rows)(
    '$name: the document is well-formed in its charset and holds every title',
    ({ publisher }) => {
      const { feed, backlog, news } = publisher;
      const entries = [...backlog, ...news].map((story) => entryOf(publisher, story, noon));
      const bytes = renderDocument(feed, `http://127.0.0.1${feed.path}`, entries);
      const { charset, format } = feed.packaging;
      const text = new TextDecoder(charset === 'utf-16' ? 'utf-16le' : charset, { fatal: true }).decode(
        bytes,
      );
      if (format === 'json-feed') {
        expect(JSON.parse(text).items.map((item: { title: string }) => item.title)).toEqual(
          entries.map(({ title }) => title),
        );
        return;
      }
      expect(XMLValidator.validate(text)).toBe(true);
      const escapes = format === 'atom' ? 2 : 1;
      for (const { title } of entries) {
        const written = Array.from({ length: escapes }).reduce<string>((each) => escapeXml(each), title);
        expect(text).toContain(`>${written}</title>`);
      }
    },
  );

  test.each(rows)(
    '$name: ids are unique, and no text needs a character its charset lacks',
    ({ publisher }) => {
      const { feed, backlog, news } = publisher;
      const entries = [...backlog, ...news].map((story) => entryOf(publisher, story, noon));
      expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
      const bytes = renderDocument(feed, feed.path, entries);
      expect(bytes.toString('latin1')).not.toMatch(/&#\d{3,};(?<!&#160;)/);
    },
  );
});
