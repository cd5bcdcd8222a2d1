// Whatever an event says, what machines are sent is a valid document within its limit.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../../../src/config/config.ts';
import { traitsOf } from '../../../src/config/formats.ts';
import { renderRequest } from '../../../src/deliver/render/render.ts';
import type { StoredEvent } from '../../../src/model/event.ts';
import { parseText } from '../../parse/documents.ts';
import { itemComplaints } from '../../support/json-feed-item.ts';
import { eventOf, machineFormats, optionsOf } from './requests.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '<p>',
      '</',
      '&',
      ']]>',
      '{{',
      '}}',
      '{%',
      '\ud800',
      '\u2028',
      '\0',
      '\r',
      '%',
      'ü',
      '😀',
    ),
    maxLength: 40,
  }),
  fc
    .tuple(
      fc.constantFrom('<b>ä', 'x ', '"', '&amp;', '😀', '\u0001', '日'),
      fc.integer({ min: 0, max: 30_000 }),
    )
    .map(([unit, times]) => unit.repeat(times)),
);
const short = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });

/** Not as the outbox would write it: any string may stand in any field, but no link is beyond all limits. */
const event = fc
  .record({
    id: short,
    title: text,
    summary: text,
    content_html: text,
    content_text: text,
    image: short,
    language: short,
    tags: fc.array(short, { maxLength: 3 }),
    authors: fc.array(fc.record({ name: short }), { maxLength: 3 }),
    key: short,
  })
  .map(({ key, ...fields }): StoredEvent => {
    const made = eventOf();
    const payload = JSON.parse(made.body);
    Object.assign(payload.data.entry, fields);
    payload.data.entry._feedhook.key = key;
    payload.data.feed.title = fields.title.slice(0, 100);
    // As an escape, which a stored body does not have but JSON allows.
    return { ...made, body: JSON.stringify(payload) };
  });

const content = fc.constantFrom<Content>('none', 'summary', 'text', 'html', 'both');
const room = fc.constantFrom(16_384, 65_536);

const judges: Readonly<Record<(typeof machineFormats)[number], (body: string, count: number) => void>> = {
  standard: (body) => expect(itemShape(JSON.parse(body).data.entry)).toEqual([]),
  cloudevents: (body) => {
    const { data, ...attributes } = JSON.parse(body);
    expect(itemShape(data.entry)).toEqual([]);
    for (const value of Object.values(attributes)) expect(value).toMatch(/^[^\u0000-\u001f\u007f-\u009f]+$/);
  },
  jsonfeed: (body, count) => {
    const { items } = JSON.parse(body);
    expect(items.flatMap(itemShape)).toEqual([]);
    expect(items.length).toBe(count);
  },
  atom: (body, count) => expect(parseText(body).entries).toHaveLength(count),
  form: (body) => expect(body).toMatch(/^[\w.*+&=%-]+$/),
  template: (body) => expect(Object.keys(JSON.parse(body))).toContain('entry'),
  miniflux: (body, count) => expect(JSON.parse(body).entries).toHaveLength(count),
  superfeedr: (body, count) => expect(JSON.parse(body).items).toHaveLength(count),
};

/** The image of this test need be no URL. */
function itemShape(item: object): string[] {
  return itemComplaints(item).filter((complaint) => !complaint.startsWith('image '));
}

describe.each(machineFormats)('%s', (format) => {
  const { mostEvents } = traitsOf[format];

  test('any event is a valid document within maxBytes, and well-formed', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: Math.min(mostEvents, 3) }),
        content,
        room,
        (events, wanted, maxBytes) => {
          const [first, ...others] = events;
          if (first === undefined) return;
          const { body } = renderRequest(
            [first, ...others],
            optionsOf(format, { content: wanted, maxBytes }),
          );
          const sent = body.toString();
          expect(body.length).toBeLessThanOrEqual(maxBytes);
          expect(Buffer.from(sent).equals(body)).toBe(true);
          if (format !== 'standard') expect(sent).not.toMatch(/\\ud[89a-f]/);
          const keys = new Set(events.map(({ body: stored }) => JSON.parse(stored).data.entry._feedhook.key));
          judges[format](sent, keys.size);
        },
      ),
      { numRuns: 30 },
    );
  });
});
