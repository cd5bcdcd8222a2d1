import { describe, expect, test } from '@jest/globals';
import { feedEvent } from '../../../src/outbox/feed-event.ts';
import { detectedAt, feed, notices } from '../../outbox/sample.ts';
import { eventOf, jsonOf, pingEvent, requestOf } from './requests.ts';

const long = 'Words & "words". '.repeat(6_000);

describe('CloudEvents 1.0.2, structured mode', () => {
  test('data is that of the standard format', () => {
    expect(jsonOf('cloudevents').data).toEqual(jsonOf('standard').data);
  });

  test('64 KiB hold on the wire, attributes included', () => {
    const event = eventOf({ contentHtml: `<p>${long}</p>` });
    const { body } = requestOf('cloudevents', event);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(60_000);
    expect(JSON.parse(body.toString()).data.entry._feedhook.truncated).toContain('content_html');
  });

  test.each([
    ['as configured', 'https://example.org/feed', 'https://example.org/feed'],
    [
      'with letters that no URI has',
      'https://example.org/ä b|c?q={x}',
      'https://example.org/%C3%A4%20b%7Cc?q=%7Bx%7D',
    ],
    ['with a percent sign that encodes nothing', 'https://example.org/100%', 'https://example.org/100%25'],
  ])('§source is a URI-reference: a feed URL %s', (_, url, source) => {
    expect(jsonOf('cloudevents', eventOf({}, {}, { ...feed, url })).source).toBe(source);
  });

  test('§Type System: control characters of an id are not in the subject, and are in data', () => {
    const { subject, data } = jsonOf('cloudevents', eventOf({ id: 'a\tb\u0085c\ufdd0d' }));
    expect(subject).toBe('abcd');
    expect(data.entry.id).toBe('a\tb\u0085c\ufdd0d');
  });

  test('an id of nothing else has no subject, which must not be empty', () => {
    expect(jsonOf('cloudevents', eventOf({ id: '\u0001' }))).not.toHaveProperty('subject');
  });

  test('sequence extension: numbers order as texts', () => {
    const sequences = [9, 10, 1_042, 4_294_967_296].map(
      (sequence) => jsonOf('cloudevents', eventOf({}, { sequence })).sequence,
    );
    expect(sequences).toEqual(['0000000009', '0000000010', '0000001042', '4294967296']);
    expect(sequences.toSorted()).toEqual(sequences);
  });

  test('what happened to a feed has neither subject nor sequence', () => {
    const event = feedEvent(notices['feed.gone'], feed, detectedAt);
    const sent = jsonOf('cloudevents', event);
    expect(sent).toMatchObject({
      type: 'feedhook.feed.gone',
      source: 'https://example.org/feed',
      id: event.id,
    });
    expect(sent).not.toHaveProperty('subject');
    expect(sent).not.toHaveProperty('sequence');
  });

  test('what is about no feed comes from feedhook itself', () => {
    expect(jsonOf('cloudevents', pingEvent)).toMatchObject({
      type: 'feedhook.test.ping',
      source: 'urn:feedhook:events',
      data: { message: 'Hello' },
    });
  });
});
