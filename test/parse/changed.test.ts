// Reading only what changed must never be seen in the result. The full parse is the judge: here on rows by name, in
// changed-anywhere.test.ts on all documents there are.

import { describe, expect, test } from '@jest/globals';
import { readChanged } from '../../src/parse/changed.ts';
import type { ParseInput, ParseLimits } from '../../src/parse/parse.ts';
import { limits } from './documents.ts';
import { changed, inFull, inputOf, reused } from './readings.ts';

const entry = (id: string, more = '') =>
  `<item><title>Entry ${id}</title><guid isPermaLink="false">tag:example.org,2026:${id}</guid><link>/${id}</link><description>${'Words, and more of them. '.repeat(6)}</description>${more}</item>`;
const [one, two, three] = [entry('1'), entry('2'), entry('3')];
const rss = (inside: string, { root = '', channel = '', header = '', prolog = '', after = '' } = {}) =>
  `<?xml version="1.0"?>${prolog}<rss version="2.0"${root}><channel${channel}><title>Feed</title>${header}${inside}</channel>${after}</rss>`;

const two1 = two + one;

describe('entries that stand as they stood are taken from memory', () => {
  const before = readChanged(inputOf(rss(two1)));

  test.each([
    ['the same document', rss(two1), 2],
    ['a new entry on top', rss(three + two1), 2],
    ['a new entry between them', rss(two + three + one), 2],
    ['an entry that is gone', rss(one), 1],
    ['entries in another order', rss(one + two), 2],
    ['an entry that stands twice', rss(two1 + two), 3],
    ['an entry that was edited', rss(two.replace('Words', 'Other words') + one), 1],
    ['white space between entries', rss(`${two}\n  ${one}\n`), 2],
    [
      'a new entry that holds the text of a known one',
      rss(entry('4', `<x><![CDATA[${one}]]></x>`) + two1),
      2,
    ],
    ['a new entry that holds an element like a known one', rss(entry('4', one) + two1), 2],
    ['a known entry in a comment beside it', rss(`<!--${one}-->${two1}`), 0],
    ['a new entry without anything, whose flaw names its place', rss(`${two}<item/>${one}`), 2],
    ['something behind the root', `${rss(two1)}late`, 2],
  ])('%s', (_, text, expected) => {
    const now = changed(inputOf(text), before.seen);
    expect(now.said).toBe(inFull(inputOf(text)).said);
    expect(reused(now.read?.feed, before.feed)).toBe(expected);
  });

  test('when only the dates of the feed moved', () => {
    const dated = (day: number) =>
      rss(two1, {
        header: `<pubDate>${day} Nov 2026</pubDate><lastBuildDate>${day} Nov 2026</lastBuildDate>`,
      });
    const { feed, seen } = readChanged(inputOf(dated(20)));
    const now = changed(inputOf(dated(21)), seen);
    expect(reused(now.read?.feed, feed)).toBe(2);
    expect(now.read?.feed.updated).toBe('2026-11-21T00:00:00Z');
  });

  test.each([
    ['Atom', (entries: string) => `<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id>${entries}</feed>`],
    [
      'prefixed Atom',
      (entries: string) =>
        `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:id>f</a:id>${entries.replace(/<(\/?)/g, '<$1a:')}</a:feed>`,
    ],
  ])('in %s', (_, document) => {
    const atomEntry = (id: string) =>
      `<entry><id>tag:example.org,2026:${id}</id><title>${'Title '.repeat(30)}</title></entry>`;
    const first = readChanged(inputOf(document(atomEntry('1'))));
    const text = document(atomEntry('2') + atomEntry('1'));
    const now = changed(inputOf(text), first.seen);
    expect(now.said).toBe(inFull(inputOf(text)).said);
    expect(reused(now.read?.feed, first.feed)).toBe(1);
  });

  test('in RSS 1.0, whose items stand beside the channel', () => {
    const rdf = (items: string) =>
      `<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel><title>F</title></channel>${items}</rdf:RDF>`;
    const first = readChanged(inputOf(rdf(one)));
    const now = changed(inputOf(rdf(two1)), first.seen);
    expect(now.said).toBe(inFull(inputOf(rdf(two1))).said);
    expect(reused(now.read?.feed, first.feed)).toBe(1);
  });
});

describe('entries are read again when something else decides what they say', () => {
  const bound = entry('1', '<d:creator xmlns:e="urn:e">Ann</d:creator>');
  /** Two items, or one when the control character stays. */
  const halves = '<item><![CDATA[]]\u0001></item><item><![CDATA[ ]]></item>';
  const based = ' xml:base="https://b.example/"';
  const dc = ' xmlns:d="http://purl.org/dc/elements/1.1/"';

  test.each<[string, string, string, Partial<ParseInput>?]>([
    [
      'a prefix bound to another namespace',
      rss(bound, { root: dc }),
      rss(bound, { root: ' xmlns:d="urn:d"' }),
    ],
    ['xml:base of the root', rss(one), rss(one, { root: ' xml:base="https://b.example/"' })],
    ['xml:base of the channel', rss(one), rss(one, { channel: ' xml:base="https://b.example/"' })],
    [
      'xml:lang of the channel',
      rss(entry('1', '<x xml:lang="de"/>'), { channel: ' xml:lang="de"' }),
      rss(one),
    ],
    ['the URL of the document', rss(one), rss(one), { url: 'https://moved.example/feed' }],
    [
      'a licence of the feed',
      rss(one),
      rss(one, { header: '<creativeCommons:license>https://l.example/</creativeCommons:license>' }),
    ],
    [
      'an entity declared',
      rss(entry('1', '<author>&w;</author>')),
      rss(entry('1', '<author>&w;</author>'), { prolog: '<!DOCTYPE rss [<!ENTITY w "Weir">]>' }),
    ],
    [
      'a place beside the channel, where its xml:base does not reach',
      rss(two1, { channel: based }),
      rss('', { channel: based, after: two1 }),
    ],
    [
      'a place beside the channel, while others stay inside',
      rss(two1, { channel: based }),
      rss(two, { channel: based, after: one }),
    ],
    [
      'a place in a second channel that was empty',
      rss(two1, { after: '<channel></channel>' }),
      rss(two, { after: `<channel>${one}</channel>` }),
    ],
    [
      'a place before the channel, while others stay inside',
      `<rss>${two1}<channel${based}><title>Feed</title></channel></rss>`,
      `<rss>${two}<channel${based}>${one}<title>Feed</title></channel></rss>`,
    ],
    [
      'a limit of depth',
      rss(entry('1', '<x><y></y></x>')),
      rss(entry('1', '<x><y></y></x>')),
      { limits: { ...limits, maxDepth: 4 } },
    ],
    [
      'a comment that begins where a control character ends a CDATA section',
      rss(two1),
      rss(`${two}<item><![CDATA[ ]]\u0001> <!-- ]]></item>${one}<item> --></item>${halves}`),
    ],
    [
      'a place in a second channel',
      rss(two1),
      `<rss version="2.0"><channel><title>Feed</title>${two}</channel><channel>${one}</channel></rss>`,
    ],
    ['a place in another element', rss(two1), rss(`<x>${two}</x>${one}`)],
    ['a place in a CDATA section', rss(two1), rss(`<x><![CDATA[${two}]]></x>${one}`)],
    ['a place in an attribute', rss(two1), rss(`<x y='${two}'/>${one}`)],
    ['a place in an open entry', rss(two1), rss(`<item><title>a</title>${two}${one}`)],
    ['an end tag less, which is mended', rss(two1), rss(two1.replace('</link>', ''))],
    ['a control character', rss(two1), rss(`${two}<\u0001item>${one}</item>`)],
    [
      'another root',
      rss(two1),
      rss(two1).replace('<rss', '<x:rss xmlns:x="urn:x"').replace('</rss', '</x:rss'),
    ],
  ])('%s', (_, first, second, more = {}) => {
    const before = readChanged(inputOf(first));
    expect(before.seen).toBeDefined();
    const now = changed(inputOf(second, more), before.seen);
    expect(now.said).toBe(inFull(inputOf(second, more)).said);
  });

  test('an entry with a flaw, so that it is told again', () => {
    const empty = `<item><x>${'y'.repeat(300)}</x></item>`;
    const { seen } = readChanged(inputOf(rss(empty + one)));
    const now = changed(inputOf(rss(two + empty + one)), seen);
    expect(now.read?.feed.flaws).toEqual([expect.objectContaining({ entryIndex: 1 })]);
  });
});

describe('a document leaves nothing for the next', () => {
  test.each([
    ['when it holds control characters', rss(`${two1}\u0001`)],
    ['when one stands in the name of its root', rss(two1).replace('<rss', '<r\u0001ss')],
    ['when it is broken', rss(two1.replace('</link>', ''))],
    ['when it declares entities', rss(two1, { prolog: '<!DOCTYPE rss [<!ENTITY w "Weir">]>' })],
    [
      'when some of its items are none',
      rss(`${one.replaceAll('item', 'x:item')}${two}`, { root: ' xmlns:x="urn:x"' }),
    ],
    ['when it is JSON', '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"}]}'],
  ])('%s', (_, text) => {
    const { feed, seen } = readChanged(inputOf(text));
    expect(feed.entries.length).toBeGreaterThan(0);
    expect(seen).toBeUndefined();
  });
});

describe('known entries count in full', () => {
  const many = Array.from({ length: 20 }, (_, at) => entry(`n${at}`, '<x>&amp;</x>')).join('');

  test.each<[string, Partial<ParseLimits>]>([
    ['entries', { maxEntries: 20 }],
    ['tags', { maxTags: 20 * 12 + 8 }],
    ['references', { maxReferences: 20 }],
  ])('towards the limit of %s', (name, tight) => {
    const within = { ...limits, ...tight };
    const before = readChanged(inputOf(rss(many), { limits: within }));
    const input = inputOf(rss(entry('new', '<x>&amp;</x>') + many), { limits: within });
    expect(before.seen).toBeDefined();
    expect(changed(input, before.seen).said).toMatch(new RegExp(`^too-many-${name}`));
  });

  test('and a document that was cut behind them is refused', () => {
    const { seen } = readChanged(inputOf(rss(two1)));
    expect(changed(inputOf(rss(two1).slice(0, -8)), seen).said).toMatch(/^incomplete-xml/);
  });
});
