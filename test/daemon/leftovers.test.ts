import { beforeEach, describe, expect, test } from '@jest/globals';
import { Leftovers } from '../../src/daemon/leftovers.ts';
import { vitalSigns } from '../../src/daemon/vital-signs.ts';
import { StoreError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { FeedMemory } from '../../src/model/feed.ts';
import type { PollTools } from '../../src/poll.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let memories: Map<string, FeedMemory>;
let added: string[];
let lists: number;
let broken: string | undefined;
beforeEach(() => {
  clock = new FakeClock();
  memories = new Map();
  added = [];
  lists = 0;
  broken = undefined;
});

const memory = (feedId: string, ...outbox: string[]): FeedMemory => ({
  feedId,
  hints: {},
  entries: new Map(),
  sequence: 0,
  outbox,
});

function leftovers(): Leftovers {
  const store = {
    readMemory: async (feedId: string) => {
      if (feedId === broken) throw new StoreError('store-corrupt', 'damaged', { feedId });
      return memories.get(feedId);
    },
    writeMemory: async (written: FeedMemory) => void memories.set(written.feedId, written),
    feedsWithOutbox: async () => {
      lists += 1;
      return [...memories.values()].filter(({ outbox }) => outbox.length > 0).map(({ feedId }) => feedId);
    },
  };
  const tools = {
    store: { ...store, readEvents: async (ids: readonly string[]) => ids.map((id) => ({ id })) },
    queue: {
      add: async (deliveries: readonly { eventId: string }[]) =>
        void added.push(...deliveries.map(({ eventId }) => eventId)),
    },
    fanOut: (feedId: string, events: readonly { id: string }[]) =>
      events.map(({ id }) => ({ eventId: id, endpointId: 'app', feedId })),
  } as unknown as PollTools;
  return new Leftovers({ store, poll: () => tools, clock, log: silentLog });
}

describe('what a crash left in outboxes', () => {
  test('is handed over and cleared, all of it where nobody else works', async () => {
    memories = new Map(
      [memory('a', 'a1'), memory('b'), memory('c', 'c1', 'c2')].map((each) => [each.feedId, each]),
    );
    await leftovers().relayAll();
    expect(added).toEqual(['a1', 'c1', 'c2']);
    expect([...memories.values()].flatMap(({ outbox }) => outbox)).toEqual([]);
  });

  test('is handed over of the feeds of a lane alone where lanes are shared', async () => {
    memories = new Map([memory('a', 'a1'), memory('b', 'b1')].map((each) => [each.feedId, each]));
    await leftovers().relay([{ id: 'a' }, { id: 'c' }]);
    expect(added).toEqual(['a1']);
    expect(memories.get('b')?.outbox).toEqual(['b1']);
  });

  test('is listed once for lanes that come together, and again for one that comes later', async () => {
    const left = leftovers();
    await Promise.all([left.relay([{ id: 'a' }]), left.relay([{ id: 'b' }])]);
    expect(lists).toBe(1);
    memories.set('a', memory('a', 'a1'));
    await left.relay([{ id: 'a' }]);
    expect(added).toEqual([]);
    await clock.advance(5_000);
    await left.relay([{ id: 'a' }]);
    expect(added).toEqual(['a1']);
  });

  test('of one feed whose memory is damaged keeps no other from being handed over', async () => {
    memories = new Map([memory('a', 'a1'), memory('b', 'b1')].map((each) => [each.feedId, each]));
    broken = 'a';
    await leftovers().relayAll();
    expect(added).toEqual(['b1']);
  });
});

describe('the vital signs', () => {
  const signs = { running: 1, lastLaneEndedAt: 5, earliestLaneDueAt: 7 };

  test('of a store of our own are those of the scheduler', async () => {
    expect(await vitalSigns(signs, { isShared: false })).toEqual(signs);
  });

  test.each<[string, object, number | undefined, object]>([
    ['come from the queue', {}, 9, { earliestLaneDueAt: 9 }],
    ['know of no lane where none is due', {}, undefined, {}],
    [
      'are well again when the store answers',
      { storeFault: 'store-unreachable' },
      9,
      { earliestLaneDueAt: 9 },
    ],
    [
      'stay bad while it is full',
      { storeFault: 'store-full' },
      9,
      { earliestLaneDueAt: 9, storeFault: 'store-full' },
    ],
  ])('of a shared one %s', async (_rule, more, earliest, expected) => {
    const lanes = { isShared: true, earliestDueAt: async () => earliest };
    expect(await vitalSigns({ ...signs, ...more }, lanes)).toEqual({
      running: 1,
      lastLaneEndedAt: 5,
      ...expected,
    });
  });

  test('of a shared one that does not answer are bad', async () => {
    const earliestDueAt = () => Promise.reject(new StoreError('store-unreachable', 'no answer'));
    expect(await vitalSigns(signs, { isShared: true, earliestDueAt })).toMatchObject({
      storeFault: 'store-unreachable',
    });
  });
});
