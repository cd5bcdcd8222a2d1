// https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid

import { expect, test } from '@jest/globals';
import { eventOf, jsonOf, manyEvents, requestOf } from './requests.ts';

const room = { to: '!abc:example.org', content: 'summary', requestId: 'evt_1' } as const;
const send = (fields: Parameters<typeof eventOf>[0] = {}, over: object = {}) =>
  jsonOf('matrix', eventOf(fields), { ...room, ...over });

test('an entry is a notice with a plain and a rich text that mentions nobody', () => {
  expect(send()).toEqual({
    msgtype: 'm.notice',
    body: [
      'Plain text title',
      'https://example.org/posts/42',
      'Example security · J. Doe · 2026-11-20',
      '',
      'One or two plain sentences.',
    ].join('\n'),
    format: 'org.matrix.custom.html',
    formatted_body: [
      '<strong><a href="https://example.org/posts/42">Plain text title</a></strong>',
      '<em>Example security · J. Doe · 2026-11-20</em>',
      '',
      'One or two plain sentences.',
    ].join('<br>'),
    'm.mentions': {},
  });
});

test.each([
  ['!abc:example.org', '!abc%3Aexample.org'],
  ['!a/b?c#d:example.org', '!a%2Fb%3Fc%23d%3Aexample.org'],
  ['!żółć:example.org', '!%C5%BC%C3%B3%C5%82%C4%87%3Aexample.org'],
])('a request is put into the room %s under the id of the request', (to, segment) => {
  const { method, path } = requestOf('matrix', eventOf(), { ...room, to });
  expect(method).toBe('PUT');
  expect(path).toBe(`/_matrix/client/v3/rooms/${segment}/send/m.room.message/evt_1`);
});

test('the same events with another id are another transaction', () => {
  expect(requestOf('matrix', eventOf(), { ...room, requestId: 'bat_2' }).path).toMatch(/\/bat_2$/);
});

test('markup of an entry is text', () => {
  const { body, formatted_body: html } = send({ title: '<mx-reply> & "you"', summary: 'a &lt;b&gt;\nc' });
  expect(body).toContain('<mx-reply> & "you"');
  expect(html).toContain('&lt;mx-reply&gt; &amp; &quot;you&quot;');
});

test('both texts of a long entry leave room for what the server adds to an event', () => {
  const { body } = requestOf('matrix', eventOf({ contentText: 'a\n&\u2028'.repeat(20_000) }), {
    ...room,
    content: 'text',
    maxBytes: 1_000_000,
  });
  expect(body.length).toBeGreaterThan(55_000);
  expect(body.length).toBeLessThanOrEqual(60_000);
});

test('what was refused is sent without markup', () => {
  const body = send({}, { isFallback: true });
  expect(Object.keys(body)).toEqual(['msgtype', 'body', 'm.mentions']);
});

test('several events are a list', () => {
  const { formatted_body: html } = jsonOf('matrix', manyEvents(2), room);
  expect(html).toMatch(
    /^<strong>2 messages from Example security<\/strong><ul><li><a .*<\/li><li>.*<\/li><\/ul>$/,
  );
});

test('without a room nothing can be rendered', () => {
  expect(() => requestOf('matrix')).toThrow('no room');
});
