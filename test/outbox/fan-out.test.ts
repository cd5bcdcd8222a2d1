import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '../../src/model/event.ts';
import { fanOut } from '../../src/outbox/fan-out.ts';

const event = (id: string, type: StoredEvent['type'] = 'entry.new'): StoredEvent => ({
  id,
  type,
  feedId: 'f',
  detectedAt: 0,
  body: '{}',
});
const endpoints = [
  { id: 'app', events: ['entry.new', 'entry.updated'] },
  { id: 'chat', events: ['entry.new'] },
  { id: 'mute', events: [] },
] as const;

function pairs(events: readonly StoredEvent[], feedEndpointIds?: readonly string[]): string[] {
  return fanOut(events, feedEndpointIds, endpoints).map(
    ({ eventId, endpointId }) => `${eventId}>${endpointId}`,
  );
}

describe('which endpoints get an event', () => {
  test('all that subscribe to its type, when the feed names none', () => {
    expect(pairs([event('1')])).toEqual(['1>app', '1>chat']);
  });

  test('those the feed names, when it names some', () => {
    expect(pairs([event('1')], ['chat'])).toEqual(['1>chat']);
  });

  test('none, when the feed names none of them', () => {
    expect(pairs([event('1')], [])).toEqual([]);
  });

  test('not those that do not subscribe to its type', () => {
    expect(pairs([event('1', 'entry.updated')])).toEqual(['1>app']);
    expect(pairs([event('1', 'entry.updated')], ['chat'])).toEqual([]);
  });

  test('in the order of the events', () => {
    expect(pairs([event('2'), event('1', 'entry.updated'), event('3')])).toEqual([
      '2>app',
      '2>chat',
      '1>app',
      '3>app',
      '3>chat',
    ]);
  });

  test('an event that is withheld is withheld from each of them', () => {
    const withheld = { ...event('1'), isWithheld: true as const };
    expect(fanOut([withheld, event('2')], undefined, endpoints)).toEqual([
      { eventId: '1', endpointId: 'app', feedId: 'f', isWithheld: true },
      { eventId: '1', endpointId: 'chat', feedId: 'f', isWithheld: true },
      { eventId: '2', endpointId: 'app', feedId: 'f' },
      { eventId: '2', endpointId: 'chat', feedId: 'f' },
    ]);
  });

  test('a delivery names its feed', () => {
    expect(fanOut([event('1')], ['chat'], endpoints)).toEqual([
      { eventId: '1', endpointId: 'chat', feedId: 'f' },
    ]);
  });
});
