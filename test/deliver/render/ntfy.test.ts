// https://docs.ntfy.sh/publish/#publish-as-json

import { describe, expect, test } from '@jest/globals';
import { feedEvent } from '../../../src/outbox/feed-event.ts';
import { detectedAt, feed, notices } from '../../outbox/sample.ts';
import { eventOf, jsonOf, manyEvents, requestOf } from './requests.ts';

const topic = { to: 'news', content: 'summary' } as const;
const send = (fields: Parameters<typeof eventOf>[0] = {}, over: object = {}) =>
  jsonOf('ntfy', eventOf(fields), { ...topic, ...over });

describe('an entry', () => {
  test('is a title, its text and a link to click', () => {
    expect(send()).toEqual({
      topic: 'news',
      title: 'Plain text title',
      message: 'One or two plain sentences.\n\nExample security · J. Doe · 2026-11-20',
      click: 'https://example.org/posts/42',
      tags: ['rss'],
      priority: 3,
    });
  });

  test('has the priority of its endpoint', () => {
    expect(send({}, { priority: 5 }).priority).toBe(5);
  });

  test('is cut to 4096 bytes of message at the end of a character', () => {
    const { message } = send({ summary: 'ż👨‍👩‍👧‍👦'.repeat(1_000) });
    expect(Buffer.byteLength(message)).toBeGreaterThan(4_000);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096);
    expect(message).toMatch(/(?:ż|👨‍👩‍👧‍👦)…\n\n/u);
  });

  test('leads nowhere when its link is no web link', () => {
    expect(send({ url: 'javascript:alert(1)', externalUrl: 'intent://x' })).not.toHaveProperty('click');
  });

  test('without any text still has a message, or the server would say "triggered"', () => {
    expect(send({}, { content: 'none' }).message).toBe('Example security · J. Doe · 2026-11-20');
  });

  test('that was refused is shortened', () => {
    expect(send({ summary: 'word '.repeat(500) }, { isFallback: true }).message.length).toBeLessThan(600);
  });
});

test('several events are a list with their links below', () => {
  const events = manyEvents(2, (index) => ({ url: `https://example.org/${index}` }));
  const { title, message, click } = jsonOf('ntfy', events, topic);
  expect([title, click]).toEqual(['2 messages from Example security', undefined]);
  expect(message.split('\n')).toEqual([
    '• Post 0 — J. Doe · 2026-11-20',
    'https://example.org/0',
    '• Post 1 — J. Doe · 2026-11-20',
    'https://example.org/1',
  ]);
});

test('what is wrong with a feed has a warning sign', () => {
  expect(jsonOf('ntfy', feedEvent(notices['feed.error'], feed, detectedAt), topic).tags).toEqual(['warning']);
});

test('without a topic nothing can be rendered', () => {
  expect(() => requestOf('ntfy')).toThrow('no topic');
});
