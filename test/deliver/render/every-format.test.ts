// The matrix: one nasty entry through every format, with each `content`, alone and as many as a request can carry, in the usual
// form and the fallback, with the room that the format has and the least that feeds.yaml takes. What comes out is put before
// the judge of the target.

import { describe, expect, test } from '@jest/globals';
import { type Format, formats, traitsOf } from '../../../src/config/formats.ts';
import { renderRequest } from '../../../src/deliver/render/render.ts';
import type { Rendered } from '../../../src/deliver/render/rendered.ts';
import { DeliveryError } from '../../../src/errors.ts';
import type { StoredEvent } from '../../../src/model/event.ts';
import { judges } from './judges/judges.ts';
import { type Content, contents, nastyEvent, optionsFor, uncleanEvent } from './nasty.ts';

/** Of `maxBytes` in feeds.yaml. */
const leastBytes = 1_024;
const requestId = nastyEvent().id;

type Events = readonly [StoredEvent, ...StoredEvent[]];

const made: Record<Kind, StoredEvent[]> = { stored: [], unclean: [] };

/** Each is made once: the first is 300 kB of HTML. */
function eventAt(kind: Kind, index: number): StoredEvent {
  const event = made[kind][index] ?? (kind === 'stored' ? nastyEvent(index) : uncleanEvent(index));
  made[kind][index] = event;
  return event;
}

function events(kind: Kind, count: number): Events {
  return [eventAt(kind, 0), ...Array.from({ length: count - 1 }, (_, index) => eventAt(kind, index + 1))];
}

type Kind = 'stored' | 'unclean';

interface Case {
  readonly content: Content;
  readonly isFallback: boolean;
  readonly maxBytes: number;
  /** `unclean` would not come out of the outbox, and chats must not count on that: what they say is read by people. */
  readonly kind: Kind;
  readonly count: number;
}

function casesOf(format: Format): Case[] {
  const { isChat, maxBytes: most, mostEvents } = traitsOf[format];
  const each = <Value, Made>(values: readonly Value[], make: (value: Value) => readonly Made[]) =>
    values.flatMap(make);
  return each(contents, (content) =>
    each(isChat ? [false, true] : [false], (isFallback) =>
      each([most, leastBytes], (maxBytes) =>
        each<Kind, Case>(isChat ? ['stored', 'unclean'] : ['stored'], (kind) =>
          [...new Set([1, mostEvents])].map((count) => ({ content, isFallback, maxBytes, kind, count })),
        ),
      ),
    ),
  );
}

/** Ids and links of a machine format are never cut: an event may have too many of them for a small body. */
function rendered(format: Format, { kind, count, ...over }: Case): Rendered | 'too small' {
  try {
    return renderRequest(events(kind, count), optionsFor(format, { ...over, requestId }));
  } catch (error) {
    if (error instanceof DeliveryError && !traitsOf[format].isChat && over.maxBytes === leastBytes)
      return 'too small';
    throw error;
  }
}

describe.each(formats)('%s: a nasty entry', (format) => {
  test.each(contents)('with content "%s" keeps to what the target takes', (content) => {
    const found = casesOf(format)
      .filter((each) => each.content === content)
      .flatMap((each) => {
        const request = rendered(format, each);
        if (request === 'too small') return [];
        const { isFallback, maxBytes, kind, count } = each;
        const asked = { maxBytes, events: count, isFallback, content, requestId };
        const place = `${kind} × ${count}, ${maxBytes} bytes${isFallback ? ', fallback' : ''}`;
        return judges[format](request, asked).map((complaint) => `${place}: ${complaint}`);
      });
    expect([...new Set(found)]).toEqual([]);
  });

  test('gives the same bytes each time', () => {
    const [single] = casesOf(format);
    const once = single && rendered(format, single);
    expect(once).not.toBe('too small');
    expect(single && rendered(format, single)).toEqual(once);
  });
});
