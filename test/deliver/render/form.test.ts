import { describe, expect, test } from '@jest/globals';
import type { RenderOptions } from '../../../src/deliver/render/rendered.ts';
import { deletion, label } from '../../outbox/sample.ts';
import { eventOf, pingEvent, requestOf } from './requests.ts';

const fieldsOf = (event = eventOf(), over: Partial<RenderOptions> = {}) =>
  new URLSearchParams(requestOf('form', event, over).body.toString());

describe('the form format', () => {
  test.each([
    ['markup of forms', 'a=b&c+d%20e;f#g'],
    ['emoji, separators and quotes', '👩‍🚀 \u2028 "x" \\'],
    ['line feeds', 'a\nb'],
  ])('a title with %s is one field', (_, title) => {
    const fields = fieldsOf(eventOf({ title }));
    expect(fields.get('title')).toBe(title);
    expect(fields.get('feed_id')).toBe('example-security');
  });

  test('what there are several of is repeated', () => {
    const fields = fieldsOf(
      eventOf({
        categories: [{ term: 'a' }, { term: 'b' }],
        authors: [{ name: 'J' }, { url: 'https://k.example/' }],
      }),
    );
    expect(fields.getAll('tags')).toEqual(['a', 'b']);
    expect(fields.getAll('author')).toEqual(['J', 'https://k.example/']);
  });

  test.each([
    ['both', 'html', true],
    ['html', 'html', false],
    ['text', 'text', false],
  ] as const)('content %s is of type %s', (content, type, hasText) => {
    const fields = fieldsOf(eventOf(), { content });
    expect(fields.get('content_type')).toBe(type);
    expect(fields.has('content_text')).toBe(hasText);
  });

  test('what is unknown has no field', () => {
    const fields = fieldsOf(eventOf({ title: '', language: '' }));
    expect([fields.has('title'), fields.has('language')]).toEqual([false, false]);
  });

  test('a deletion says why', () => {
    const fields = fieldsOf(eventOf(label, deletion));
    expect([fields.get('event'), fields.get('entry_id'), fields.get('reason')]).toEqual([
      'entry.deleted',
      'tag:example.org,2026:post-42',
      'tombstone',
    ]);
    expect(fields.has('content')).toBe(false);
  });

  test('a test has its message', () => {
    expect(fieldsOf(pingEvent).get('message')).toBe('Hello');
  });

  test('maxBytes counts what is percent-encoded', () => {
    const text = '日本語 '.repeat(5_000);
    const { body } = requestOf('form', eventOf({ contentHtml: `<p>${text}</p>`, contentText: text }));
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(55_000);
  });
});
