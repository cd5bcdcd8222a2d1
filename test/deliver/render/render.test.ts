import { describe, expect, test } from '@jest/globals';
import { formats, traitsOf } from '../../../src/config/formats.ts';
import { feedEvent } from '../../../src/outbox/feed-event.ts';
import { detectedAt, feed, notices } from '../../outbox/sample.ts';
import { eventOf, machineFormats, manyEvents, pingEvent, requestOf } from './requests.ts';

const unrenderable = (message: RegExp) =>
  expect.objectContaining({ code: 'event-unrenderable', message: expect.stringMatching(message) });

describe('what cannot be rendered', () => {
  test.each(machineFormats)('%s: never more bytes than the endpoint takes', (format) => {
    const event = eventOf({
      id: `urn:${'x'.repeat(3_000)}`,
      url: `https://example.org/${'y'.repeat(3_000)}`,
    });
    expect(() => requestOf(format, event, { maxBytes: 2_048 })).toThrow(unrenderable(/bytes, not 2048, of /));
  });

  test.each(formats.filter((format) => traitsOf[format].mostEvents === 1))(
    '%s: a second event is not dropped',
    (format) => {
      expect(() => requestOf(format, manyEvents(2))).toThrow(unrenderable(/^2 events, not 1, of /));
    },
  );

  test.each(formats.filter((format) => traitsOf[format].entriesOnly && traitsOf[format].mostEvents > 1))(
    '%s: what happened to a feed has no place among entries',
    (format) => {
      const event = feedEvent(notices['feed.gone'], feed, detectedAt);
      expect(() => requestOf(format, event)).toThrow(unrenderable(/feed\.gone.* has no entry/));
    },
  );

  test.each([
    ['no JSON', 'nonsense'],
    ['empty', ''],
    ['that of another event', '{"id":"evt_other"}'],
  ])('a body that is %s', (_, body) => {
    expect(() => requestOf('standard', { ...pingEvent, body })).toThrow(unrenderable(/evt_ping/));
  });
});

test.each(machineFormats)('%s: a test by hand has a form in it', (format) => {
  expect(requestOf(format, pingEvent).body.length).toBeGreaterThan(1);
});
