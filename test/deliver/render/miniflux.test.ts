import { describe, expect, test } from '@jest/globals';
import { deletion, feed, label } from '../../outbox/sample.ts';
import { eventOf, jsonOf, manyEvents, pingEvent, requestOf } from './requests.ts';

const entryOf = (...request: Parameters<typeof eventOf>) =>
  jsonOf('miniflux', eventOf(...request)).entries[0];

describe('the webhook of Miniflux', () => {
  test('ids are of the entry, whatever its revision, and of no other', () => {
    const [first, second] = [
      entryOf({ title: 'One' }),
      entryOf({ title: 'Two' }, { type: 'entry.updated', revision: 2 }),
    ];
    expect([second.id, second.hash]).toEqual([first.id, first.hash]);
    const all = jsonOf('miniflux', manyEvents(50)).entries;
    expect(new Set(all.map(({ id }: { id: number }) => id)).size).toBe(50);
    for (const { id, feed_id } of all) {
      expect(Number.isSafeInteger(id) && id > 0).toBe(true);
      expect(feed_id).toBe(first.feed_id);
    }
  });

  test('the same key in another feed is another entry', () => {
    expect(entryOf({}, {}, { ...feed, id: 'other' }).id).not.toBe(entryOf().id);
  });

  test('the first label is the category', () => {
    expect(jsonOf('miniflux').feed.category.title).toBe('security');
    const { category, category_id } = jsonOf('miniflux', eventOf({}, {}, { ...feed, labels: [] })).feed;
    expect([category, category_id]).toEqual([{ id: 1, title: 'All' }, 1]);
  });

  test.each([
    ['no words', '', 0],
    ['a few words', 'some words', 1],
    ['265 words', 'word '.repeat(265), 1],
    ['266 words', 'word '.repeat(266), 2],
    ['1,000 characters of Japanese', '日本'.repeat(500), 2],
  ])('reading time of %s', (_, contentText, minutes) => {
    expect(entryOf({ contentHtml: '', contentText, summary: 'S', summaryIsText: true }).reading_time).toBe(
      minutes,
    );
  });

  test('the reading time is that of the whole text, be it sent or not', () => {
    const event = eventOf({ contentHtml: `<p>${'word '.repeat(600)}</p>` });
    expect(jsonOf('miniflux', event, { content: 'none' }).entries[0]).toMatchObject({
      reading_time: 3,
      content: '',
    });
  });

  test('content is HTML, also that of a text', () => {
    const event = eventOf({
      contentHtml: '',
      contentText: 'a < b\nc & d',
      summary: 'S',
      summaryIsText: true,
    });
    expect(jsonOf('miniflux', event).entries[0].content).toBe('a &lt; b<br>c &amp; d');
  });

  test('an entry without a title has its link for one', () => {
    expect(entryOf({ title: '' }).title).toBe('https://example.org/posts/42');
  });

  test('an entry that is gone is removed', () => {
    expect(entryOf(label, deletion)).toMatchObject({ status: 'removed', content: '' });
  });

  test('a test has no entries', () => {
    expect(jsonOf('miniflux', pingEvent)).toMatchObject({ event_type: 'new_entries', entries: [] });
    expect(requestOf('miniflux', pingEvent).headers).toEqual({ 'x-miniflux-event-type': 'new_entries' });
  });
});
