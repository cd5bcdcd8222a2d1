// What every FeedStore promises.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FeedMemory } from '../../src/model/feed.ts';
import { deliveryOf, eventOf, knownEntry, memoryOf, stateOf } from './records.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const oddIds = [
  'a:b',
  '__proto__',
  'ein Leerzeichen',
  'żółć 🚀',
  '%',
  "'; DROP TABLE memory; --",
  'x'.repeat(500),
];

/** A memory as plain data, so that two can be compared whatever kind of map holds the entries. */
const plain = (memory: FeedMemory | undefined) => memory && { ...memory, entries: [...memory.entries] };

export function describeFeedStore(name: string, open: OpenStore): void {
  let store: StoreUnderTest;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
  });
  const feeds = () => store.backend.store;

  describe(`${name}: state`, () => {
    const note = {
      requestedAt: 1_800_000_000_500,
      nextPoll: { at: 1_800_003_600_500, reason: 'interval' },
    } as const;

    test('a feed that was never polled is absent from the answer', async () => {
      await feeds().writeState(stateOf('a'));
      expect([...(await feeds().readStates(['a', 'b'])).keys()]).toEqual(['a']);
      expect(await feeds().readStates([])).toEqual(new Map());
    });

    test('a state comes back whole, the last one written, also after a restart', async () => {
      const state = stateOf('a', {
        failures: 2,
        failingSince: 5,
        terms: { endedAt: 9, hasValidators: true, freshnessMs: 900_000, freshnessSource: 'max-age' },
      });
      await feeds().writeState(stateOf('a'));
      await feeds().writeState(state);
      await store.restart();
      expect((await feeds().readStates(['a'])).get('a')).toEqual(state);
    });

    test('a next poll that never comes by itself comes back as that', async () => {
      await feeds().writeState(
        stateOf('a', { nextPoll: { at: Number.POSITIVE_INFINITY, reason: 'gone-check' } }),
      );
      expect((await feeds().readStates(['a'])).get('a')?.nextPoll.at).toBe(Number.POSITIVE_INFINITY);
    });

    test.each(oddIds)('a feed id may be %j', async (feedId) => {
      await feeds().writeState(stateOf(feedId));
      await feeds().writeMemory(memoryOf(feedId, { outbox: ['evt_1'] }));
      expect((await feeds().readStates([feedId])).get(feedId)).toEqual(stateOf(feedId));
      await feeds().noteRequest(feedId, note);
      expect((await feeds().readStates([feedId])).get(feedId)).toEqual(stateOf(feedId, note));
      expect((await feeds().readMemory(feedId))?.outbox).toEqual(['evt_1']);
      expect(await feeds().feedsWithOutbox()).toEqual([feedId]);
    });

    test('a noted request is in force over its state, also after a restart, until the state is written', async () => {
      const state = stateOf('a', { failures: 2, requestedAt: 1_799_999_000_000 });
      await feeds().writeState(state);
      await feeds().writeState(stateOf('b'));
      await feeds().noteRequest('a', note);
      await store.restart();
      expect([...(await feeds().readStates(['a', 'b'])).values()]).toEqual([
        { ...state, ...note },
        stateOf('b'),
      ]);
      await feeds().writeState(stateOf('a'));
      expect((await feeds().readStates(['a'])).get('a')).toEqual(stateOf('a'));
    });

    test('of notes of one feed the last one is in force', async () => {
      const last = {
        requestedAt: 3,
        nextPoll: { at: Number.POSITIVE_INFINITY, reason: 'schedule' },
      } as const;
      await feeds().writeState(stateOf('a'));
      await Promise.all([feeds().noteRequest('a', note), feeds().noteRequest('a', last)]);
      expect((await feeds().readStates(['a'])).get('a')).toEqual(stateOf('a', last));
    });

    test('a note and a state asked at once are stored in this order', async () => {
      await feeds().writeState(stateOf('a'));
      await Promise.all([feeds().noteRequest('a', note), feeds().writeState(stateOf('a', { failures: 1 }))]);
      expect((await feeds().readStates(['a'])).get('a')).toEqual(stateOf('a', { failures: 1 }));
    });

    test('of writes asked at once, the last one stays', async () => {
      await Promise.all([1, 2, 3, 4].map((failures) => feeds().writeState(stateOf('a', { failures }))));
      expect((await feeds().readStates(['a'])).get('a')?.failures).toBe(4);
    });
  });

  describe(`${name}: memory`, () => {
    const full = memoryOf('a', {
      validators: {
        url: 'https://example.org/feed',
        etag: 'W/"ä\\"',
        lastModified: 'Fri, 20 Nov 2026 09:00:00 GMT',
      },
      bodyHash: 'ab'.repeat(32),
      baseline: { at: 1_800_000_000, entries: 2 },
      rung: 'guid',
      hints: { ttlMinutes: 60, skipHours: [1, 2] },
      sequence: 7,
      outbox: ['evt_b', 'evt_a'],
      entries: new Map([
        ['k2', knownEntry({ revision: 3 })],
        ['k1', knownEntry({ isShared: true, spelling: 'HTTP://Example.org', flaps: { title: { runs: 2 } } })],
        ['k0', knownEntry({ isDeleted: true })],
      ]),
      keyRules: 1,
      formerLadders: [{ rung: 'link', keyRules: 1 }],
      window: [
        { keyHash: 'k1', key: { source: 'guid', value: 'guid:żółć 🚀' }, id: 'żółć 🚀', title: '"\u2028' },
        {
          keyHash: 'k2',
          key: { source: 'link', value: 'link:https://example.org/' },
          datedAt: 5,
          absences: 2,
        },
      ],
    });

    test('an unknown feed has none', async () => {
      expect(await feeds().readMemory('a')).toBeUndefined();
    });

    test('a memory comes back whole, in its order, also after a restart', async () => {
      await feeds().writeMemory(full);
      await store.restart();
      expect(plain(await feeds().readMemory('a'))).toEqual(plain(full));
    });

    test('the entries that come back answer like any map', async () => {
      await feeds().writeMemory(full);
      const { entries } = (await feeds().readMemory('a')) ?? memoryOf('a');
      const visited: string[] = [];
      entries.forEach((known, key, map) => {
        visited.push(`${key} ${known.revision} ${map.size}`);
      });
      expect({
        size: entries.size,
        has: [entries.has('k1'), entries.has('k3')],
        get: [entries.get('k2')?.revision, entries.get('k3')],
        keys: [...entries.keys()],
        values: [...entries.values()].map(({ revision }) => revision),
        entries: [...entries.entries()].length,
        visited,
      }).toEqual({
        size: 3,
        has: [true, false],
        get: [3, undefined],
        keys: ['k2', 'k1', 'k0'],
        values: [3, 1, 1],
        entries: 3,
        visited: ['k2 3 3', 'k1 1 3', 'k0 1 3'],
      });
    });

    test('a memory that was read, changed in part and written keeps its entries', async () => {
      await feeds().writeMemory(full);
      const read = (await feeds().readMemory('a')) ?? memoryOf('a');
      await feeds().writeMemory({ ...read, outbox: [] });
      expect(plain(await feeds().readMemory('a'))).toEqual(plain({ ...full, outbox: [] }));
    });

    test('an older memory may come back over a newer one', async () => {
      await feeds().writeMemory({ ...full, sequence: 9 });
      await feeds().writeMemory(full);
      expect((await feeds().readMemory('a'))?.sequence).toBe(7);
    });

    test('the feeds with an outbox are exactly those whose last memory names an event', async () => {
      await feeds().writeMemory(memoryOf('a', { outbox: ['evt_1'] }));
      await feeds().writeMemory(memoryOf('b'));
      await feeds().writeMemory(memoryOf('c', { outbox: ['evt_2'] }));
      expect((await feeds().feedsWithOutbox()).sort()).toEqual(['a', 'c']);
      await feeds().writeMemory(memoryOf('a'));
      await feeds().writeMemory(memoryOf('b', { outbox: ['evt_3'] }));
      expect((await feeds().feedsWithOutbox()).sort()).toEqual(['b', 'c']);
    });
  });

  describe(`${name}: events`, () => {
    test('an event that was handed to the queue keeps its bytes', async () => {
      const first = eventOf('evt_1', { entryKey: 'guid:1', sequence: 3 });
      await feeds().addEvents([first]);
      await store.backend.deliveries.add([deliveryOf('evt_1')]);
      const again = eventOf('evt_1', { body: 'other', sequence: 4, isWithheld: true });
      await feeds().addEvents([again, eventOf('evt_2')]);
      await store.restart();
      expect(await feeds().readEvents(['evt_1', 'evt_2'])).toEqual([first, eventOf('evt_2')]);
    });

    test.each([
      ['withheld', { isWithheld: true as const }, {}],
      ['not withheld', {}, { isWithheld: true as const }],
    ])('one that was not is what the last call says, also %s', async (_, last, first) => {
      await feeds().addEvents([eventOf('evt_1', { ...first, sequence: 3, body: 'one' })]);
      const again = eventOf('evt_1', { ...last, sequence: 4, body: 'other', detectedAt: store.now() });
      await feeds().addEvents([again]);
      await store.restart();
      expect(await feeds().readEvents(['evt_1'])).toEqual([again]);
    });

    test('events come back whole, in the order asked, without those that do not exist', async () => {
      const event = eventOf('evt_1', { entryKey: 'guid:1', sequence: 3, body: '{"t":"🚀\u2028"}' });
      await feeds().addEvents([event, eventOf('evt_2')]);
      await store.restart();
      expect(await feeds().readEvents(['evt_2', 'evt_9', 'evt_1'])).toEqual([eventOf('evt_2'), event]);
      expect(await feeds().readEvents([])).toEqual([]);
    });

    test('a list of thousands is stored whole', async () => {
      const events = Array.from({ length: 2_500 }, (_, place) => eventOf(`evt_${place}`));
      await feeds().addEvents(events);
      expect(await feeds().readEvents(events.map(({ id }) => id))).toEqual(events);
    });
  });
}
