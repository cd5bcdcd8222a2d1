import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StoreError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { OwnOutage } from '../../src/schedule/outage.ts';
import { settle } from '../support/fake-clock.ts';
import { feedOn, feedsOn, hour, refused, stateDue, World } from './scheduler-world.ts';

const second = 1_000;
const minute = 60 * second;

let world: World;
let start: number;
beforeEach(() => {
  world = new World();
  start = world.clock.now();
});
afterEach(() => {
  expect(world.clock.timers).toBe(0);
});

describe('a lane', () => {
  test('J04: 200 feeds on one host are never polled two at a time and keep the gap', async () => {
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({}, 200));
    await world.clock.advance(10 * minute);
    expect(new Set(world.polls.map(({ feedId }) => feedId)).size).toBe(200);
    expect(world.polls).toHaveLength(200);
    for (const [index, poll] of world.polls.slice(1).entries()) {
      expect(poll.startedAt - (world.polls[index]?.endedAt ?? 0)).toBe(2 * second);
    }
    await world.stop(scheduler);
  });

  test('polls the feed first that has been due for longest', async () => {
    const feeds = feedsOn({}, 3);
    for (const [index, at] of [3, 1, 2].entries())
      world.states.set(`feed-${index}`, stateDue(`feed-${index}`, start + at * 100));
    const scheduler = world.scheduler();
    world.pollMs = 1_000;
    await scheduler.start(feeds);
    await world.clock.advance(minute);
    expect(world.polls.map(({ feedId }) => feedId)).toEqual(['feed-1', 'feed-2', 'feed-0']);
    await world.stop(scheduler);
  });

  test('with a concurrency of 3 polls three at a time, then keeps the gap', async () => {
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({ concurrency: 3 }, 7));
    await world.clock.advance(minute);
    expect(world.mostAtOnce).toBe(3);
    expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([0, 0, 0, 2300, 2300, 2300, 4600]);
    await world.stop(scheduler);
  });

  test('without a gap goes on while feeds are due', async () => {
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({ gapMs: 0, concurrency: 2 }, 5));
    await world.clock.advance(minute);
    expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([0, 0, 300, 300, 600]);
    await world.stop(scheduler);
  });

  test('does not wait for another lane, up to the limit of lanes at a time', async () => {
    const feeds = Array.from({ length: 6 }, (_, index) => feedOn({ id: `host-${index}` }, `feed-${index}`));
    const scheduler = world.scheduler({ maxConcurrentLanes: 4 });
    await scheduler.start(feeds);
    await settle();
    expect(scheduler.signs().running).toBe(4);
    await world.clock.advance(minute);
    expect(world.mostAtOnce).toBe(4);
    expect(world.polls).toHaveLength(6);
    await world.stop(scheduler);
  });

  test('is held whole by a 429, while other lanes go on', async () => {
    const feeds = [...feedsOn({}, 3), feedOn({ id: 'other.example' }, 'other', { intervalMs: 5 * minute })];
    world.ending = (feed, end) => (feed.id === 'feed-0' ? refused(end, 30 * minute) : end);
    const scheduler = world.scheduler();
    await scheduler.start(feeds);
    await world.clock.advance(29 * minute);
    expect(world.polls.filter(({ laneId }) => laneId === 'example.org')).toHaveLength(1);
    expect(world.pollsOf('other').length).toBeGreaterThan(4);
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('feed-1')).toEqual([start + 300 + 30 * minute]);
    expect(world.pollsOf('feed-2')).toEqual([start + 300 + 30 * minute + 2300]);
    await world.stop(scheduler);
  });

  test('with a concurrency of 3 starts nothing after a 429, and lets what runs end', async () => {
    world.ending = (feed, end) => (feed.id === 'feed-0' ? refused(end, hour) : end);
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({ gapMs: 0, concurrency: 3 }, 9));
    await world.clock.advance(minute);
    expect(world.polls).toHaveLength(3);
    expect(world.polls.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
    await world.stop(scheduler);
  });

  test('woken by hand within the gap still keeps it', async () => {
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({}, 2));
    await world.clock.advance(500);
    await world.lanes.wake('example.org', world.clock.now());
    await world.clock.advance(minute);
    expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([0, 2300]);
    await world.stop(scheduler);
  });

  test('I10: a feed polled 1,000 times at 1 s does not drift', async () => {
    world.pollMs = 0;
    const scheduler = world.scheduler();
    await scheduler.start([feedOn({ gapMs: 0 }, 'fast', { intervalMs: second })]);
    for (let step = 0; step < 1_000; step++) await world.clock.advance(second);
    expect(world.polls).toHaveLength(1_001);
    await world.stop(scheduler);
  });
});

describe('a start', () => {
  test('with persisted next polls makes no burst: each is polled when it is due, not before', async () => {
    const feeds = Array.from({ length: 50 }, (_, index) => feedOn({ id: `host-${index}` }, `feed-${index}`));
    const before = world.scheduler();
    await before.start(feeds);
    await world.clock.advance(10 * minute);
    await world.stop(before);
    expect(world.polls).toHaveLength(50);

    world.restart();
    const after = world.scheduler();
    await after.start(feeds);
    await world.clock.advance(49 * minute);
    expect(world.polls).toHaveLength(50);
    await world.clock.advance(2 * minute);
    expect(world.polls).toHaveLength(100);
    for (const { feedId, startedAt } of world.polls.slice(50)) {
      expect({ feedId, startedAt }).toEqual({ feedId, startedAt: start + 300 + hour });
    }
    await world.stop(after);
  });

  test('spreads new feeds and overdue feeds, never before they are due', async () => {
    const feeds = Array.from({ length: 100 }, (_, index) => feedOn({ id: `host-${index}` }, `feed-${index}`));
    for (let index = 0; index < 40; index++)
      world.states.set(`feed-${index}`, stateDue(`feed-${index}`, start - hour));
    for (let index = 40; index < 50; index++)
      world.states.set(`feed-${index}`, stateDue(`feed-${index}`, start + 30 * minute));
    const scheduler = world.scheduler({ startSpreadMs: 10 * minute });
    await scheduler.start(feeds);
    await world.clock.advance(10 * minute);
    const spread = world.polls.map(({ startedAt }) => startedAt - start);
    expect(spread).toHaveLength(90);
    const perMinute = Array.from(
      { length: 10 },
      (_, at) => spread.filter((ms) => Math.floor(ms / minute) === at).length,
    );
    expect(Math.max(...perMinute)).toBeLessThan(25);
    await world.clock.advance(25 * minute);
    for (let index = 40; index < 50; index++)
      expect(world.pollsOf(`feed-${index}`)).toEqual([start + 30 * minute]);
    await world.stop(scheduler);
  });

  test('lets a handful of new feeds begin within 5 s a feed, whatever the spread', async () => {
    const scheduler = world.scheduler({ startSpreadMs: 10 * minute });
    await scheduler.start([feedOn({ id: 'a' }, 'feed-a'), feedOn({ id: 'b' }, 'feed-b')]);
    await world.clock.advance(10_000);
    expect(world.polls).toHaveLength(2);
    await world.stop(scheduler);
  });

  test('gives a feed the same moment each time, so that a crash loop makes no burst', async () => {
    const momentsOf = async (each: World) => {
      const scheduler = each.scheduler({ startSpreadMs: 10 * minute });
      await scheduler.start(feedsOn({ gapMs: 0 }, 5));
      await each.clock.advance(10 * minute);
      await each.stop(scheduler);
      return each.polls.map(({ feedId, startedAt }) => [feedId, startedAt]);
    };
    expect(await momentsOf(new World())).toEqual(await momentsOf(new World()));
  });

  test('keeps the gap that a crash cut short', async () => {
    world.states.set('feed-0', stateDue('feed-0', start + hour, { requestedAt: start - 500 }));
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({}, 2));
    await world.clock.advance(minute);
    expect(world.polls.map(({ feedId, startedAt }) => [feedId, startedAt - start])).toEqual([
      ['feed-1', 1_500],
    ]);
    await world.stop(scheduler);
  });

  test('keeps the hold of a 429, and the signs do not call the held lane late', async () => {
    world.ending = (feed, end) => (feed.id === 'feed-0' ? refused(end, 30 * minute) : end);
    const before = world.scheduler();
    await before.start(feedsOn({}, 3));
    await world.clock.advance(minute);
    await world.stop(before);
    expect(world.polls).toHaveLength(1);

    world.restart();
    const after = world.scheduler();
    await after.start(feedsOn({}, 3));
    expect(after.signs().earliestLaneDueAt).toBe(start + 300 + 30 * minute);
    await world.clock.advance(28 * minute);
    expect(world.polls).toHaveLength(1);
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('feed-1')).toEqual([start + 300 + 30 * minute]);
    await world.stop(after);
  });

  test('on a store that cannot be read is refused', async () => {
    world.readFault = new StoreError('store-failed', 'no answer');
    await expect(world.scheduler().start(feedsOn({}, 2))).rejects.toThrow(StoreError);
    expect(world.polls).toEqual([]);
  });

  test('a feed that another process has polled in the meantime is not polled again', async () => {
    const scheduler = world.scheduler();
    world.states.set('feed-0', stateDue('feed-0', start + minute));
    await scheduler.start(feedsOn({}, 1));
    world.states.set('feed-0', stateDue('feed-0', start + 10 * minute));
    await world.clock.advance(9 * minute);
    expect(world.polls).toEqual([]);
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('feed-0')).toEqual([start + 10 * minute]);
    await world.stop(scheduler);
  });
});

describe('a stop', () => {
  test('during a poll waits for it and starts no further feed of the lane', async () => {
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({ gapMs: 0 }, 3));
    await settle();
    let hasStopped = false;
    const stopping = scheduler.stop().then(() => {
      hasStopped = true;
    });
    await settle();
    expect(hasStopped).toBe(false);
    await world.clock.advance(300);
    await stopping;
    await world.clock.advance(hour);
    expect(world.polls).toHaveLength(1);
    expect(world.states.get('feed-0')?.terms?.endedAt).toBe(start + 300);
  });

  test('aborts the signal that polls were given', async () => {
    let given: AbortSignal | undefined;
    const scheduler = world.scheduler({
      poll: ({ id }, _states, signal) => {
        given = signal;
        const end = { ends: [{ state: stateDue(id, start + hour) }], faults: [] };
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(end)));
      },
    });
    await scheduler.start(feedsOn({}, 1));
    await settle();
    expect(given?.aborted).toBe(false);
    await world.stop(scheduler);
    expect(given?.aborted).toBe(true);
  });
});

describe('a store that fails', () => {
  const fault = new StoreError('store-full', 'the disk is full');

  test('pauses all polls, is tried again every 10 s, and says so once; then polling resumes', async () => {
    const feeds = Array.from({ length: 20 }, (_, index) =>
      feedOn({ id: `host-${index}` }, `feed-${index}`, { intervalMs: minute }),
    );
    const scheduler = world.scheduler();
    await scheduler.start(feeds);
    await world.clock.advance(30 * second);
    world.readFault = fault;
    await world.clock.advance(5 * minute);
    expect(world.polls).toHaveLength(20);
    expect(scheduler.signs().storeFault).toBe('store-full');
    expect(world.lines).toEqual([{ level: 'error', event: 'store-fault' }]);
    expect(world.faults.length).toBeGreaterThanOrEqual(20);

    world.readFault = undefined;
    await world.clock.advance(11 * second);
    expect(world.polls).toHaveLength(40);
    expect(scheduler.signs().storeFault).toBeUndefined();
    expect(world.lines.slice(1)).toEqual([{ level: 'info', event: 'store-recovered' }]);
    await world.stop(scheduler);
  });

  test('for one feed only leaves that feed alone for an hour, from the start on, while the others go on', async () => {
    const feeds = ['good', 'damaged'].map((id) => feedOn({ id }, id, { intervalMs: 10 * minute }));
    world.damaged.add('damaged');
    const scheduler = world.scheduler();
    await scheduler.start(feeds);
    await world.clock.advance(59 * minute);
    expect(world.pollsOf('good').length).toBeGreaterThan(4);
    expect(world.pollsOf('damaged')).toEqual([]);
    expect(scheduler.signs().storeFault).toBeUndefined();

    world.damaged.clear();
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('damaged')).toHaveLength(1);
    await world.stop(scheduler);
  });

  test('during a poll lets the lane rest instead of asking the origin again and again', async () => {
    world.ending = () => {
      throw fault;
    };
    const scheduler = world.scheduler({ storeRetryMs: 20 * second });
    await scheduler.start(feedsOn({ gapMs: 0, concurrency: 2 }, 6));
    await world.clock.advance(19 * second);
    expect(world.polls).toHaveLength(2);
    await world.clock.advance(2 * second);
    expect(world.polls).toHaveLength(4);
    expect(world.crashes).toEqual([]);
    await world.stop(scheduler);
  });

  test('keeps the gap after a poll that it spoilt', async () => {
    world.ending = () => {
      throw fault;
    };
    const scheduler = world.scheduler({ storeRetryMs: 100 });
    await scheduler.start(feedsOn({}, 2));
    await world.clock.advance(5 * second);
    expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([0, 2300, 4600]);
    await world.stop(scheduler);
  });
});

test('an error that nobody expected is handed over once, and its lane rests', async () => {
  const bug = new TypeError('a bug');
  world.ending = () => {
    throw bug;
  };
  const scheduler = world.scheduler();
  await scheduler.start(feedsOn({ gapMs: 0 }, 3));
  await world.clock.advance(9 * second);
  expect(world.crashes).toEqual([bug]);
  expect(world.polls).toHaveLength(1);
  await world.stop(scheduler);
});

describe('a reload', () => {
  test('stops polling removed feeds and polls added ones', async () => {
    const scheduler = world.scheduler();
    const [one, two, three] = ['one', 'two', 'three'].map((id) => feedOn({ id }, id, { intervalMs: minute }));
    if (!one || !two || !three) throw new Error('three feeds');
    await scheduler.start([one, two]);
    await world.clock.advance(30 * second);
    await scheduler.reconfigure([two, three]);
    await world.clock.advance(5 * minute);
    expect(world.pollsOf('one')).toHaveLength(1);
    expect(world.pollsOf('two')).toHaveLength(6);
    expect(world.pollsOf('three')).toHaveLength(5);
    await world.stop(scheduler);
  });

  test('H09: a feed removed during its poll finishes it, and is not polled again', async () => {
    const scheduler = world.scheduler();
    await scheduler.start(feedsOn({}, 1));
    await settle();
    await scheduler.reconfigure([]);
    await world.clock.advance(2 * hour);
    expect(world.pollsOf('feed-0')).toHaveLength(1);
    expect(world.states.get('feed-0')?.terms?.endedAt).toBe(start + 300);
    expect(scheduler.signs().earliestLaneDueAt).toBeUndefined();
    await world.stop(scheduler);
  });

  test('a feed removed and added again keeps its next poll', async () => {
    const scheduler = world.scheduler();
    const feeds = feedsOn({}, 1);
    await scheduler.start(feeds);
    await world.clock.advance(minute);
    await scheduler.reconfigure([]);
    await world.clock.advance(minute);
    await scheduler.reconfigure(feeds);
    await world.clock.advance(57 * minute);
    expect(world.polls).toHaveLength(1);
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('feed-0')).toEqual([start, start + 300 + hour]);
    await world.stop(scheduler);
  });

  test('spreads many added feeds as a start does', async () => {
    const scheduler = world.scheduler({ startSpreadMs: 10 * minute });
    await scheduler.start([]);
    await scheduler.reconfigure(
      Array.from({ length: 50 }, (_, index) => feedOn({ id: `host-${index}` }, `feed-${index}`)),
    );
    await world.clock.advance(minute);
    expect(world.polls.length).toBeLessThan(20);
    await world.clock.advance(9 * minute);
    expect(world.polls).toHaveLength(50);
    await world.stop(scheduler);
  });

  test('that fails to read the store changes nothing', async () => {
    const scheduler = world.scheduler();
    await scheduler.start([feedOn({}, 'one', { intervalMs: minute })]);
    await world.clock.advance(second);
    world.readFault = new StoreError('store-busy', 'busy');
    await expect(scheduler.reconfigure([feedOn({ id: 'two' }, 'two')])).rejects.toThrow(StoreError);
    world.readFault = undefined;
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('one')).toHaveLength(3);
    expect(world.pollsOf('two')).toHaveLength(0);
    await world.stop(scheduler);
  });

  test('never polls a feed twice at a time, even when it gets another lane during its poll', async () => {
    world.pollMs = 25 * second;
    const scheduler = world.scheduler();
    await scheduler.start([feedOn({ id: 'old' }, 'moved', { intervalMs: 10 * second })]);
    await settle();
    await scheduler.reconfigure([feedOn({ id: 'new' }, 'moved', { intervalMs: 10 * second })]);
    await world.clock.advance(2 * minute);
    expect(world.mostAtOnce).toBe(1);
    expect(world.polls.map(({ laneId }) => laneId)).toEqual(['old', 'new', 'new', 'new']);
    await world.stop(scheduler);
  });

  describe('with a changed plan', () => {
    const changed = (id: string) => feedOn({}, id, { intervalMs: 10 * minute });
    const replan = (_feed: unknown, state: { terms?: { endedAt: number } }) => ({
      at: (state.terms?.endedAt ?? 0) + 10 * minute,
      reason: 'interval' as const,
    });

    test('recomputes the stored next poll without a request', async () => {
      const scheduler = world.scheduler({ replan });
      await scheduler.start(feedsOn({}, 1));
      await world.clock.advance(minute);
      await scheduler.reconfigure([changed('feed-0')]);
      expect(world.polls).toHaveLength(1);
      expect(world.states.get('feed-0')?.nextPoll.at).toBe(start + 300 + 10 * minute);
      await world.clock.advance(10 * minute);
      expect(world.pollsOf('feed-0')).toEqual([start, start + 300 + 10 * minute]);
      await world.stop(scheduler);
    });

    test('during a poll, recomputes it when the poll has ended', async () => {
      const scheduler = world.scheduler({ replan });
      await scheduler.start(feedsOn({}, 1));
      await settle();
      await scheduler.reconfigure([changed('feed-0')]);
      await world.clock.advance(10 * minute + 400);
      expect(world.pollsOf('feed-0')).toEqual([start, start + 300 + 10 * minute]);
      await world.stop(scheduler);
    });

    test('spreads the feeds that become overdue by it', async () => {
      const feeds = Array.from({ length: 60 }, (_, index) =>
        feedOn({ id: `host-${index}` }, `feed-${index}`),
      );
      const terms = { endedAt: start - 30 * minute, hasValidators: true };
      for (const { id } of feeds) world.states.set(id, stateDue(id, start + 30 * minute, { terms }));
      const scheduler = world.scheduler({ replan, startSpreadMs: 10 * minute });
      await scheduler.start(feeds);
      await scheduler.reconfigure(feeds.map(({ id, lane }) => ({ ...changed(id), lane })));
      await world.clock.advance(minute);
      expect(world.polls.length).toBeLessThan(20);
      await world.clock.advance(9 * minute);
      expect(world.polls).toHaveLength(60);
      await world.stop(scheduler);
    });

    test('leaves the provisional next poll of a request that a crash cut off', async () => {
      world.states.set(
        'feed-0',
        stateDue('feed-0', start + hour, {
          requestedAt: start - 1,
          terms: { endedAt: start - hour, hasValidators: true },
        }),
      );
      const scheduler = world.scheduler({ replan });
      await scheduler.start(feedsOn({}, 1));
      await scheduler.reconfigure([changed('feed-0')]);
      await world.clock.advance(59 * minute);
      expect(world.polls).toHaveLength(0);
      await world.stop(scheduler);
    });

    test('keeps the stored next poll when nobody can replan', async () => {
      const scheduler = world.scheduler();
      await scheduler.start(feedsOn({}, 1));
      await world.clock.advance(minute);
      await scheduler.reconfigure([changed('feed-0')]);
      expect(world.states.get('feed-0')?.nextPoll.at).toBe(start + 300 + hour);
      await world.stop(scheduler);
    });
  });
});

test('the signs say what is late and what is not', async () => {
  const scheduler = world.scheduler({ maxConcurrentLanes: 1 });
  world.pollMs = 5 * minute;
  await scheduler.start([feedOn({ id: 'a' }, 'a'), feedOn({ id: 'b' }, 'b')]);
  await world.clock.advance(4 * minute);
  expect(scheduler.signs()).toEqual({ running: 1, earliestLaneDueAt: start, lastLaneEndedAt: start });
  await world.clock.advance(2 * minute);
  expect(scheduler.signs()).toEqual({
    running: 1,
    earliestLaneDueAt: start + 5 * minute + hour,
    lastLaneEndedAt: start + 5 * minute,
  });
  await world.stop(scheduler);
});

test('a clock that ran a year ahead and was set right costs one whole wait and no more', async () => {
  const ahead = start + 365 * 24 * hour;
  world.states.set('a', stateDue('a', ahead + hour, { requestedAt: ahead }));
  const scheduler = world.scheduler();
  await scheduler.start([feedOn({}, 'a')]);
  await world.clock.advance(59 * minute);
  expect(world.polls).toEqual([]);
  await world.clock.advance(2 * minute);
  expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([hour]);
  await world.stop(scheduler);
});

describe('POLITENESS rule 21: feeds with one URL', () => {
  const url = 'https://example.org/shared';
  const shared = (id: string, minutes = 60) => ({ ...feedOn({}, id, { intervalMs: minutes * minute }), url });

  test('are polled by one request, at the longest wait of any', async () => {
    const scheduler = world.scheduler();
    await scheduler.start([shared('a', 10), shared('b', 30)]);
    await world.clock.advance(minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['a', 'b']]);
    await world.clock.advance(28 * minute);
    expect(world.polls).toHaveLength(1);
    await world.clock.advance(2 * minute);
    expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([0, 30 * minute + 300]);
    await world.stop(scheduler);
  });

  test('wait over a restart for the one that was polled last', async () => {
    world.states.set('a', stateDue('a', start - hour));
    world.states.set('b', stateDue('b', start + 20 * minute));
    const scheduler = world.scheduler();
    await scheduler.start([shared('a'), shared('b')]);
    await world.clock.advance(19 * minute);
    expect(world.polls).toEqual([]);
    await world.clock.advance(2 * minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['a', 'b']]);
    await world.stop(scheduler);
  });

  test('one that is added by a reload joins at the next poll that is due, and makes none of its own', async () => {
    const scheduler = world.scheduler();
    await scheduler.start([shared('a')]);
    await world.clock.advance(10 * minute);
    await scheduler.reconfigure([shared('a'), shared('b')]);
    await world.clock.advance(49 * minute);
    expect(world.polls).toHaveLength(1);
    await world.clock.advance(2 * minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['a'], ['a', 'b']]);
    await world.stop(scheduler);
  });

  test('one whose URL is edited goes its own way, and the other keeps its time', async () => {
    const scheduler = world.scheduler();
    await scheduler.start([shared('a'), shared('b')]);
    await world.clock.advance(10 * minute);
    await scheduler.reconfigure([shared('a'), { ...shared('b'), url: 'https://example.org/own' }]);
    await world.clock.advance(52 * minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['a', 'b'], ['a'], ['b']]);
    expect(world.mostAtOnce).toBe(1);
    await world.stop(scheduler);
  });

  test('one that is added during a poll waits for the next', async () => {
    const scheduler = world.scheduler();
    await scheduler.start([shared('a')]);
    await settle();
    await scheduler.reconfigure([shared('a'), shared('b')]);
    await world.clock.advance(59 * minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['a']]);
    await world.clock.advance(2 * minute);
    expect(world.polls.at(-1)?.feedIds).toEqual(['a', 'b']);
    await world.stop(scheduler);
  });

  test('a parked one does not keep the other waiting, nor is it asked alone', async () => {
    world.states.set('a', stateDue('a', Number.POSITIVE_INFINITY, { url }));
    const scheduler = world.scheduler();
    await scheduler.start([shared('a'), shared('b')]);
    await world.clock.advance(minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['a', 'b']]);
    await world.stop(scheduler);

    world.restart();
    world.states.set('a', stateDue('a', Number.POSITIVE_INFINITY, { url }));
    const alone = world.scheduler();
    await alone.start([shared('a')]);
    await world.clock.advance(30 * 24 * hour);
    expect(world.polls).toHaveLength(1);
    expect(alone.signs().earliestLaneDueAt).toBeUndefined();
    await world.stop(alone);
  });

  test.each(['state', 'memory'])('a damaged %s of one does not stop the other', async (record) => {
    const broken = record === 'state' ? world.damaged : world.unreadable;
    broken.add('a');
    const scheduler = world.scheduler();
    await scheduler.start([shared('a', 10), shared('b', 10)]);
    await world.clock.advance(55 * minute);
    expect(world.polls.length).toBeGreaterThan(4);
    expect(world.polls.every(({ feedIds }) => feedIds.join() === 'b')).toBe(true);
    broken.clear();
    await world.clock.advance(30 * minute);
    expect(world.polls.at(-1)?.feedIds).toEqual(['a', 'b']);
    await world.stop(scheduler);
  });

  test('a changed plan of one changes when both are polled', async () => {
    const replan = (feed: { plan: { intervalMs?: number } }, state: { terms?: { endedAt: number } }) => ({
      at: (state.terms?.endedAt ?? 0) + (feed.plan.intervalMs ?? hour),
      reason: 'interval' as const,
    });
    const scheduler = world.scheduler({ replan });
    await scheduler.start([shared('a'), shared('b')]);
    await world.clock.advance(minute);
    await scheduler.reconfigure([shared('a', 10), shared('b')]);
    await world.clock.advance(30 * minute);
    expect(world.polls).toHaveLength(1);
    await scheduler.reconfigure([shared('a', 10), shared('b', 40)]);
    expect(['a', 'b'].map((id) => world.states.get(id)?.nextPoll.at)).toEqual(
      Array.from({ length: 2 }, () => start + 300 + 40 * minute),
    );
    await world.clock.advance(10 * minute);
    expect(world.polls).toHaveLength(2);
    await world.stop(scheduler);
  });
});

describe('the lane of a feed that has moved', () => {
  const old = 'https://old.example/feed';
  const now = 'https://new.example/feed';
  const laneAt = (url: string) => ({ id: new URL(url).host, gapMs: 2_000, concurrency: 1 });
  const mover = (intervalMs = 10 * minute) => ({ ...feedOn({}, 'mover', { intervalMs }), url: old });
  const native = () => ({
    ...feedOn({}, 'native', { intervalMs: 10 * minute }),
    url: 'https://new.example/other',
  });
  const adopted = (at: number) => ({ url: old, adopted: { url: now, at } });

  test('is that of the adopted URL, from the start on', async () => {
    world.states.set('mover', stateDue('mover', start, adopted(start)));
    const scheduler = world.scheduler({ laneAt });
    await scheduler.start([mover(), native()]);
    await world.clock.advance(minute);
    expect(world.polls.map(({ url }) => url)).toEqual([now, 'https://new.example/other']);
    expect(world.polls.map(({ startedAt }) => startedAt - start)).toEqual([0, 2_300]);
    await world.stop(scheduler);
  });

  test('is that of the adopted URL from the adoption on, whose gap has begun', async () => {
    world.ending = (feed, { state }) =>
      feed.id === 'mover' ? { state: { ...state, ...adopted(world.clock.now()) } } : { state };
    world.states.set('native', stateDue('native', start + 100));
    const scheduler = world.scheduler({ laneAt });
    await scheduler.start([mover(), native()]);
    world.pollMs = 50;
    await world.clock.advance(minute);
    expect(world.polls.map(({ feedId, url, startedAt }) => [feedId, url, startedAt - start])).toEqual([
      ['mover', old, 0],
      ['native', 'https://new.example/other', 2_050],
    ]);
    await world.clock.advance(10 * minute);
    expect(world.polls.at(-2)).toMatchObject({ feedId: 'mover', url: now });
    expect([...world.lanes.due.keys()]).toEqual(['new.example']);
    await world.stop(scheduler);
  });

  test('is again that of the configured URL when the adoption is undone', async () => {
    world.states.set('mover', stateDue('mover', start, adopted(start)));
    world.ending = (_feed, { state: { adopted: _, ...state } }) => ({ state });
    const scheduler = world.scheduler({ laneAt });
    await scheduler.start([mover()]);
    await world.clock.advance(11 * minute);
    expect(world.polls.map(({ url }) => url)).toEqual([now, old]);
    expect([...world.lanes.due.keys()]).toEqual(['old.example']);
    await world.stop(scheduler);
  });

  test('is for one poll that of the configured URL, after three failures at the adopted one', async () => {
    const failing = { ...adopted(start), failures: 2 };
    world.states.set('mover', stateDue('mover', start, failing));
    let failures = 2;
    world.ending = (_feed, { state }) => ({ state: { ...state, ...adopted(start), failures: ++failures } });
    const scheduler = world.scheduler({ laneAt });
    await scheduler.start([mover()]);
    await world.clock.advance(31 * minute);
    expect(world.polls.map(({ url }) => url)).toEqual([now, old, now, now]);
    await world.stop(scheduler);
  });

  test('joins those that ask there already: one request from then on', async () => {
    const there = { ...feedOn({}, 'there', { intervalMs: 30 * minute }), url: now };
    world.ending = (feed, { state }) =>
      feed.id === 'mover' ? { state: { ...state, ...adopted(world.clock.now()) } } : { state };
    const scheduler = world.scheduler({ laneAt });
    await scheduler.start([mover(), there]);
    await world.clock.advance(31 * minute);
    expect(world.polls.map(({ feedIds, url }) => [feedIds.join(), url])).toEqual([
      ['mover', old],
      ['there', now],
      ['there,mover', now],
    ]);
    await world.stop(scheduler);
  });

  test('a hold of the site is kept when a reload gives the feed another lane of it', async () => {
    let scope = (url: string) => new URL(url).host;
    const lane = (url: string) => ({ id: scope(url), gapMs: 2_000, concurrency: 1 });
    world.ending = (feed, end) => (feed.id === 'mover' ? refused(end, 30 * minute) : end);
    const scheduler = world.scheduler({ laneAt: lane });
    const other = { ...feedOn({}, 'other'), url: 'https://old.example/other' };
    await scheduler.start([mover(60 * minute), other]);
    await world.clock.advance(second);
    scope = () => 'site:old.example';
    await scheduler.reconfigure([mover(60 * minute), other]);
    await world.clock.advance(29 * minute);
    expect(world.polls).toHaveLength(1);
    await world.clock.advance(2 * minute);
    expect(world.polls.length).toBeGreaterThan(1);
    await world.stop(scheduler);
  });

  test('a store that cannot take the new lane is asked again', async () => {
    world.ending = (_feed, { state }) => ({ state: { ...state, ...adopted(world.clock.now()) } });
    const scheduler = world.scheduler({ laneAt });
    await scheduler.start([mover()]);
    const reconcile = world.lanes.reconcile.bind(world.lanes);
    world.lanes.reconcile = () => Promise.reject(new StoreError('store-busy', 'busy'));
    await world.clock.advance(minute);
    world.lanes.reconcile = reconcile;
    await world.clock.advance(10 * minute);
    expect(world.polls.map(({ url }) => url)).toEqual([old, now]);
    await world.stop(scheduler);
  });
});

describe('while our own network is down', () => {
  /** The class of outage.ts, as small as its interface. */
  class Outage {
    isOn = false;
    lastAskedAt = Number.NEGATIVE_INFINITY;
    readonly asked: string[] = [];

    mayAsk(site: string): boolean {
      if (world.clock.now() < this.lastAskedAt + minute || this.asked.at(-1) === site) return false;
      this.lastAskedAt = world.clock.now();
      this.asked.push(site);
      return true;
    }

    restMs(): number {
      return minute;
    }
  }

  const herd = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...feedOn({ id: `host-${index}.example` }, `feed-${index}`),
      url: `https://host-${index}.example/feed`,
    }));

  test('one due source a minute is asked, each time of another site, and afterwards the rest are spread', async () => {
    const outage = new Outage();
    outage.isOn = true;
    let isBack = false;
    world.ending = (feed, end) => {
      if (isBack) outage.isOn = false;
      return outage.isOn ? { state: stateDue(feed.id, start) } : end;
    };
    const scheduler = world.scheduler({ outage, startSpreadMs: 10 * minute });
    const feeds = herd(60);
    for (const { id } of feeds) world.states.set(id, stateDue(id, start));
    await scheduler.start(feeds);
    await world.clock.advance(20 * minute);
    expect(world.polls.length).toBeGreaterThanOrEqual(10);
    for (const [index, { startedAt }] of world.polls.slice(1).entries()) {
      expect(startedAt - (world.polls[index]?.startedAt ?? 0)).toBeGreaterThanOrEqual(minute);
    }
    for (const [index, site] of outage.asked.slice(1).entries()) expect(site).not.toBe(outage.asked[index]);

    isBack = true;
    const before = world.polls.length;
    await world.clock.advance(2 * minute);
    expect(outage.isOn).toBe(false);
    expect(world.polls.length - before).toBeLessThan(25);
    await world.clock.advance(13 * minute);
    const polled = new Set(world.polls.slice(before).map(({ feedId }) => feedId));
    expect(polled.size).toBe(60);
    await world.stop(scheduler);
  });

  test('feeds that were blamed before it was recognised are what they were, and due', async () => {
    const outage = new Outage();
    const before = stateDue('feed-0', start, { lastSuccessAt: start - hour });
    world.states.set('feed-0', before);
    world.ending = (feed, { state }) => ({ state: { ...state, failures: feed.id === 'feed-0' ? 1 : 0 } });
    const scheduler = world.scheduler({ outage });
    const [first, second_] = herd(2);
    if (!first || !second_) throw new Error('two feeds');
    world.states.set('feed-1', stateDue('feed-1', start + minute));
    await scheduler.start([first, second_]);
    await world.clock.advance(second);
    expect(world.states.get('feed-0')?.failures).toBe(1);
    scheduler.forgive([{ feedId: 'feed-0', before }]);
    await world.clock.advance(minute);
    expect(world.pollsOf('feed-0')).toHaveLength(2);
    const forgiven = world.polls.findIndex(({ feedId }) => feedId === 'feed-1');
    expect(forgiven).toBe(1);
    await world.stop(scheduler);
  });

  test('recognised from the attempts themselves, it costs no feed a failure and no feed its poll', async () => {
    let isDown = false;
    const outage = new OwnOutage({
      clock: world.clock,
      log: silentLog,
      onBegin: (feeds) => scheduler.forgive(feeds),
    });
    world.ending = (feed, end) => {
      const before = world.states.get(feed.id);
      const site = new URL(feed.url).hostname;
      const answer = isDown ? { answered: false, code: 'dns-failed' as const } : { answered: true };
      const isOurs = outage.note({ site, feedIds: [feed.id], before: [before], ...answer });
      if (isOurs && before) return { state: { ...before, requestedAt: world.clock.now() } };
      return isDown ? { state: { ...end.state, failures: (before?.failures ?? 0) + 1 } } : end;
    };
    const scheduler = world.scheduler({ outage, startSpreadMs: 10 * minute });
    await scheduler.start(herd(60));
    await world.clock.advance(11 * minute);
    expect(world.polls).toHaveLength(60);

    await world.clock.advance(48 * minute);
    isDown = true;
    const before = world.polls.length;
    await world.clock.advance(30 * minute);
    expect(outage.isOn).toBe(true);
    expect(world.polls.length - before).toBeLessThan(50);
    expect([...world.states.values()].filter(({ failures }) => failures > 0)).toEqual([]);

    isDown = false;
    const back = world.polls.length;
    // 60 feeds are spread over 5 min, and the next probe is a minute away at most.
    await world.clock.advance(2 * minute);
    expect(world.polls.length - back).toBeLessThan(35);
    await world.clock.advance(13 * minute);
    expect(new Set(world.polls.slice(before).map(({ feedId }) => feedId)).size).toBe(60);
    expect([...world.states.values()].every(({ nextPoll }) => nextPoll.at > world.clock.now())).toBe(true);
    await world.stop(scheduler);
  });

  test('one that was never polled before it is due again too', async () => {
    const scheduler = world.scheduler();
    const [first, other] = herd(2);
    if (!first || !other) throw new Error('two feeds');
    world.states.set('feed-1', stateDue('feed-1', start + minute));
    await scheduler.start([first, other]);
    await world.clock.advance(second);
    scheduler.forgive([{ feedId: 'feed-0', before: undefined }]);
    await world.clock.advance(2 * minute);
    expect(world.pollsOf('feed-0')).toHaveLength(2);
    await world.stop(scheduler);
  });
});
