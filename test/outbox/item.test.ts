// What the feed says beyond JSON Feed, in `_feedhook`: its names and order, its bounds, and the raw content.

import { describe, expect, test } from '@jest/globals';
import type { Entry } from '../../src/model/entry.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import { entryItem } from '../../src/outbox/item.ts';
import { maxListBytes } from '../../src/outbox/item-fields.ts';
import { jsonBytes } from '../../src/outbox/json-size.ts';
import { maxPayloadBytes } from '../../src/outbox/payload.ts';
import { itemComplaints } from '../support/json-feed-item.ts';
import { bare, change, detectedAt, feed, full } from './sample.ts';

/** What `_feedhook` has more than that of an entry without any of it. */
function extras(fields: Partial<Entry>): object {
  const common = Object.keys(entryItem(change(bare))._feedhook);
  const { _feedhook } = entryItem(change({ ...bare, ...fields }));
  return Object.fromEntries(Object.entries(_feedhook).filter(([name]) => !common.includes(name)));
}

const everything: Partial<Entry> = {
  contributors: [{ name: 'Ed', url: 'https://example.org/ed' }, { email: 'k@example.org' }],
  categories: [
    { term: 'rail' },
    { term: 'CVE', scheme: 'https://example.org/tags', label: 'Vulnerabilities' },
  ],
  rights: '© <b>2026</b> Example',
  licenseUrl: 'https://cc.example/by',
  commentsUrl: 'https://example.org/1#comments',
  commentsFeedUrl: 'https://example.org/1.xml',
  commentCount: 0,
  inReplyTo: [{ id: 'urn:0', url: 'https://example.org/0' }],
  place: { latitude: 45.25, longitude: -71.5, name: 'Mona Passage' },
  episode: {
    season: 0,
    number: 7.5,
    kind: 'bonus',
    isExplicit: false,
    chaptersUrl: 'https://example.org/chapters.json',
    transcripts: [{ url: 'https://example.org/t.vtt', mimeType: 'text/vtt', language: 'en' }],
  },
};

describe('what the feed says beyond JSON Feed', () => {
  test('has short names in a fixed order', () => {
    expect(JSON.stringify(extras(everything))).toBe(
      JSON.stringify({
        contributors: [{ name: 'Ed', url: 'https://example.org/ed' }, { name: 'k@example.org' }],
        categories: [{ term: 'CVE', scheme: 'https://example.org/tags', label: 'Vulnerabilities' }],
        rights: '© 2026 Example',
        license: 'https://cc.example/by',
        comments_url: 'https://example.org/1#comments',
        comments_feed_url: 'https://example.org/1.xml',
        comment_count: 0,
        in_reply_to: [{ id: 'urn:0', url: 'https://example.org/0' }],
        place: { latitude: 45.25, longitude: -71.5, name: 'Mona Passage' },
        episode: {
          season: 0,
          number: 7.5,
          kind: 'bonus',
          explicit: false,
          chapters_url: 'https://example.org/chapters.json',
          transcripts: [{ url: 'https://example.org/t.vtt', mime_type: 'text/vtt', language: 'en' }],
        },
      }),
    );
  });

  test.each<[string, Partial<Entry>]>([
    ['contributors without anything to show', { contributors: [{}, { url: 'x' }] }],
    ['categories that are all in `tags`', { categories: [{ term: 'rail' }] }],
    ['half a scheme', { categories: [{ term: 'rail', scheme: `urn:${'x'.repeat(2000)}` }] }],
    ['blank rights', { rights: '<p> </p>' }],
    [
      'links that are none',
      { licenseUrl: 'javascript:x()', commentsUrl: '/c', commentsFeedUrl: 'file:///c' },
    ],
    ['a count that is none', { commentCount: Number.NaN }],
    ['an answer to nothing', { inReplyTo: [{}, { url: 'mailto:x' }] }],
    ['a place that is none', { place: { latitude: Number.NaN, longitude: 0, name: 'Nowhere' } }],
    [
      'an episode that says nothing',
      { episode: { number: Number.POSITIVE_INFINITY, transcripts: [{ url: 't.vtt' }] } },
    ],
  ])('%s leave no trace', (_, fields) => {
    expect(extras(fields)).toEqual({});
  });

  const many = Array.from({ length: 500 }, (_, at) => at);

  test.each<[string, Partial<Entry>]>([
    ['contributors', { contributors: many.map((at) => ({ name: `J. Doe ${at}` })) }],
    ['categories', { categories: many.map((at) => ({ term: `a ${at}`, label: `A ${at}` })) }],
    ['in_reply_to', { inReplyTo: many.map((at) => ({ id: `urn:${at}` })) }],
    ['transcripts', { episode: { transcripts: many.map((at) => ({ url: `https://example.org/${at}` })) } }],
  ])('%s without end are cut, which is told', (name, fields) => {
    const { truncated, episode, ...kept }: Record<string, unknown> = { ...extras(fields) };
    expect(truncated).toEqual([name]);
    expect(jsonBytes({ ...kept, ...Object(episode) })).toBeLessThan(maxListBytes + 40);
    expect(jsonBytes({ ...kept, ...Object(episode) })).toBeGreaterThan(maxListBytes - 100);
  });

  test('authors without end are cut, which is told: each event of a feed may repeat them', () => {
    const authors = many.map((at) => ({ name: `J. Doe ${at}` }));
    const item = entryItem(change({ ...bare, authors }));
    expect(item._feedhook.truncated).toEqual(['authors']);
    expect(jsonBytes(item.authors)).toBeLessThanOrEqual(maxListBytes);
    expect(jsonBytes(item.authors)).toBeGreaterThan(maxListBytes - 100);
  });

  test('a name has at most 1 KiB, and rights that were longer are told', () => {
    const long = 'x'.repeat(5000);
    const place = { latitude: 1, longitude: 2, name: long };
    expect(extras({ rights: long, place, contributors: [{ name: long }] })).toEqual({
      truncated: ['rights'],
      contributors: [{ name: 'x'.repeat(1024) }],
      rights: 'x'.repeat(1024),
      place: { latitude: 1, longitude: 2, name: 'x'.repeat(1024) },
    });
  });
});

test('where a tracking redirect leads is shown instead of it', () => {
  const item = entryItem(
    change({
      ...bare,
      url: 'https://track.example/1',
      originalUrl: 'https://example.org/1',
      enclosures: [{ url: 'https://track.example/1.mp3', originalUrl: 'https://example.org/1.mp3' }],
    }),
  );
  expect(item).toMatchObject({
    url: 'https://example.org/1',
    attachments: [{ url: 'https://example.org/1.mp3' }],
  });
});

test('a link is written in its one spelling', () => {
  const item = entryItem(change({ ...bare, url: 'HTTPS://EXAMPLE.org:443/ä b' }));
  expect(item.url).toBe('https://example.org/%C3%A4%20b');
});

describe('the raw content', () => {
  const raw = (fields: Partial<Entry>) =>
    entryItem(change({ ...bare, ...fields }), { rawContent: true })._feedhook.content_raw;

  test.each<[string, Partial<Entry>, string | undefined]>([
    [
      'is the content as the feed gave it',
      { contentHtml: '<p onclick="x()"><a href="/1">a</a></p><script>x()</script>', summary: '<b>b</b>' },
      '<p onclick="x()"><a href="/1">a</a></p><script>x()</script>',
    ],
    ['is the description that became the content', { summary: '<b>b</b>' }, '<b>b</b>'],
    ['is absent beside a plain description', { summary: 'b' }, undefined],
    ['is absent where the content is text', { contentText: '<b>b</b>' }, undefined],
  ])('%s', (_, fields, expected) => {
    expect(raw(fields)).toBe(expected);
  });

  test('is there only where the operator wants it', () => {
    expect(entryItem(change(full))._feedhook).not.toHaveProperty('content_raw');
    expect(entryItem(change(full), { rawContent: false })._feedhook).not.toHaveProperty('content_raw');
  });

  test('is no longer than what is read, which is told', () => {
    const { _feedhook } = entryItem(change({ ...bare, contentHtml: 'x'.repeat(300_000) }), {
      rawContent: true,
    });
    expect(_feedhook.content_raw).toHaveLength(262_144);
    expect(_feedhook.truncated).toEqual(['content_html', 'content_raw']);
  });

  test('is the first to be cut', () => {
    const entry = { ...full, ...everything, contentHtml: `<p>${'Words. '.repeat(4000)}</p>` };
    const { body } = entryEvent(change(entry), { ...feed, rawContent: true }, detectedAt);
    const without = JSON.parse(entryEvent(change(entry), feed, detectedAt).body).data.entry;
    const { _feedhook, ...item } = JSON.parse(body).data.entry;
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxPayloadBytes);
    expect(_feedhook.truncated).toEqual(['content_raw']);
    expect(entry.contentHtml.startsWith(_feedhook.content_raw)).toBe(true);
    expect({ ...item, _feedhook: without._feedhook }).toEqual(without);
    expect(itemComplaints({ ...item, _feedhook })).toEqual([]);
  });
});

test('all lists at their longest leave the body within its limit', () => {
  const wide = (at: number) => `${'ä'.repeat(500)} ${at}`;
  const many = Array.from({ length: 200 }, (_, at) => at);
  const url = 'https://example.org/1';
  const entry: Entry = {
    ...full,
    title: 'x'.repeat(9000),
    authors: many.map((at) => ({ name: wide(at) })),
    contributors: many.map((at) => ({ name: wide(at) })),
    categories: many.map((at) => ({ term: wide(at), label: wide(at) })),
    enclosures: many.map((at) => ({ url: `${url}/${at}`, title: wide(at) })),
    inReplyTo: many.map((at) => ({ id: wide(at) })),
    rights: wide(0).repeat(9),
    place: { latitude: 1, longitude: 2, name: wide(0).repeat(9) },
    episode: { transcripts: many.map((at) => ({ url: `${url}/${at}`, mimeType: wide(at) })) },
    contentHtml: wide(0).repeat(90),
    summary: wide(0).repeat(90),
  };
  const { body } = entryEvent(change(entry), { ...feed, rawContent: true }, detectedAt);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxPayloadBytes);
  expect(itemComplaints(JSON.parse(body).data.entry)).toEqual([]);
});
