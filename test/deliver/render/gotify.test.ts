// https://gotify.net/docs/pushmsg, https://gotify.net/docs/msgextras

import { expect, test } from '@jest/globals';
import { eventOf, jsonOf, manyEvents } from './requests.ts';

const send = (fields: Parameters<typeof eventOf>[0] = {}, over: object = {}) =>
  jsonOf('gotify', eventOf(fields), { content: 'summary', ...over });

test('an entry is a title and plain text with its link, which a notification opens', () => {
  expect(send()).toEqual({
    title: 'Plain text title',
    message: [
      'One or two plain sentences.',
      'Example security · J. Doe · 2026-11-20',
      'https://example.org/posts/42',
    ].join('\n\n'),
    priority: 5,
    extras: {
      'client::display': { contentType: 'text/plain' },
      'client::notification': { click: { url: 'https://example.org/posts/42' } },
    },
  });
});

test('an entry without a web link has no click', () => {
  expect(send({ url: 'javascript:x()', externalUrl: 'data:,x' }).extras).not.toHaveProperty(
    'client::notification',
  );
});

test('the priority is that of the endpoint', () => {
  expect(send({}, { priority: 10 }).priority).toBe(10);
});

test('a picture is not named: clients would fetch it', () => {
  expect(
    JSON.stringify(send({ image: 'https://example.org/a.png', title: '![x](https://example.org/a.png)' })),
  ).not.toMatch(/bigImageUrl|markdown/);
});

test('a long text is cut to the bytes of the endpoint', () => {
  const body = JSON.stringify(send({ summary: '日本語 "quoted" '.repeat(2_000) }, { maxBytes: 4_096 }));
  expect(Buffer.byteLength(body)).toBeGreaterThan(4_000);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4_096);
});

test('several events are a list, and what has no room is a number', () => {
  const { title, message } = jsonOf('gotify', manyEvents(20), { maxBytes: 1_024 });
  expect(title).toBe('20 messages from Example security');
  expect(message).toMatch(/^• Post 0.*\n(?:.*\n)+and \d+ more from Example security$/);
});
