// Group B of FAULTS §3 through the whole poll: content that was written to hurt, or is merely wrong. What is refused
// teaches nothing (`survives`); what is read is delivered, harmless, and each entry once. The tests of test/parse look at
// each limit and each form; these see that the way from the socket to the queue keeps what they promise.

import { afterEach, describe, expect, test } from '@jest/globals';
import { itemComplaints } from '../support/json-feed-item.ts';
import { fieldOfItems, sentItems } from './read-items.ts';
import { type Answer, bytes, document, eachTestInItsWorld, keysOf, survives } from './world.ts';

const world = eachTestInItsWorld();

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
});

const answered = (body: string, type = 'application/rss+xml'): Answer =>
  bytes(
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    body,
  );
const rss = (items: string, prolog = '') =>
  `<?xml version="1.0"?>${prolog}<rss version="2.0"><channel><title>Log</title>${items}</channel></rss>`;
const item = (inside: string) => `<item>${inside}</item>`;
const guid = (id: string | number) => `<guid isPermaLink="false">${id}</guid>`;
const named = (id: string | number, inside = '') => item(`${guid(id)}<title>Entry ${id}</title>${inside}`);
const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);

/** Polls an empty feed, then this document: whatever is in it is new. */
async function deliver(body: string, type?: string): Promise<void> {
  world().answer = answered(rss(''));
  await world().poll();
  world().answer = answered(body, type);
  expect((await world().poll()).summary.outcome).toBe('updated');
}

describe('content that is refused', () => {
  const laughs = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join(
    '',
  );
  const long = `<!DOCTYPE rss [<!ENTITY x "${'y'.repeat(9_999)}">]>`;

  test.each<[string, string, string]>([
    [
      'B01: a billion laughs',
      rss(named(3, '<description>&l9;</description>'), `<!DOCTYPE rss [<!ENTITY l0 "lol">${laughs}]>`),
      'entity-expansion',
    ],
    [
      'B02: an entity of 10 KB, 20,000 times',
      rss(named(3, `<description>${'&x;'.repeat(20_000)}</description>`), long),
      'entity-expansion',
    ],
    [
      'B03: more references than the limit',
      rss(named(3, `<description>${'&'.repeat(500_001)}</description>`)),
      'too-many-references',
    ],
    ['B06: elements 101 deep', rss(nested(100)), 'too-deep'],
    ['B06: elements 70,000 deep', rss(nested(70_000)), 'too-deep'],
    ['B06: 300,000 elements that nobody closes', rss('<a>'.repeat(300_000)), 'too-deep'],
  ])('%s', async (_name, body, code) => {
    await survives(world(), answered(body), code);
  });
});

test('B03: 100,000 of &amp; are read, and the text is cut to what a delivery may hold', async () => {
  await deliver(rss(named(1, `<description>${'&amp;'.repeat(100_000)}</description>`)));
  const [sent] = await sentItems(world());
  expect(Buffer.byteLength(sent?.body ?? '')).toBeLessThanOrEqual(65_536);
  expect(sent?.item).toMatchObject({ _feedhook: { truncated: expect.arrayContaining(['summary']) } });
});

test('B05: DOCTYPEs twice, inside the root, behind it, and of 500 KB declare nothing and cost no entry', async () => {
  const declare = (text: string) => `<!DOCTYPE rss [<!ENTITY a "${text}">]>`;
  const filler = `<!DOCTYPE rss [${'<!ENTITY b "c">'.repeat(33_000)}]>`;
  const entry = (id: number) => item(`${guid(id)}<title>x&a;</title>`);
  await deliver(rss(entry(1), declare('first') + declare('second')));
  for (const body of [
    rss(declare('late') + entry(2)),
    rss(entry(3)) + declare('late'),
    rss(entry(4), filler),
  ]) {
    world().answer = answered(body);
    await world().poll();
  }
  expect(await fieldOfItems(world(), 'title')).toEqual(['xfirst', 'x&a;', 'x&a;', 'x&a;']);
});

describe('names that reach into objects', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'];

  test.each(names)('B10: <%s> in one of 100 entries: all are delivered', async (name) => {
    const strange = item(`<${name}>x</${name}><${name} polluted="1"/>${guid('entry-100')}<title>odd</title>`);
    await deliver(document(1, 99).replace('<item>', `${strange}<item>`));
    expect(await world().delivered()).toEqual(keysOf(1, 100));
  });

  test('B11: as attributes, prefixes, terms and ids', async () => {
    const odd = names.map((name) =>
      item(
        `<guid ${name}="x" isPermaLink="false">${name}</guid><${name}:x xmlns:${name}="urn:x">y</${name}:x><category>${name}</category>`,
      ),
    );
    await deliver(rss(odd.join('')));
    expect(await world().delivered()).toEqual(names.map((name) => `guid:${name}`).sort());
    expect((await fieldOfItems(world(), 'tags')).flat().sort()).toEqual([...names].sort());
  });

  test('B11: as keys of a JSON Feed', async () => {
    const keys = names.map((name) => `"${name}":{"polluted":1}`).join();
    const json = `{"version":"https://jsonfeed.org/version/1.1",${keys},"items":[{"id":"a","content_text":"t",${keys}}]}`;
    await deliver(json, 'application/feed+json');
    expect(await world().delivered()).toEqual(['guid:a']);
  });
});

test('B14: references are decoded once: &#65; and &amp;#65; stay distinct in title and id', async () => {
  const texts = ['&#65;', '&amp;#65;', '&amp;amp;', 'a&nbsp;b', 'a&hellip;', '&nosuch;'];
  await deliver(rss(texts.map((text) => item(`${guid(text)}<title>${text}</title>`)).join('')));
  const items = (await sentItems(world())).map(({ item: { id, title } }) => [id, title]);
  expect(items.sort()).toEqual(
    [
      ['A', 'A'],
      ['&#65;', '&#65;'],
      ['&amp;', '&amp;'],
      ['a\u00a0b', 'a b'],
      ['a…', 'a…'],
      ['&nosuch;', '&nosuch;'],
    ].sort(),
  );
});

test('B15: ids that numbers would fold are ten entries', async () => {
  const ids = ['007', '7', '7.0', '1e0', '0x7', '+7', '9007199254740993', '9007199254740992', 'true', 'null'];
  await deliver(rss(ids.map((id) => item(`${guid(id)}<title>t</title>`)).join('')));
  expect(await world().delivered()).toEqual(ids.map((id) => `guid:${id}`).sort());
  expect(new Set((await sentItems(world())).map(({ eventId }) => eventId)).size).toBe(10);
});

test('B18: one guid in two feeds, and one document under two ids, make events of their own', async () => {
  for (const feedId of ['log', 'other']) {
    world().answer = answered(rss(''));
    await world().poll(feedId);
    world().answer = answered(rss(named(1)));
    await world().poll(feedId);
  }
  const sent = await sentItems(world());
  expect(sent.map(({ feedId }) => feedId).sort()).toEqual(['log', 'other']);
  expect(new Set(sent.map(({ eventId }) => eventId)).size).toBe(2);
});

test('B19: whatever a feed calls a link, receivers get absolute http and https only', async () => {
  const links = [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    ' java\nscript:alert(1)',
    'relative',
    '//host.example/x',
  ];
  const entry = (link: string, at: number) =>
    item(
      `${guid(at)}<title>t</title><link>${link}</link><comments>${link}</comments><enclosure url="${link}" type="audio/mpeg" length="1"/>` +
        `<description>&lt;a href="${link}"&gt;a&lt;/a&gt;&lt;img src="${link}"&gt;</description>`,
    );
  const evil = links.map(entry).join('').replaceAll('<item>', '<item xml:base="javascript:alert(1)//">');
  await deliver(rss(evil));
  const sent = await sentItems(world());
  expect(sent).toHaveLength(links.length);
  for (const { body, item: each } of sent) {
    expect(itemComplaints(each)).toEqual([]);
    expect(body).not.toMatch(/(?:javascript|data|file|vbscript):|java\\nscript/i);
  }
  const [relative, hosted] = sent
    .map(({ item: each }) => each.url)
    .filter((url) => url !== undefined)
    .sort();
  expect([relative, hosted]).toEqual([`${world().origin.url}/relative`, 'http://host.example/x']);
});

test('B20: scripts in title, summary and content do not leave as markup that runs', async () => {
  const attacks = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">a</p></noscript>',
    ']]><script>alert(1)</script><![CDATA[',
  ];
  const cdata = (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
  const entry = (attack: string, at: number) =>
    item(
      `${guid(at)}<title>${cdata(attack)}</title><description>${cdata(attack)}</description><content:encoded>${cdata(`<p>a</p>${attack}`)}</content:encoded>`,
    );
  await deliver(rss(attacks.map(entry).join('')));
  const contents = await fieldOfItems(world(), 'content_html');
  expect(contents).toHaveLength(attacks.length);
  for (const content of contents) expect(content).not.toMatch(/<(?:script|svg|noscript)|<[^>]*\son\w+=/i);
  // Titles and summaries are text: a receiver that shows them escapes them, as any text.
  expect(await fieldOfItems(world(), 'title')).not.toContain('alert(1)');
});

describe('B25: dates that name no moment', () => {
  const dates = [
    '',
    '0000-01-01',
    '9999-12-31T23:59:59Z',
    '24:00',
    'PDT',
    '1e13',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Fri, 20 Nov 2076 09:00:00 GMT',
  ];

  test('are delivered, without a date where there is none, and hold nothing back that comes later', async () => {
    const entries = dates.map((date, at) => named(at, `<pubDate>${date}</pubDate>`)).join('');
    await deliver(rss(entries));
    const shown = (await sentItems(world())).map(({ item: { title, date_published } }) => [
      title,
      date_published,
    ]);
    expect(shown.filter(([, date]) => date !== undefined).sort()).toEqual([
      ['Entry 6', '1970-01-01T00:00:00Z'],
      ['Entry 7', '2076-11-20T09:00:00Z'],
    ]);
    expect(shown).toHaveLength(dates.length);
    world().answer = answered(
      rss(named('later', '<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate>') + entries),
    );
    expect((await world().poll()).summary).toMatchObject({ outcome: 'updated', events: 1 });
  });
});

test('B28: one malformed entry among 100: 99 are delivered, one is flagged, and it comes once when it is mended', async () => {
  const malformed = document(1, 100).replace('<title>Entry 50</title>', '<title>Entry 50</tilte>');
  await deliver(malformed);
  expect((await world().delivered()).length).toBe(99);
  expect(world().state?.lastPoll).toMatchObject({ notes: { flaws: expect.any(Number) } });
  expect(await world().delivered()).not.toContain('guid:entry-50');
  world().publish(document(1, 100));
  expect((await world().poll()).summary).toMatchObject({ outcome: 'updated', events: 1 });
  expect((await world().pollWhenDue()).summary.events).toBe(0);
  expect(await world().delivered()).toEqual(keysOf(1, 100));
});

describe('B33: elements are known by the URI of their namespace', () => {
  const atomUri = 'http://www.w3.org/2005/Atom';
  const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

  test.each([
    [
      'Atom under a prefix',
      `<x:feed xmlns:x="${atomUri}"><x:entry><x:id>1</x:id><x:title>t</x:title></x:entry></x:feed>`,
      'guid:1',
    ],
    [
      'Atom in a wrong namespace',
      '<feed xmlns="urn:other"><entry><id>1</id><title>t</title></entry></feed>',
      'guid:1',
    ],
    [
      'Atom 0.3',
      '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><id>1</id><title>t</title></entry></feed>',
      'guid:1',
    ],
    [
      'RSS 0.91',
      '<rss version="0.91"><channel><item><title>t</title><link>https://a.example/1</link></item></channel></rss>',
      'link:https://a.example/1',
    ],
    [
      'RDF under prefixes',
      `<r:RDF xmlns:r="${rdf}" xmlns:s="http://purl.org/rss/1.0/"><s:channel/><s:item r:about="1"><s:title>t</s:title><s:link>https://a.example/1</s:link></s:item></r:RDF>`,
      'guid:1',
    ],
    [
      'an item beside which another vocabulary has an item',
      rss(
        `<x:item xmlns:x="urn:other"><title>no</title></x:item>${item(`${guid(1)}<title>t</title><x:title xmlns:x="urn:other">no</x:title>`)}`,
      ),
      'guid:1',
    ],
  ])('%s', async (_name, body, key) => {
    await deliver(body);
    expect(await world().delivered()).toEqual([key]);
    expect(await fieldOfItems(world(), 'title')).toEqual(['t']);
  });
});
