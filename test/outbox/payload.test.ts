import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Entry, EntryChange } from '../../src/model/entry.ts';
import { entryEvent } from '../../src/outbox/event.ts';
import { jsonBytes, jsonPrefix } from '../../src/outbox/json-size.ts';
import { itemThatFits, listBytes, maxPayloadBytes } from '../../src/outbox/payload.ts';
import { itemComplaints } from '../support/json-feed-item.ts';
import { bare, bodyOf, change, deletion, detectedAt, feed, full, label } from './sample.ts';

const sizeOf = (entry: Entry) => Buffer.byteLength(entryEvent(change(entry), feed, detectedAt).body);
const cutOf = (entry: Entry): string[] | undefined => bodyOf(entry).data.entry._feedhook.truncated;
/** An entry with this text whose body has exactly `bytes` bytes. */
const sized = (bytes: number): Entry => {
  const empty = sizeOf({ ...bare, contentText: '' });
  return { ...bare, contentText: 'x'.repeat(bytes - empty) };
};

describe('the limit of 64 KiB', () => {
  test.each([
    ['one byte below', maxPayloadBytes - 1, undefined],
    ['met', maxPayloadBytes, undefined],
    ['one byte above', maxPayloadBytes + 1, ['content_text']],
  ])('%s', (_, bytes, cut) => {
    expect(cutOf(sized(bytes))).toEqual(cut);
    expect(sizeOf(sized(bytes))).toBeLessThanOrEqual(maxPayloadBytes);
  });

  const long = 'Words and words. '.repeat(6000);

  test.each<[string, Partial<Entry>, string[]]>([
    ['content_html first', { contentHtml: `<p>${long}</p>`, contentText: 'short' }, ['content_html']],
    [
      'then content_text',
      { contentHtml: `<p>${long}</p>`, contentText: long },
      ['content_html', 'content_text'],
    ],
    [
      'then summary',
      { contentHtml: `<p>${long}</p>`, contentText: long, summary: long },
      ['content_html', 'content_text', 'summary'],
    ],
    ['a long summary alone', { contentHtml: '', summary: long }, ['summary']],
  ])('cuts %s', (_, fields, cut) => {
    const entry = { ...full, ...fields };
    expect(cutOf(entry)).toEqual(cut);
    expect(sizeOf(entry)).toBeLessThanOrEqual(maxPayloadBytes);
    expect(itemComplaints(bodyOf(entry).data.entry)).toEqual([]);
  });

  describe('with the raw content', () => {
    const withRaw = (entry: Entry, fields: Partial<EntryChange> = {}) => {
      const { body } = entryEvent(change(entry, fields), { ...feed, rawContent: true }, detectedAt);
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxPayloadBytes);
      return JSON.parse(body).data.entry;
    };
    const bold = '<b>bold</b> words. '.repeat(2_000);

    test('it is the first to be cut, before the lists', () => {
      const categories = Array.from({ length: 400 }, (_, n) => ({ term: `a tag ${n} ${'x'.repeat(30)}` }));
      const entry = withRaw({ ...full, contentHtml: bold, contentText: 'short', categories });
      expect(entry._feedhook.truncated).toEqual(['content_raw']);
      expect(entry.tags).toHaveLength(400);
      expect(entry.content_html).toBe(bold.trim());
      expect(bold.startsWith(entry._feedhook.content_raw)).toBe(true);
      expect(entry._feedhook.content_raw.length).toBeGreaterThan(1_000);
    });

    test('it goes altogether where there is no room for any of it, and then the others are cut', () => {
      const entry = withRaw({ ...full, contentHtml: `<p>${long}</p>`, contentText: 'short' });
      expect(entry._feedhook).not.toHaveProperty('content_raw');
      expect(entry._feedhook.truncated).toEqual(['content_raw', 'content_html']);
    });

    test('what was before an update takes its room from it', () => {
      const previous = { title: 'x'.repeat(4_000), url: `https://example.org/${'y'.repeat(20_000)}` };
      const entry = withRaw(
        { ...full, contentHtml: bold },
        { type: 'entry.updated', changed: ['link'], previous },
      );
      expect(entry._feedhook.truncated?.[0]).toBe('content_raw');
    });
  });

  test('a deletion with the longest title is far below', () => {
    const { body } = entryEvent(change({ ...label, title: '"'.repeat(90_000) }, deletion), feed, detectedAt);
    expect(Buffer.byteLength(body)).toBeLessThan(maxPayloadBytes / 8);
  });

  test.each<[string, Partial<Entry>]>([
    ['tags', { categories: Array.from({ length: 9000 }, (_, n) => ({ term: `a tag ${n}` })) }],
    [
      'attachments',
      { enclosures: Array.from({ length: 9000 }, (_, n) => ({ url: `https://example.org/${n}` })) },
    ],
  ])('%s without end lose whole items before any text is cut', (name, fields) => {
    const { [name]: kept, content_html, content_text, _feedhook } = bodyOf({ ...full, ...fields }).data.entry;
    expect(_feedhook.truncated).toEqual([name]);
    expect(jsonBytes(kept)).toBeLessThanOrEqual(listBytes);
    expect(jsonBytes(kept)).toBeGreaterThan(listBytes - 100);
    expect([content_html, content_text]).toEqual([expect.any(String), 'Sanitised HTML']);
  });

  test('a long list stays whole where there is room', () => {
    const enclosures = Array.from({ length: 500 }, (_, n) => ({ url: `https://example.org/${n}` }));
    expect(bodyOf({ ...full, enclosures }).data.entry.attachments).toHaveLength(500);
  });

  test('uses the room that there is', () => {
    expect(sizeOf({ ...full, contentHtml: `<p>${long}</p>`, contentText: 'short' })).toBeGreaterThan(60_000);
    expect(sizeOf({ ...full, contentText: '"\u0001'.repeat(20_000) })).toBeGreaterThan(60_000);
  });

  test('cut HTML has its tags closed and no half reference', () => {
    const html = `<blockquote><ul>${'<li>a &amp; <a href="https://example.org/?a=1&amp;b=2">b</a></li>'.repeat(2000)}</ul></blockquote>`;
    const { content_html: cut } = bodyOf({ ...full, contentHtml: html, contentText: 'short' }).data.entry;
    expect(cut).toMatch(/<\/li><\/ul><\/blockquote>$/);
    expect(cut.replaceAll('&amp;', '')).not.toContain('&');
    for (const tag of ['blockquote', 'ul', 'li', 'a']) {
      expect(cut.split(`<${tag}`).length).toBe(cut.split(`</${tag}>`).length);
    }
  });

  test('content that was too long to read whole counts as cut', () => {
    expect(cutOf({ ...full, contentHtml: `${'<i></i>'.repeat(20_000)}end` })).toEqual(['content_html']);
  });

  test('ids and links are never cut, be the body as large as it may', () => {
    const id = `urn:${'x'.repeat(70_000)}`;
    const url = `https://example.org/${'x'.repeat(70_000)}`;
    expect(bodyOf({ ...full, id, url }).data.entry).toMatchObject({ id, url });
  });

  test.each([
    ['4 KB', 4096, undefined],
    ['4 KB and a byte', 4097, ['title']],
  ])('a title of %s', (_, length, cut) => {
    const { title, _feedhook } = bodyOf({ ...bare, title: 'x'.repeat(length) }).data.entry;
    expect(title).toHaveLength(4096);
    expect(_feedhook.truncated).toEqual(cut);
  });
});

describe('an item in less room', () => {
  const item = bodyOf({ ...full, contentHtml: `<p>${'<b>bold</b> words. '.repeat(300)}</p>` }).data.entry;

  test('is itself where there is enough', () => {
    expect(itemThatFits(item, jsonBytes(item))).toBe(item);
  });

  test.each([8_000, 3_000, 1_500, 800])(
    'of %d bytes is valid, within it and tells what is missing',
    (room) => {
      const cut = itemThatFits(item, room);
      expect(jsonBytes(cut)).toBeLessThanOrEqual(room);
      expect(itemComplaints(cut)).toEqual([]);
      expect(cut._feedhook.truncated[0]).toBe('content_html');
    },
  );

  test('HTML that goes altogether leaves an empty text where there was none', () => {
    const { content_text: _, ...richOnly } = item;
    const cut = itemThatFits(richOnly, 900);
    expect(cut).not.toHaveProperty('content_html');
    expect(cut.content_text).toBe('');
    expect(itemComplaints(cut)).toEqual([]);
  });

  test('without room keeps what it is known by, and its links', () => {
    const { id, url, external_url, image } = item;
    const { key, key_source, revision, sequence, content_hash, first_seen } = item._feedhook;
    const cut = itemThatFits(item, 0);
    expect(cut).toMatchObject({ id, url, external_url, image });
    expect(cut._feedhook).toMatchObject({ key, key_source, revision, sequence, content_hash, first_seen });
    expect(cut).not.toHaveProperty('title');
    expect(cut._feedhook).not.toHaveProperty('categories');
  });
});

describe('any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom(
        '<p>',
        '<b>',
        '</p>',
        '<a href="',
        '"',
        '&',
        '&am',
        ';',
        'x',
        '😀',
        '\ud800',
        '\0',
        '\u2028',
      ),
    }),
    fc
      .tuple(
        fc.constantFrom('<b>', 'ä', '\\', '😀', '\udc00', '\u0001', '&amp;', '<a href="/x">y</a>'),
        fc.integer({ max: 90_000, min: 0 }),
      )
      .map(([unit, times]) => unit.repeat(times)),
  );
  const entry = fc
    .record({
      title: text,
      summary: text,
      contentHtml: text,
      contentText: text,
      language: text,
      name: text,
      isText: fc.boolean(),
    })
    .map(
      ({ name, isText, ...fields }): Entry => ({
        ...full,
        ...fields,
        summaryIsText: isText,
        authors: [{ name }],
        categories: [{ term: name }],
        enclosures: [{ url: 'https://example.org/a', mimeType: name, title: name }],
        source: { title: name },
      }),
    );

  test('makes JSON of at most 64 KiB, well-formed, with a valid item', () => {
    fc.assert(
      fc.property(entry, (each) => {
        const { body } = entryEvent(
          change(each, { previous: { title: each.title ?? '' } }),
          { ...feed, rawContent: true, facts: { ...feed.facts, title: each.title ?? '' } },
          detectedAt,
        );
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxPayloadBytes);
        expect(body).not.toMatch(/\\ud[89a-f]/i);
        expect(body.isWellFormed()).toBe(true);
        expect(itemComplaints(JSON.parse(body).data.entry)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('a lone surrogate becomes U+FFFD, in ids too', () => {
    expect(bodyOf({ ...bare, id: 'a\ud800', title: '\udc00b' }).data.entry).toMatchObject({
      id: 'a\ufffd',
      title: '\ufffdb',
    });
  });

  test('a beginning is as long as JSON says, and the longest that fits', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 300 }), (each, limit) => {
        const prefix = jsonPrefix(each, limit);
        expect(each.startsWith(prefix)).toBe(true);
        expect(jsonBytes(prefix) - 2).toBeLessThanOrEqual(limit);
        const [next] = each.slice(prefix.length);
        if (next !== undefined) expect(jsonBytes(prefix + next) - 2).toBeGreaterThan(limit);
      }),
    );
  });
});
