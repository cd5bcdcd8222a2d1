// The order of the relay, proven by stopping it at each step and starting again on what was stored.

import { describe, expect, test } from '@jest/globals';
import { StoreError } from '../../src/errors.ts';
import type { StoredEvent } from '../../src/model/event.ts';
import type { FeedMemory } from '../../src/model/feed.ts';
import { fanOut } from '../../src/outbox/fan-out.ts';
import { type RelayPorts, relay } from '../../src/outbox/relay.ts';

const event = (id: string): StoredEvent => ({
  id,
  type: 'entry.new',
  feedId: 'f',
  detectedAt: 0,
  body: '{}',
});

/** A store and a queue in memory that record each call and stop at the one they are told to. */
class World {
  readonly calls: string[] = [];
  readonly deliveries = new Set<string>();
  readonly withheld = new Set<string>();
  stopAt = '';
  eventOf = event;
  memory: FeedMemory;
  readonly #stored: readonly string[];

  constructor(outbox: readonly string[], stored = outbox) {
    this.memory = { feedId: 'f', hints: {}, entries: new Map(), sequence: 2, outbox };
    this.#stored = stored;
  }

  readonly ports: RelayPorts = {
    store: {
      readEvents: async (ids) => {
        this.#call('readEvents');
        return ids.filter((id) => this.#stored.includes(id)).map((id) => this.eventOf(id));
      },
      writeMemory: async (memory) => {
        this.#call('writeMemory');
        this.memory = memory;
      },
    },
    queue: {
      add: async (deliveries) => {
        this.#call('add');
        for (const { eventId, endpointId, isWithheld } of deliveries) {
          this.deliveries.add(`${eventId}.${endpointId}`);
          if (isWithheld) this.withheld.add(`${eventId}.${endpointId}`);
        }
      },
    },
    fanOut: (events) => fanOut(events, { id: 'f', labels: [] }, [{ id: 'app', events: ['entry.new'] }]),
  };

  relay(): Promise<FeedMemory> {
    return relay(this.memory, this.ports);
  }

  #call(name: string): void {
    if (this.stopAt === name) throw new StoreError('store-failed', `stopped at ${name}`);
    this.calls.push(name);
  }
}

describe('the relay', () => {
  test('adds the deliveries before it clears the outbox', async () => {
    const world = new World(['1', '2']);
    const relayed = await world.relay();
    expect(world.calls).toEqual(['readEvents', 'add', 'writeMemory']);
    expect([...world.deliveries]).toEqual(['1.app', '2.app']);
    expect(relayed.outbox).toEqual([]);
    expect(world.memory).toBe(relayed);
  });

  test('changes nothing of the memory but the outbox', async () => {
    const world = new World(['1']);
    const before = world.memory;
    expect(await world.relay()).toEqual({ ...before, outbox: [] });
  });

  test('does nothing when the outbox is empty', async () => {
    const world = new World([]);
    expect(await world.relay()).toBe(world.memory);
    expect(world.calls).toEqual([]);
  });

  test('clears the outbox of events that no endpoint wants', async () => {
    const world = new World(['1']);
    expect((await relay(world.memory, { ...world.ports, fanOut: () => [] })).outbox).toEqual([]);
    expect(world.calls).toEqual(['readEvents', 'writeMemory']);
  });

  test.each(['readEvents', 'add', 'writeMemory'])(
    'stopped at %s, the next relay loses nothing',
    async (step) => {
      const world = new World(['1', '2']);
      world.stopAt = step;
      await expect(world.relay()).rejects.toThrow(StoreError);
      expect(world.memory.outbox).toEqual(['1', '2']);
      world.stopAt = '';
      await world.relay();
      expect([...world.deliveries]).toEqual(['1.app', '2.app']);
      expect(world.memory.outbox).toEqual([]);
    },
  );

  test('an event that is withheld is handed over as withheld, after a stop in between as before it', async () => {
    const world = new World(['1', '2']);
    world.eventOf = (id) => ({ ...event(id), ...(id === '2' && { isWithheld: true }) });
    world.stopAt = 'writeMemory';
    await expect(world.relay()).rejects.toThrow(StoreError);
    expect([...world.withheld]).toEqual(['2.app']);
    world.stopAt = '';
    await world.relay();
    expect([[...world.deliveries], [...world.withheld]]).toEqual([['1.app', '2.app'], ['2.app']]);
  });

  test('an event that is missing is a damaged store: the others are delivered, and the outbox stays', async () => {
    const world = new World(['1', '2', '3'], ['1', '3']);
    await expect(world.relay()).rejects.toMatchObject({
      code: 'store-corrupt',
      message: 'feed f: 1 of 3 events of the outbox are not in the store, first 2',
    });
    expect([...world.deliveries]).toEqual(['1.app', '3.app']);
    expect(world.memory.outbox).toEqual(['1', '2', '3']);
  });
});

test('a long outbox is fanned out a part at a time, and added in one piece', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `e${index}`);
  const world = new World(ids);
  const parts: number[] = [];
  const fanOutPart: RelayPorts['fanOut'] = (events) => {
    parts.push(events.length);
    return world.ports.fanOut(events);
  };
  await relay(world.memory, { ...world.ports, fanOut: fanOutPart });
  expect(parts).toEqual([50, 50, 20]);
  expect(world.deliveries.size).toBe(120);
  expect(world.calls.filter((name) => name === 'add')).toHaveLength(1);
});
