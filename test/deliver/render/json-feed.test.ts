import { describe, expect, test } from '@jest/globals';
import { level } from '../../../src/deliver/render/share.ts';
import { parse } from '../../../src/parse/parse.ts';
import { deletion, feed, label } from '../../outbox/sample.ts';
import { limits } from '../../parse/documents.ts';
import { itemComplaints } from '../../support/json-feed-item.ts';
import { type Events, eventOf, jsonOf, manyEvents, pingEvent, requestOf } from './requests.ts';

describe('JSON Feed 1.1', () => {
  test('a batch is one document with its entries in order', () => {
    const events = manyEvents(30);
    const { items, ...head } = jsonOf('jsonfeed', events);
    expect(items.flatMap(itemComplaints)).toEqual([]);
    expect(items.map(({ id }: { id: string }) => id)).toEqual(events.map((_, index) => `post-${index}`));
    expect(head).toEqual({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'Example security',
      home_page_url: 'https://example.org/',
      feed_url: 'https://example.org/feed.atom',
      language: 'en',
      _feedhook: {
        id: 'example-security',
        url: 'https://example.org/feed',
        format: 'atom',
        labels: ['security'],
      },
    });
  });

  test('each item names its event, by which a receiver knows a repeat in another batch', () => {
    const events = manyEvents(2);
    const { items } = jsonOf('jsonfeed', events);
    expect(items.map((item: { _feedhook: { event: { id: string } } }) => item._feedhook.event.id)).toEqual(
      events.map(({ id }) => id),
    );
  });

  test('a feed without a title has its URL for one', () => {
    const { facts: _, ...unread } = feed;
    expect(jsonOf('jsonfeed', eventOf({}, {}, unread)).title).toBe('https://example.org/feed');
  });

  test('an entry that has news twice is there once, as it is now', () => {
    const events: Events = [
      ...manyEvents(2),
      eventOf(
        { id: 'post-0', title: 'Post 0, corrected' },
        {
          type: 'entry.updated',
          changed: ['title'],
          revision: 2,
          key: { source: 'guid', value: 'guid:post-0' },
        },
      ),
    ];
    const { items } = jsonOf('jsonfeed', events);
    expect(items.map(({ title }: { title: string }) => title)).toEqual(['Post 1', 'Post 0, corrected']);
    expect(items[1]._feedhook.event).toMatchObject({ type: 'entry.updated', changed: ['title'] });
  });

  test('an entry that is gone is an item that says so', () => {
    const [item] = jsonOf('jsonfeed', eventOf(label, deletion)).items;
    expect(itemComplaints(item)).toEqual([]);
    expect(item._feedhook.event).toMatchObject({ type: 'entry.deleted', reason: 'tombstone' });
  });

  test('a test is a document without items', () => {
    expect(jsonOf('jsonfeed', pingEvent)).toMatchObject({ title: 'feedhook', items: [] });
  });

  test('our own parser reads it', () => {
    const text = requestOf('jsonfeed', manyEvents(3)).body.toString();
    const read = parse({ text, url: 'https://example.org/', limits });
    expect(read.entries.map(({ title }) => title)).toEqual(['Post 0', 'Post 1', 'Post 2']);
  });

  describe('beyond maxBytes', () => {
    const words = (count: number) => ({ contentHtml: `<p>${'word '.repeat(count)}</p>` });

    test('long entries give, short ones stay whole', () => {
      const events = manyEvents(20, (index) => words(index === 7 ? 10_000 : 100));
      const { body } = requestOf('jsonfeed', events, { maxBytes: 65_536 });
      expect(body.length).toBeLessThanOrEqual(65_536);
      expect(body.length).toBeGreaterThan(60_000);
      const { items } = JSON.parse(body.toString());
      expect(items.flatMap(itemComplaints)).toEqual([]);
      const cut = items.map(({ _feedhook }: { _feedhook: { truncated?: string[] } }) => _feedhook.truncated);
      expect(cut.flatMap((names: string[] | undefined, index: number) => (names ? [index] : []))).toEqual([
        7,
      ]);
    });

    test('entries that are all long have equal shares', () => {
      const { body } = requestOf(
        'jsonfeed',
        manyEvents(20, () => words(5_000)),
        { maxBytes: 65_536 },
      );
      const { items } = JSON.parse(body.toString());
      const sizes = items.map((item: object) => JSON.stringify(item).length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(300);
      expect(body.length).toBeLessThanOrEqual(65_536);
    });
  });
});

describe('the level of equal shares', () => {
  test.each([
    [[10, 10, 10], 30, 10],
    [[10, 10, 10], 15, 5],
    [[1, 2, 100], 30, 27],
    [[100, 1, 50], 41, 20],
    [[], 5, Number.POSITIVE_INFINITY],
    [[0, 0], 0, 0],
    [[3, 4], 100, Number.POSITIVE_INFINITY],
  ])('of needs %j in a room of %d is %d', (needs, room, share) => {
    const found = level(needs, room);
    expect(Math.min(found, 1e9)).toBe(Math.min(share, 1e9));
    expect(needs.reduce((sum, need) => sum + Math.min(need, found), 0)).toBeLessThanOrEqual(room);
  });
});
