// Schedulers of several processes over one lane queue and one store of states: what one has done must count for the others.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeedState } from '../../src/model/feed.ts';
import type { LaneQueue } from '../../src/ports.ts';
import type { Scheduler } from '../../src/schedule/scheduler.ts';
import { settle } from '../support/fake-clock.ts';
import { SharedMemoryLanes } from '../support/shared-memory-lanes.ts';
import { feedOn, feedsOn, hour, refused, stateDue, type TestFeed, World } from './scheduler-world.ts';

const second = 1_000;
const minute = 60 * second;

let world: World;
let start: number;
let queue: SharedMemoryLanes;
let next: (count: number) => number;
beforeEach(() => {
  world = new World();
  start = world.clock.now();
  let turn = 0;
  next = (count) => turn++ % Math.max(1, count);
  queue = new SharedMemoryLanes(world.clock, (count) => next(count));
});
afterEach(() => {
  expect(world.crashes).toEqual([]);
});

type Options = Parameters<World['scheduler']>[0];
const process = (options: Options = {}, lanes: LaneQueue = queue.process()) =>
  world.scheduler({ ...options, lanes });
/** From now on it gets every lane. */
const only = (index: number) => {
  next = () => index;
};
async function stopAll(...schedulers: Scheduler<TestFeed>[]): Promise<void> {
  const stopping = schedulers.map((scheduler) => scheduler.stop());
  await world.clock.advance(world.pollMs);
  await Promise.all(stopping);
}

describe('two processes', () => {
  test('that take turns poll each feed once an interval, and keep the gap of a lane', async () => {
    const feeds = feedsOn({}, 5);
    const [one, two] = [process(), process()];
    await one.start(feeds);
    await two.start(feeds, 'joins');
    await world.clock.advance(3 * hour + 10 * minute);
    for (const { id } of feeds) expect(world.pollsOf(id)).toHaveLength(4);
    expect(world.mostAtOnce).toBe(1);
    for (const [index, poll] of world.polls.slice(1).entries()) {
      expect(poll.startedAt - (world.polls[index]?.endedAt ?? 0)).toBeGreaterThanOrEqual(2 * second);
    }
    await stopAll(one, two);
  });

  test('a lane is not late because the process that has it remembers a later time', async () => {
    const feeds = feedsOn({}, 2);
    for (const { id } of feeds) world.states.set(id, stateDue(id, start + 5 * hour));
    const [one, two] = [process(), process()];
    await one.start(feeds);
    await two.start(feeds, 'joins');
    // A reload in a third process gave it a shorter interval, and woke the lane.
    world.states.set('feed-0', stateDue('feed-0', start + 10 * minute));
    const third = queue.process();
    await third.wake('example.org', start + minute);
    await world.clock.advance(11 * minute);
    expect(world.pollsOf('feed-0')).toEqual([start + 10 * minute]);
    await stopAll(one, two);
  });

  test('a feed that another process polled in the meantime is left alone', async () => {
    const feeds = [feedOn({}, 'a', { intervalMs: hour })];
    const [one, two] = [process(), process()];
    await one.start(feeds);
    await two.start(feeds, 'joins');
    world.states.set('a', stateDue('a', start + 30 * minute));
    await world.clock.advance(29 * minute);
    expect(world.pollsOf('a').slice(1)).toEqual([]);
    await stopAll(one, two);
  });

  test('a 429 that one was answered holds the lane for the other', async () => {
    const feeds = feedsOn({}, 3);
    world.ending = (feed, end) => (feed.id === 'feed-0' ? refused(end, 30 * minute) : end);
    const [one, two] = [process(), process()];
    await one.start(feeds);
    await two.start(feeds, 'joins');
    await world.clock.advance(29 * minute);
    expect(world.polls).toHaveLength(1);
    await world.clock.advance(5 * minute);
    expect(world.polls).toHaveLength(3);
    await stopAll(one, two);
  });

  test('one that joins does not put back what is overdue', async () => {
    const feeds = [feedOn({}, 'a', { intervalMs: hour })];
    const one = process({ startSpreadMs: 0 });
    await one.start(feeds);
    world.states.set('a', stateDue('a', start - hour));
    const two = process({ startSpreadMs: 10 * minute });
    await two.start(feeds, 'joins');
    await stopAll(one);
    await world.clock.advance(second);
    expect(world.pollsOf('a').length).toBeGreaterThan(0);
    await stopAll(two);
  });

  test('overdue feeds of one lane keep the moments that a start gave them', async () => {
    const feeds = feedsOn({ gapMs: 0 }, 50);
    for (const { id } of feeds) world.states.set(id, stateDue(id, start - hour));
    const one = process({ startSpreadMs: 10 * minute });
    await one.start(feeds);
    await world.clock.advance(30 * second);
    expect(world.polls.length).toBeLessThan(25);
    await world.clock.advance(10 * minute);
    expect(world.polls).toHaveLength(50);
    await stopAll(one);
  });

  test('the lane of a feed that moved is polled by both from then on, wherever it is asked', async () => {
    const url = 'https://old.example/feed';
    const to = 'https://new.example/feed';
    const feeds = [{ ...feedOn({ id: 'old.example' }, 'a', { intervalMs: 10 * minute }), url }];
    const laneAt = (asked: string) => ({ id: new URL(asked).host, gapMs: 2_000, concurrency: 1 });
    world.ending = (_feed, { state }) => ({ state: { ...state, url, adopted: { url: to, at: start } } });
    const [one, two] = [process({ laneAt }), process({ laneAt })];
    await one.start(feeds);
    await two.start(feeds, 'joins');
    await world.clock.advance(2 * hour);
    expect(world.polls.slice(0, 2).map((poll) => poll.url)).toEqual([url, to]);
    expect(world.polls.slice(1).every((poll) => poll.url === to)).toBe(true);
    expect(world.polls.length).toBeGreaterThan(10);
    await stopAll(one, two);
  });

  test('a lane that is unknown here rests, for the process that knows it', async () => {
    world.states.set('b', stateDue('b', start + minute));
    const [one, two] = [process(), process()];
    await one.start([feedOn({ id: 'a.example' }, 'a')]);
    await two.start([feedOn({ id: 'a.example' }, 'a'), feedOn({ id: 'b.example' }, 'b')]);
    await settle();
    only(0);
    await world.clock.advance(minute + 9 * second);
    expect(world.pollsOf('b')).toEqual([]);
    only(1);
    await world.clock.advance(2 * second);
    expect(world.pollsOf('b')).toEqual([start + minute + 10 * second]);
    await stopAll(one, two);
  });

  test('a reload in one takes its lanes away, and tells new ones', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => feedOn({ id: `${id}.example` }, id));
    if (!a || !b || !c) throw new Error('three feeds');
    const one = process();
    await one.start([a, b]);
    await world.clock.advance(minute);
    await one.reconfigure([b, c]);
    expect([...queue.due.keys()]).toEqual(['b.example', 'c.example']);
    const two = process();
    await two.start([b, c], 'joins');
    expect(queue.due.get('b.example')).toBe(world.states.get('b')?.nextPoll.at);
    await stopAll(one, two);
  });

  test('a new feed is not late because a process that does not know it yet had its lane meanwhile', async () => {
    const feeds = feedsOn({}, 1);
    world.states.set('feed-0', stateDue('feed-0', start + 5 * hour));
    const [one, two] = [process(), process()];
    await one.start(feeds);
    await two.start(feeds, 'joins');
    only(1);
    const more = feedsOn({}, 2);
    await one.reconfigure(more);
    await world.clock.advance(minute);
    expect(world.pollsOf('feed-1')).toEqual([]);
    await two.reconfigure(more, 'joins');
    await world.clock.advance(minute);
    expect(world.pollsOf('feed-1')).toHaveLength(1);
    await stopAll(one, two);
  });

  test('an emptied store: everything is begun anew, spread as at a start', async () => {
    const feeds = Array.from({ length: 40 }, (_, index) =>
      feedOn({ id: `${index}.example` }, `feed-${index}`),
    );
    const one = process({ startSpreadMs: 10 * minute });
    await one.start(feeds);
    await world.clock.advance(11 * minute);
    expect(world.polls).toHaveLength(40);
    world.states.clear();
    await one.reconfigure(feeds, 'anew');
    await world.clock.advance(30 * second);
    expect(world.polls.length).toBeLessThan(60);
    await world.clock.advance(10 * minute);
    expect(world.polls).toHaveLength(80);
    await stopAll(one);
  });

  test('what a dead process left of the feeds is relayed before they are polled', async () => {
    const relayed: string[][] = [];
    const one = process({
      relayLeft: async (feeds) =>
        void relayed.push([...feeds.map(({ id }) => id), String(world.polls.length)]),
    });
    await one.start(feedsOn({}, 2));
    await settle();
    expect(relayed[0]).toEqual(['feed-0', 'feed-1', '0']);
    await stopAll(one);
  });
});

describe('a feed that is forgiven', () => {
  const feed = feedOn({ id: 'blamed.example' }, 'blamed');
  const other = feedOn({ id: 'other.example' }, 'other');
  const before = stateDue('blamed', 0);

  async function forgiven(stored: (at: number) => FeedState): Promise<FeedState | undefined> {
    world.states.set('blamed', stateDue('blamed', start + 5 * hour, { failures: 1 }));
    world.states.set('other', stateDue('other', start + minute));
    const one = process();
    await one.start([feed, other]);
    one.forgive([{ feedId: 'blamed', before }]);
    world.states.set('blamed', stored(world.clock.now()));
    await world.clock.advance(minute + 200);
    const first = world.states.get('blamed');
    await world.clock.advance(second);
    const second_ = world.states.get('blamed');
    await stopAll(one);
    expect(first).toBeDefined();
    return second_;
  }

  test.each<[string, (at: number) => FeedState, number]>([
    ['is what it was before', () => stateDue('blamed', start + 5 * hour, { failures: 1 }), 0],
    [
      'and was polled by another process since, keeps what that stored',
      (at) =>
        stateDue('blamed', start + 5 * hour, {
          failures: 3,
          requestedAt: at + second,
          terms: { endedAt: at + second, hasValidators: false },
        }),
      3,
    ],
    [
      'and is being polled by another process, is left to it',
      (at) =>
        stateDue('blamed', start + 5 * hour, {
          failures: 2,
          requestedAt: at - 1,
          terms: { endedAt: at - hour, hasValidators: false },
        }),
      2,
    ],
  ])('%s', async (_situation, stored, failures) => {
    expect((await forgiven(stored))?.failures).toBe(failures);
  });
});

test('a large lane is read as a whole now and then, and a feed of it is late by no more than that', async () => {
  const feeds = feedsOn({ gapMs: 0, concurrency: 5 }, 300);
  for (const { id } of feeds) world.states.set(id, stateDue(id, start + hour));
  let read = 0;
  const { readStates, writeState } = world.store;
  const counted = {
    writeState,
    readStates: (ids: readonly string[]) => {
      read += ids.length;
      return readStates(ids);
    },
  };
  const one = process({ states: counted });
  await one.start(feeds);
  const third = queue.process();
  world.states.set('feed-0', stateDue('feed-0', start + 70 * second));
  await third.wake('example.org', start + second);
  await world.clock.advance(2 * second);
  read = 0;
  world.states.set('feed-1', stateDue('feed-1', start + 10 * second));
  for (let at = 3; at < 20; at++) await third.wake('example.org', start + at * second);
  await world.clock.advance(20 * second);
  expect(read).toBe(0);
  await world.clock.advance(60 * second);
  expect(world.pollsOf('feed-0')).toEqual([start + 70 * second]);
  expect(world.pollsOf('feed-1')).toEqual([start + 31 * second]);
  await stopAll(one);
});

test('whoever of three processes gets which lane: none is polled twice at a time, none is late, none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2), { minLength: 20, maxLength: 60 }), async (draws) => {
      world = new World();
      let drawn = 0;
      queue = new SharedMemoryLanes(
        world.clock,
        (count) => (draws[drawn++ % draws.length] ?? 0) % Math.max(1, count),
      );
      const feeds = Array.from({ length: 9 }, (_, index) =>
        feedOn({ id: `${index % 3}.example` }, `feed-${index}`, { intervalMs: (10 + index) * minute }),
      );
      const processes = [process(), process(), process()];
      for (const [index, each] of processes.entries()) await each.start(feeds, index > 0 ? 'joins' : 'leads');
      await world.clock.advance(hour);
      const [first, ...others] = processes;
      if (first) await stopAll(first);
      const fourth = process();
      await fourth.start(feeds, 'joins');
      await world.clock.advance(hour);
      await stopAll(fourth, ...others);
      for (const [index, { id }] of feeds.entries()) {
        const polls = world.pollsOf(id);
        for (const [place, at] of polls.slice(1).entries()) {
          const waited = at - (polls[place] ?? 0);
          expect(waited).toBeGreaterThanOrEqual((10 + index) * minute);
          expect(waited).toBeLessThan((11 + index) * minute);
        }
        expect(polls.length).toBeGreaterThanOrEqual(Math.floor(120 / (11 + index)));
      }
      for (const lane of ['0.example', '1.example', '2.example']) {
        const polls = world.polls.filter(({ laneId }) => laneId === lane);
        for (const [place, { startedAt }] of polls.slice(1).entries()) {
          expect(startedAt - (polls[place]?.endedAt ?? 0)).toBeGreaterThanOrEqual(2 * second);
        }
      }
    }),
    { numRuns: 20 },
  );
});
