import { describe, expect, test } from '@jest/globals';
import { deletion, feed, label } from '../../outbox/sample.ts';
import { itemComplaints } from '../../support/json-feed-item.ts';
import { eventOf, jsonOf, pingEvent, requestOf } from './requests.ts';

const long = 'Words and words. '.repeat(6_000);
const longEvent = eventOf({
  contentHtml: `<p><b>${long}</b></p>`,
  contentText: long,
  summary: long,
  summaryIsText: true,
});

describe('the standard format', () => {
  test.each([
    ['an entry', eventOf()],
    ['an entry that fills the payload', longEvent],
    ['a deletion', eventOf(label, deletion)],
    ['a test', pingEvent],
  ])('sends the stored text of %s byte for byte', (_, event) => {
    expect(requestOf('standard', event).body.toString()).toBe(event.body);
  });

  test('what is about no entry is sent whole whatever content is wanted', () => {
    expect(requestOf('standard', pingEvent, { content: 'none' }).body.toString()).toBe(pingEvent.body);
  });

  test('a deletion has no content to leave out', () => {
    const event = eventOf(label, deletion);
    expect(requestOf('standard', event, { content: 'none' }).body.toString()).toBe(event.body);
  });

  test('a smaller maxBytes cuts content_html first, then content_text, then summary', () => {
    const cutAt = (maxBytes: number) => {
      const { entry } = jsonOf('standard', longEvent, { maxBytes }).data;
      expect(itemComplaints(entry)).toEqual([]);
      return entry._feedhook.truncated;
    };
    const short = eventOf({ contentHtml: `<p>${'b '.repeat(4_000)}</p>`, contentText: 'short' });
    expect(jsonOf('standard', short, { maxBytes: 4_096 }).data.entry._feedhook.truncated).toEqual([
      'content_html',
    ]);
    expect(cutAt(16_384)).toEqual(['content_html', 'content_text', 'summary']);
  });

  test('where texts are not enough, the rest follows down to ids and links', () => {
    const categories = Array.from({ length: 40 }, (_, index) => ({
      term: `tag ${index}`,
      label: `Tag ${index}`,
    }));
    const crowded = eventOf({ categories, title: 'x'.repeat(3_000), rights: 'r'.repeat(500) });
    const { entry } = jsonOf('standard', crowded, { maxBytes: 1_200 }).data;
    expect(itemComplaints(entry)).toEqual([]);
    expect(entry).toMatchObject({ id: 'tag:example.org,2026:post-42', url: 'https://example.org/posts/42' });
    expect(entry._feedhook).toMatchObject({ key: 'guid:tag:example.org,2026:post-42', sequence: 1_042 });
    expect(entry._feedhook.truncated).toEqual([
      ...['content_html', 'content_text', 'summary', 'attachments', 'tags'],
      ...['source', 'categories', 'rights', 'authors', 'title'],
    ]);
  });

  test('an id that is too long for it is not cut: nothing is sent', () => {
    const event = eventOf({ id: `urn:${'x'.repeat(2_000)}` });
    expect(() => requestOf('standard', event, { maxBytes: 2_048 })).toThrow(
      expect.objectContaining({ code: 'event-unrenderable' }),
    );
  });

  test('a larger maxBytes changes nothing', () => {
    expect(requestOf('standard', longEvent, { maxBytes: 1_048_576 }).body.toString()).toBe(longEvent.body);
  });

  test('the feed is told as it is', () => {
    expect(jsonOf('standard', longEvent, { maxBytes: 8_192 }).data.feed.title).toBe(feed.facts.title);
  });
});
