import { describe, expect, test } from '@jest/globals';
import type { Content } from '../../../src/config/config.ts';
import { summaryLength } from '../../../src/deliver/render/content.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { feed } from '../../outbox/sample.ts';
import { itemComplaints } from '../../support/json-feed-item.ts';
import { eventOf, jsonOf } from './requests.ts';

const html = '<p>Sanitised <a href="https://example.org/posts/43">HTML</a></p>';

function shown(content: Content, fields: Partial<Entry> = {}) {
  const { entry } = jsonOf('standard', eventOf(fields), { content }).data;
  expect(itemComplaints(entry)).toEqual([]);
  return entry;
}

const textsOf = ({ summary, content_html, content_text }: ReturnType<typeof shown>) => ({
  summary,
  content_html,
  content_text,
});

describe('content', () => {
  test.each<[Content, object]>([
    ['none', { content_text: '' }],
    ['summary', { summary: 'One or two plain sentences.', content_text: 'One or two plain sentences.' }],
    ['text', { summary: 'One or two plain sentences.', content_text: 'Sanitised HTML' }],
    ['html', { summary: 'One or two plain sentences.', content_html: html }],
    ['both', { summary: 'One or two plain sentences.', content_html: html, content_text: 'Sanitised HTML' }],
  ])('%s', (content, expected) => {
    expect(textsOf(shown(content))).toEqual(expected);
  });

  test('all else is left as it is, in its order', () => {
    const { content_html: _, ...others } = shown('both');
    expect(JSON.stringify(shown('text'))).toBe(JSON.stringify(others));
  });

  describe('an entry without a summary', () => {
    const noSummary = { summary: undefined } as unknown as Partial<Entry>;

    test('has the beginning of its text instead, and says so', () => {
      const entry = shown('summary', { ...noSummary, contentHtml: `<p>${'Many words. '.repeat(100)}</p>` });
      expect(entry).not.toHaveProperty('summary');
      expect([...entry.content_text]).toHaveLength(summaryLength);
      expect(entry.content_text).toMatch(/^Many words\. .*…$/);
      expect(entry._feedhook.truncated).toEqual(['content_text']);
    });

    test('has all of a short text', () => {
      const entry = shown('summary', noSummary);
      expect(entry.content_text).toBe('Sanitised HTML');
      expect(entry._feedhook).not.toHaveProperty('truncated');
    });
  });

  test('an entry without HTML has its text where HTML is wanted', () => {
    const entry = shown('html', {
      contentHtml: '',
      contentText: 'Only text',
      summary: 'Plain',
      summaryIsText: true,
    });
    expect(textsOf(entry)).toEqual({ summary: 'Plain', content_text: 'Only text' });
  });

  describe('truncated names what is sent and was cut', () => {
    const long = 'Words and words. '.repeat(6_000);
    const fields = { contentHtml: `<p>${long}</p>`, contentText: long, title: 'x'.repeat(5_000) };

    test.each<[Content, string[]]>([
      ['both', ['title', 'content_html', 'content_text']],
      ['text', ['title', 'content_text']],
      // Nothing is left of the HTML, so the text stands in for it.
      ['html', ['title', 'content_html', 'content_text']],
      ['summary', ['title']],
      ['none', ['title']],
    ])('with content %s', (content, expected) => {
      expect(shown(content, fields)._feedhook.truncated).toEqual(expected);
    });

    test('a summary that was cut is a cut text, too', () => {
      const entry = shown('summary', { ...fields, summary: long, summaryIsText: true });
      expect(entry._feedhook.truncated).toEqual(['title', 'summary', 'content_text']);
    });
  });

  test.each<[Content, boolean]>([
    ['none', false],
    ['summary', false],
    ['text', false],
    ['html', true],
    ['both', true],
  ])('the raw content goes with the HTML: %s', (content, isThere) => {
    const event = eventOf({}, {}, { ...feed, rawContent: true });
    const { _feedhook } = jsonOf('standard', event, { content }).data.entry;
    expect('content_raw' in _feedhook).toBe(isThere);
  });
});
