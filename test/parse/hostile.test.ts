// Input that was written to hurt: entities that multiply, names that reach into objects, links that run.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codes } from '../../src/errors.ts';
import { atom, item, outcomeOf, parseText, plainItems, rss } from './documents.ts';

const titleOf = (text: string) => parseText(text).entries[0]?.title;

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

describe('entity definitions', () => {
  const laughs = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join(
    '',
  );

  test('B01: entities that multiply each other are refused', () => {
    const text = rss(item('<title>&l9;</title>'), `<!DOCTYPE rss [<!ENTITY l0 "lol">${laughs}]>`);
    expect(outcomeOf(text)).toBe('entity-expansion');
  });

  test('B01: entities that refer to themselves are refused', () => {
    const circle = '<!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;">]>';
    expect(outcomeOf(rss('', circle))).toBe('entity-expansion');
  });

  test('an entity made of a few others stays literal', () => {
    const text = rss(
      item('<title>&a; &b;</title>'),
      '<!DOCTYPE rss [<!ENTITY a "one"><!ENTITY b "&a; two">]>',
    );
    expect(titleOf(text)).toBe('one &a; two');
  });

  test('B02: one long entity used 20,000 times is refused', () => {
    const text = rss(
      item(`<title>${'&x;'.repeat(20_000)}</title>`),
      `<!DOCTYPE rss [<!ENTITY x "${'y'.repeat(9_999)}">]>`,
    );
    expect(outcomeOf(text)).toBe('entity-expansion');
  });

  test('B02: the limit holds in attributes and in elements that are read raw alike', () => {
    const prolog = `<!DOCTYPE rss [<!ENTITY x "${'y'.repeat(9_999)}">]>`;
    expect(outcomeOf(rss(item(`<enclosure url="${'&x;'.repeat(200)}"/>`), prolog))).toBe('entity-expansion');
    expect(outcomeOf(rss(item(`<guid>${'&x;'.repeat(200)}</guid>`), prolog))).toBe('entity-expansion');
  });

  test('B03: a million numeric references are refused by count', () => {
    expect(outcomeOf(rss(item(`<title>${'&#65;'.repeat(1_000_000)}</title>`)))).toBe('too-many-references');
    expect(outcomeOf(rss(item(`<title>${'&amp;'.repeat(200_000)}</title>`)))).toMatch(
      /^(parsed|too-many-references)$/,
    );
  });

  test('an entity of plain text is known in the document, its references resolved where it is declared', () => {
    const prolog = '<!DOCTYPE rss [<!ENTITY weir "Weir &#38; Sons">]>';
    expect(titleOf(rss(item('<title>&weir;</title>'), prolog))).toBe('Weir & Sons');
    expect(titleOf(rss(item('<title>&weir;</title>')))).toBe('&weir;');
  });

  test.each([
    ['external', '<!ENTITY e SYSTEM "file:///etc/passwd">'],
    ['external and public', '<!ENTITY e PUBLIC "x" "https://example.com/e">'],
    ['parameter', '<!ENTITY % p SYSTEM "https://example.com/p"> %p;'],
  ])('an %s entity is never followed', (_, subset) => {
    expect(titleOf(rss(item('<title>a &e;</title>'), `<!DOCTYPE rss [${subset}]>`))).toBe('a &e;');
  });

  test('B05: of two DOCTYPEs the first counts, and limits are not reset', () => {
    const first = '<!DOCTYPE rss [<!ENTITY a "one">]>';
    const second = '<!DOCTYPE rss [<!ENTITY a "two">]>';
    expect(titleOf(rss(item('<title>&a;</title>'), first + second))).toBe('one');
  });

  test('B05: a DOCTYPE inside or after the root declares nothing', () => {
    const late = '<!DOCTYPE rss [<!ENTITY a "late">]>';
    expect(titleOf(rss(late + item('<title>x&a;</title>')))).toBe('x&a;');
    expect(titleOf(rss(item('<title>x&a;</title>')) + late)).toBe('x&a;');
  });

  test('B05: an internal subset of 5 MB is passed over', () => {
    const text = rss(item('<title>&x;</title>'), `<!DOCTYPE rss [${'<!ENTITY x "y">'.repeat(350_000)}]>`);
    expect(titleOf(text)).toBe('&x;');
  });
});

describe('names that reach into objects', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf'];

  test.each(names)('B10: <%s> in one of 100 entries costs none of them', (name) => {
    const strange = item(`<${name}>x</${name}><${name} polluted="1"/><title>odd</title>`);
    const feed = parseText(rss(strange + plainItems(99)));
    expect(feed.entries).toHaveLength(100);
    expect(feed.entries[0]).toEqual(expect.objectContaining({ title: 'odd' }));
  });

  test.each(names)('B11: %s as attribute, prefix, term or JSON key does no harm', (name) => {
    const attribute = `<title ${name}="x">a</title><${name}:x xmlns:${name}="urn:x">y</${name}:x>`;
    const entry = `<entry ${name}="x"><id>1</id>${attribute}<category term="${name}"/></entry>`;
    expect(parseText(atom(entry)).entries[0]).toMatchObject({ title: 'a', categories: [{ term: name }] });
    const json = `{"version":"https://jsonfeed.org/version/1.1","${name}":{"polluted":1},"items":[{"id":"1","${name}":{"polluted":1}}]}`;
    expect(parseText(json).entries).toHaveLength(1);
  });

  test('a date in the zone "constructor" is UTC', () => {
    const feed = parseText(rss(item('<title>a</title><pubDate>20 Nov 2026 09:00 constructor</pubDate>')));
    expect(feed.entries[0]?.published).toBe('2026-11-20T09:00:00Z');
  });
});

describe('B19: only http and https come out as links', () => {
  test.each([
    ['javascript:alert(1)'],
    [' java\nscript:alert(1)'],
    ['JaVaScRiPt:alert(1)'],
    ['data:text/html,x'],
    ['file:///etc/passwd'],
    ['vbscript:x'],
    ['mailto:a@example.org'],
    ['https://'],
    ['http:// bad host/'],
  ])('%j is no link', (href) => {
    const entry = `<entry><id>1</id><link href="${href}"/><link rel="enclosure" href="${href}"/></entry>`;
    const [read] = parseText(atom(entry)).entries;
    expect(read).not.toHaveProperty('url');
    expect(read?.enclosures).toEqual([]);
  });

  test.each([
    ['//example.net/x', 'https://example.net/x'],
    ['../x', 'https://example.org/x'],
    ['?page=2', 'https://example.org/feed?page=2'],
    [' https://example.net/a b ', 'https://example.net/a%20b'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
  ])('%s is %s', (href, url) => {
    expect(parseText(atom(`<entry><id>1</id><link href="${href}"/></entry>`)).entries[0]?.url).toBe(url);
  });

  test.each(['javascript:alert(1)//', 'data:text/html,', 'file:///', 'ftp://example.com/'])(
    'an xml:base of %s changes nothing',
    (base) => {
      const entry = `<entry xml:base="${base}"><id>1</id><link href="/x"/></entry>`;
      expect(parseText(atom(entry)).entries[0]).toMatchObject({
        url: 'https://example.org/x',
        baseUrl: 'https://example.org/feed',
      });
    },
  );
});

describe('an xml:base costs as much as it is long at each link, so', () => {
  const baseOf = (outer: string, inner: string) =>
    parseText(
      `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="${outer}"><entry xml:base="${inner}"><id>1</id></entry></feed>`,
    ).entries[0]?.baseUrl;
  const long = `https://example.net/${'a'.repeat(900)}/`;

  test('one of 900 characters counts', () => {
    expect(baseOf(long, 'b/')).toBe(`${long}b/`);
  });

  test('one of 100,000 characters changes nothing', () => {
    expect(baseOf('https://example.org/', `/${'b'.repeat(100_000)}/`)).toBe('https://example.org/');
  });

  test('it does not grow level by level', () => {
    expect(baseOf(long, `${'b'.repeat(900)}/`)).toBe(long);
  });
});

describe('shapes that make parsers slow are answered in under a second', () => {
  const many = 150_000;
  const numbered = (count: number, text: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => text(at)).join('');

  test.each([
    ['bare <', rss(item(`<title>${'<'.repeat(many)}</title>`))],
    ['quotes that never close', `<rss>${'<a "'.repeat(many)}</rss>`],
    ['attributes in one tag', `<rss><a ${'b="" '.repeat(many)}/></rss>`],
    ['CDATA sections', rss(item(`<title>${'<![CDATA[x]]>'.repeat(many)}</title>`))],
    ['script tags in a title', rss(item(`<title><![CDATA[${'<script>'.repeat(many)}]]></title>`))],
    ['ampersands without end', rss(item(`<title>${'&a'.repeat(many)}</title>`))],
    [
      'white space',
      rss(item(`<title>${' '.repeat(3_000_000)}x</title><pubDate>${' '.repeat(3_000_000)}1</pubDate>`)),
    ],
    ['a person without end', rss(item(`<title>a</title><author>${'a.'.repeat(many)}</author>`))],
    ['end tags that never end', rss(item(`<title>${'</'.repeat(many)}</title>`))],
    ['unclosed comments', `<rss>${'<!--'.repeat(many)}</rss>`],
    ['people', rss(item(`<title>a</title>${numbered(40_000, (at) => `<author>a${at}</author>`)}`))],
    [
      'people in JSON',
      `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","authors":[${numbered(100_000, (at) => `{"name":"${at}"},`)}{}]}]}`,
    ],
    [
      'lists in JSON (as arguments of a call they would fill the stack)',
      `{"version":"https://jsonfeed.org/version/1.1","hubs":[${'{},'.repeat(200_000)}{}],"authors":[${'{},'.repeat(200_000)}{"name":"a"}],"items":[{"id":"1","tags":[${'"t",'.repeat(200_000)}"t"],"authors":[${'{},'.repeat(200_000)}{}]}]}`,
    ],
    [
      'authors of a feed, and entries that have none',
      `<feed xmlns="http://www.w3.org/2005/Atom">${numbered(30_000, (at) => `<author><name>a${at}</name></author>`)}${'<entry><id>1</id></entry>'.repeat(5_000)}</feed>`,
    ],
    [
      'prefixes, and elements that bind another (a copy for each would fill the heap)',
      `<rss${numbered(20_000, (at) => ` xmlns:p${at}="u"`)}><channel>${'<x xmlns:y="u"/>'.repeat(20_000)}</channel></rss>`,
    ],
  ])('%s', (_, text) => {
    expect(outcomeOf(text)).toMatch(/^[a-z-]+$/);
  });
});

describe('any document, damaged anywhere', () => {
  const folder = join(import.meta.dirname, '../fixtures/feeds');
  const documents = readdirSync(folder)
    .filter((name) => !name.endsWith('.json'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const shards = [
    '<',
    '>',
    '"',
    "'",
    '&',
    '</',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '/>',
    '<item>',
    '</rss>',
    '<br>',
  ];
  const damage = fc.record({
    at: fc.nat(5_000),
    lost: fc.nat(30),
    shard: fc.constantFrom('', ...shards, '<!DOCTYPE x [', '\0', '\ud800', ' xmlns="', '{', '}', '\\'),
  });

  test('is read, or refused with a code', () => {
    const damaged = fc.tuple(fc.constantFrom(...documents), fc.array(damage, { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(damaged, ([document, blows]) => {
        let text = document;
        for (const { at, lost, shard } of blows) text = text.slice(0, at) + shard + text.slice(at + lost);
        expect(['parsed', ...Object.keys(codes)]).toContain(outcomeOf(text));
      }),
      { numRuns: 2_000, seed: 20261120 },
    );
  });
});
