// What counts as missing, doubled and merely repeated in the table that ends the tour.

import { describe, expect, test } from '@jest/globals';
import { type Arrival, isAcceptance } from '../../../src/commands/demo/receiver.ts';
import { tally } from '../../../src/commands/demo/tally.ts';

const restartedAt = 1_000;
const published = [{ feedId: 'f', entryId: 'e', title: 'E' }];

function arrival(over: Partial<Arrival> & { entryId?: string } = {}): Arrival {
  const { entryId = 'e', ...rest } = over;
  return {
    number: 1,
    at: 0,
    path: '/hook',
    headers: {},
    webhookId: 'evt_1',
    body: Buffer.from(''),
    bodyHash: 'hash',
    event: { data: { feed: { id: 'f' }, entry: { id: entryId } } },
    reply: { answer: 200 },
    ...rest,
  };
}

const good = { missing: 0, doubled: 0, repeated: 0, unexpected: 0, isClean: true };

describe('the tally', () => {
  test.each<{ name: string; arrivals: Arrival[]; expected: object }>([
    { name: 'accepted once: clean', arrivals: [arrival()], expected: good },
    { name: 'never arrived: missing', arrivals: [], expected: { ...good, missing: 1, isClean: false } },
    {
      name: 'arrived and refused with a 503: still missing',
      arrivals: [arrival({ reply: { answer: 503 } })],
      expected: { ...good, missing: 1, isClean: false },
    },
    {
      name: 'failed, then accepted: clean',
      arrivals: [arrival({ reply: { answer: 503 } }), arrival()],
      expected: good,
    },
    {
      name: 'accepted before the kill and after the restart: repeated, and clean',
      arrivals: [arrival({ at: 990 }), arrival({ at: 1_500 })],
      expected: { ...good, repeated: 1 },
    },
    {
      name: 'accepted twice with no crash between: doubled',
      arrivals: [arrival({ at: 1_400 }), arrival({ at: 1_500 })],
      expected: { ...good, doubled: 1, isClean: false },
    },
    {
      name: 'accepted three times: doubled',
      arrivals: [arrival({ at: 990 }), arrival({ at: 1_500 }), arrival({ at: 1_600 })],
      expected: { ...good, doubled: 1, isClean: false },
    },
    {
      name: 'accepted under two ids, even over the crash: doubled',
      arrivals: [arrival({ at: 990 }), arrival({ at: 1_500, webhookId: 'evt_2' })],
      expected: { ...good, doubled: 1, isClean: false },
    },
    {
      name: 'other bytes under the same id: doubled',
      arrivals: [arrival({ at: 990 }), arrival({ at: 1_500, bodyHash: 'other' })],
      expected: { ...good, doubled: 1, isClean: false },
    },
    {
      name: 'an entry of the baseline: not asked for',
      arrivals: [arrival(), arrival({ entryId: 'old' })],
      expected: { ...good, unexpected: 1, isClean: false },
    },
    {
      name: 'an unverified request: counts as missing and is not clean',
      arrivals: [arrival({ refusal: 'no matching signature' })],
      expected: { ...good, missing: 1, isClean: false },
    },
  ])('$name', ({ arrivals, expected }) => {
    const result = tally({
      published,
      arrivals,
      accepted: arrivals.filter(isAcceptance),
      restartedAt,
      feeds: 1,
      origin: { requests: 0, unconditional: 0, notModified: 0, bytesSent: 0, bytesSaved: 0 },
    });
    expect({ ...result, missing: result.missing.length }).toMatchObject(expected);
  });
});
