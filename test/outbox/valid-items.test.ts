// What a receiver gets of any entry is a valid JSON Feed 1.1 item with nothing in it that could do harm (FAULTS B19, B20): of
// every document of the fixtures and of the corpus, and of entries that no feed is bad enough to hold.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decode } from '../../src/decode/decode.ts';
import { DecodeError, ParseError } from '../../src/errors.ts';
import type { Entry } from '../../src/model/entry.ts';
import { entryItem } from '../../src/outbox/item.ts';
import { parse } from '../../src/parse/parse.ts';
import { limits } from '../parse/documents.ts';
import { type CorpusCase, corpusBytes, corpusSet, corpusSets, hasCorpus } from '../support/corpus.ts';
import { dangers } from '../support/inert-item.ts';
import { itemComplaints } from '../support/json-feed-item.ts';
import { bare, change } from './sample.ts';

/** As it is sent. */
function itemOf(entry: Entry): unknown {
  return JSON.parse(JSON.stringify(entryItem(change(entry), { rawContent: true })));
}

function faultsOf(entry: Entry): string[] {
  const item = itemOf(entry);
  return [...itemComplaints(item), ...dangers(item)];
}

function nulls(value: unknown): number {
  if (typeof value !== 'object') return 0;
  return value === null ? 1 : Object.values(value).reduce((sum, each) => sum + nulls(each), 0);
}

const folder = join(import.meta.dirname, '../fixtures/feeds');

test.each(readdirSync(folder).filter((name) => !name.endsWith('.json')))('of the fixture %s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const { entries } = parse({ text, url: `https://example.org/feeds/${name}`, limits });
  expect(entries.flatMap(faultsOf)).toEqual([]);
});

const sets = hasCorpus ? corpusSets() : ['(no corpus)'];
const describeCorpus = hasCorpus ? describe : describe.skip;

function entriesOf(each: CorpusCase): readonly Entry[] {
  try {
    const { text } = decode(corpusBytes(each), each.contentType);
    return parse({ text, url: each.url ?? 'https://corpus.example/document', limits }).entries;
  } catch (error) {
    if (error instanceof ParseError || error instanceof DecodeError) return [];
    throw error;
  }
}

describeCorpus('of every entry of the corpus', () => {
  test.each(sets)('%s', (set) => {
    for (const each of corpusSet(set)) {
      const faults = entriesOf(each).flatMap(faultsOf);
      expect([each.file, faults]).toEqual([each.file, []]);
    }
  });
});

const piece = fc.constantFrom(
  'javascript:x()',
  ' java\nscript:x()',
  'data:text/html,<script>x()</script>',
  'file:///etc/passwd',
  '//evil.example/x',
  'http://',
  'https://[',
  'https://example.org/',
  'HTTPS://EXAMPLE.org/a b',
  'mailto:x@example.org',
  '<script>',
  '</script>',
  '<img src=x onerror=x()>',
  '<svg onload=x()>',
  '<a href="',
  '<a href=javascript:x()>',
  '<a title="</noscript><img src=x onerror=x()>">',
  '<noscript><p title="',
  '<math><mtext><table><mglyph><style><!--</style>',
  '<base href="https://evil.example/">',
  '<img src="//evil.example/i">',
  '<style>@import "//evil.example"</style>',
  '<!--',
  '-->',
  ']]>',
  '"',
  "'",
  '>',
  '&#106;avascript:',
  '&lt;script&gt;',
  '\u0000',
  '\ud800',
  'null',
  '_x',
  ' ',
  'a',
);
const words = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0));
const optional = { requiredKeys: [] };
const person = fc.record({ name: words, url: words, email: words }, optional);

const entry = fc
  .record(
    {
      ...{ id: words, url: words, originalUrl: words, externalUrl: words, title: words, summary: words },
      ...{
        summaryIsText: fc.boolean(),
        baseUrl: words,
        contentHtml: words,
        contentText: words,
        image: words,
      },
      ...{ language: words, rights: words, commentsUrl: words, commentsFeedUrl: words, licenseUrl: words },
      authors: fc.array(person),
      contributors: fc.array(person),
      categories: fc.array(
        fc.record({ term: words, scheme: words, label: words }, { requiredKeys: ['term'] }),
      ),
      enclosures: fc.array(
        fc.record(
          {
            url: words,
            originalUrl: words,
            mimeType: words,
            title: words,
            sizeBytes: number,
            durationSeconds: number,
          },
          { requiredKeys: ['url'] },
        ),
      ),
      commentCount: number,
      inReplyTo: fc.array(fc.record({ id: words, url: words }, optional)),
      place: fc.record(
        { latitude: number, longitude: number, name: words },
        { requiredKeys: ['latitude', 'longitude'] },
      ),
      episode: fc.record(
        {
          season: number,
          number,
          kind: fc.constantFrom('full', 'trailer', 'bonus'),
          isExplicit: fc.boolean(),
          chaptersUrl: words,
          transcripts: fc.array(
            fc.record({ url: words, mimeType: words, language: words }, { requiredKeys: ['url'] }),
          ),
        },
        optional,
      ),
      source: fc.record({ id: words, title: words, feedUrl: words }, optional),
    },
    optional,
  )
  .map((fields): Entry => ({ ...bare, ...fields }));

describe('of entries that nobody would write', () => {
  test('always', () => {
    fc.assert(
      fc.property(entry, (each) => {
        const item = itemOf(each);
        expect([...itemComplaints(item), ...dangers(item)]).toEqual([]);
        expect(nulls(item)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test('always the same', () => {
    fc.assert(
      fc.property(entry, (each) => expect(itemOf(structuredClone(each))).toEqual(itemOf(each))),
      { numRuns: 50 },
    );
  });
});

describe('the checks find', () => {
  test.each<[string, object]>([
    ['a script link', { url: 'javascript:x()' }],
    ['a relative link', { image: '/a.jpg' }],
    ['a link of an author', { authors: [{ url: 'data:text/html,x' }] }],
    ['a link of the extension', { _feedhook: { license: 'file:///x', episode: { chapters_url: '//x' } } }],
    ['a script', { content_html: '<p>a</p><script>x()</script>' }],
    ['an event handler', { content_html: '<p onclick="x()">a</p>' }],
    ['a script link in the content', { content_html: '<a href="javascript:x()">a</a>' }],
    ['half a tag', { content_html: '<p>a</p><img src=' }],
  ])('%s', (_, item) => {
    expect(dangers(item)).not.toEqual([]);
  });

  test.each([
    ['2026-02-30T00:00:00Z', false],
    ['2026-02-28T24:00:00Z', false],
    ['2026-02-28T00:00:00', false],
    ['2026-02-28T00:00:00.5+01:00', true],
  ])('whether %s is a time', (date_published, isTime) => {
    expect(itemComplaints({ id: 'a', content_text: '', date_published })).toHaveLength(isTime ? 0 : 1);
  });

  test('a name of an extension with a dot', () => {
    expect(itemComplaints({ id: 'a', content_text: '', '_a.b': {} })).toHaveLength(1);
  });
});
