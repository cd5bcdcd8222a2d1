// What happens to a feed while something else happens to it: a reload, a move or an outage during its poll. The
// scheduler must neither lose it, nor ask twice, nor forget what an origin said in the meantime.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { wait } from '../../src/clock.ts';
import { StoreError } from '../../src/errors.ts';
import type { FeedState } from '../../src/model/feed.ts';
import { settle } from '../support/fake-clock.ts';
import { feedOn, hour, refused, stateDue, type TestFeed, World } from './scheduler-world.ts';

const second = 1_000;
const minute = 60 * second;
const day = 24 * hour;

let world: World;
let start: number;
beforeEach(() => {
  world = new World();
  start = world.clock.now();
});
afterEach(() => {
  expect(world.clock.timers).toBe(0);
});

const at = (url: string, id: string, minutes = 60): TestFeed => ({
  ...feedOn({ id: new URL(url).host }, id, { intervalMs: minutes * minute }),
  url,
});
const laneAt = (url: string) => ({ id: new URL(url).host, gapMs: 2_000, concurrency: 1 });

describe('a feed that is forgiven while it is polled', () => {
  const blamed = at('https://one.example/feed', 'blamed', 10);
  const before = stateDue('blamed', 0, { failures: 0 });

  /** Its second poll runs when it is forgiven for the first. */
  async function forgivenDuringPoll(end: (state: FeedState) => FeedState) {
    world.states.set('blamed', before);
    let polls = 0;
    world.ending = (_feed, { state }) => ({ state: ++polls === 1 ? { ...state, failures: 1 } : end(state) });
    const scheduler = world.scheduler();
    await scheduler.start([blamed]);
    await world.clock.advance(10 * minute + 400);
    scheduler.forgive([{ feedId: 'blamed', before }]);
    return scheduler;
  }

  test('and answered 429 in the meantime, waits as long as that says', async () => {
    const scheduler = await forgivenDuringPoll((state) => ({
      ...refused({ state }, 5 * hour).state,
      nextPoll: { at: (state.terms?.endedAt ?? 0) + 5 * hour, reason: 'retry-after' },
    }));
    await world.clock.advance(4 * hour);
    expect(world.polls).toHaveLength(2);
    expect(world.states.get('blamed')?.nextPoll.reason).toBe('retry-after');
    await world.stop(scheduler);
  });

  test('and answered well, keeps what it was answered', async () => {
    const scheduler = await forgivenDuringPoll((state) => ({ ...state, lastSuccessAt: 1 }));
    await world.clock.advance(9 * minute);
    expect(world.polls).toHaveLength(2);
    expect(world.states.get('blamed')?.lastSuccessAt).toBe(1);
    await world.stop(scheduler);
  });

  test('and cut off by the same outage, is what it was before both', async () => {
    const scheduler = await forgivenDuringPoll(() => ({
      ...stateDue('blamed', start, { failures: 1 }),
      requestedAt: world.clock.now(),
      terms: { endedAt: start + 300, hasValidators: true },
    }));
    await world.clock.advance(300);
    expect(world.states.get('blamed')?.failures).toBe(0);
    await world.stop(scheduler);
  });
});

test('of a forgiven feed receivers were told, so they are told of the end as well', async () => {
  const failingSince = start - hour;
  const before = stateDue('told', start, { failures: 2, failingSince });
  world.states.set('told', before);
  world.ending = (_feed, { state }) => ({ state: { ...state, failures: 3, failingSince, errorSteps: 1 } });
  const scheduler = world.scheduler();
  const other = at('https://two.example/feed', 'other');
  world.states.set('other', stateDue('other', start + minute));
  await scheduler.start([at('https://one.example/feed', 'told'), other]);
  await world.clock.advance(second);
  scheduler.forgive([{ feedId: 'told', before }]);
  let forgiven: FeedState | undefined;
  world.ending = (feed, end) => {
    if (feed.id === 'told') forgiven ??= world.states.get('told');
    return end;
  };
  await world.clock.advance(2 * minute);
  expect(forgiven).toMatchObject({ failures: 2, failingSince, errorSteps: 1 });
  await world.stop(scheduler);
});

describe('a reload during a poll', () => {
  test('a feed that joins another source from elsewhere does not bring its own long wait along', async () => {
    const url = 'https://one.example/feed';
    const replan = (_feed: TestFeed, { nextPoll }: FeedState) => nextPoll;
    const elsewhere = 'https://two.example/feed';
    world.states.set('here', stateDue('here', start + hour, { url }));
    world.states.set('joins', stateDue('joins', start + 7 * day, { url: elsewhere }));
    const scheduler = world.scheduler({ replan });
    await scheduler.start([at(url, 'here'), at(elsewhere, 'joins')]);
    await scheduler.reconfigure([at(url, 'here'), at(url, 'joins')]);
    expect(world.states.get('here')?.nextPoll.at).toBe(start + hour);
    await world.clock.advance(hour + minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['here', 'joins']]);
    await world.stop(scheduler);
  });

  test('a feed that joins the source polled then is replanned when the poll has ended', async () => {
    const url = 'https://one.example/feed';
    const replan = (feed: TestFeed, { terms }: FeedState) => ({
      at: (terms?.endedAt ?? 0) + (feed.plan.intervalMs ?? hour),
      reason: 'interval' as const,
    });
    world.states.set('joins', stateDue('joins', start + 7 * day, { url: 'https://two.example/feed' }));
    const scheduler = world.scheduler({ replan });
    await scheduler.start([at(url, 'polled'), at('https://two.example/feed', 'joins')]);
    await settle();
    await scheduler.reconfigure([at(url, 'polled'), at(url, 'joins')]);
    await world.clock.advance(62 * minute);
    expect(world.polls.map(({ feedIds }) => feedIds)).toEqual([['polled'], ['polled', 'joins']]);
    await world.stop(scheduler);
  });

  test('that the store cannot take to its end: the rest is replanned after the next poll', async () => {
    const replan = ({ plan }: TestFeed, { terms }: FeedState) => ({
      at: (terms?.endedAt ?? 0) + (plan.intervalMs ?? hour),
      reason: 'interval' as const,
    });
    const urls = { one: 'https://one.example/feed', two: 'https://two.example/feed' };
    const terms = { endedAt: start, hasValidators: true };
    world.states.set('one', stateDue('one', start + 20 * minute, { terms }));
    world.states.set('two', stateDue('two', start + day, { terms }));
    const scheduler = world.scheduler({ replan });
    await scheduler.start([at(urls.one, 'one', 20), at(urls.two, 'two', 24 * 60)]);
    const reconcile = world.lanes.reconcile.bind(world.lanes);
    world.lanes.reconcile = () => Promise.reject(new StoreError('store-busy', 'busy'));
    const changed = [at(urls.one, 'one', 20), at(urls.two, 'two', 30)];
    await expect(scheduler.reconfigure(changed)).rejects.toThrow(StoreError);
    world.lanes.reconcile = reconcile;
    await scheduler.reconfigure(changed);
    await world.clock.advance(31 * minute);
    expect(world.pollsOf('two')).toEqual([start + 30 * minute]);
    await world.stop(scheduler);
  });

  test('the end of a poll while it still reads the store does not use up a changed plan', async () => {
    const replan = ({ plan }: TestFeed, { terms }: FeedState) => ({
      at: (terms?.endedAt ?? 0) + (plan.intervalMs ?? hour),
      reason: 'interval' as const,
    });
    const [one, two, three] = ['one', 'two', 'three'].map((id) => `https://${id}.example/feed`);
    if (!one || !two || !three) throw new Error('three URLs');
    const terms = { endedAt: start, hasValidators: true };
    world.states.set('two', stateDue('two', start + day, { terms }));
    const { readStates, writeState } = world.store;
    const slow = {
      writeState,
      readStates: async (ids: readonly string[]) => {
        if (ids.includes('three')) await wait(world.clock, second);
        return readStates(ids);
      },
    };
    const scheduler = world.scheduler({ replan, states: slow });
    await scheduler.start([at(one, 'one'), at(two, 'two', 24 * 60)]);
    const reload = scheduler.reconfigure([at(one, 'one'), at(two, 'two', 30), at(three, 'three')]);
    await world.clock.advance(2 * second);
    await reload;
    expect(world.states.get('two')?.nextPoll.at).toBe(start + 30 * minute);
    await world.stop(scheduler);
  });

  test('with many changed plans in one lane tells the lane once', async () => {
    const feeds = (minutes: number) =>
      Array.from({ length: 200 }, (_, index) => at(`https://one.example/${index}`, `feed-${index}`, minutes));
    for (const { id } of feeds(60)) world.states.set(id, stateDue(id, start + hour));
    const replan = () => ({ at: start + 2 * hour, reason: 'interval' as const });
    const scheduler = world.scheduler({ replan });
    await scheduler.start(feeds(60));
    let wakes = 0;
    world.lanes.wake = async () => void wakes++;
    await scheduler.reconfigure(feeds(120));
    expect(wakes).toBe(1);
    expect([...world.states.values()].every(({ nextPoll }) => nextPoll.at === start + 2 * hour)).toBe(true);
    await world.stop(scheduler);
  });

  test('that gives its lane another name: the new lane keeps the hold of a 429 that comes then', async () => {
    let laneId = (url: string) => new URL(url).host;
    const scheduler = world.scheduler({
      laneAt: (url) => ({ id: laneId(url), gapMs: 2_000, concurrency: 1 }),
    });
    const feeds = ['first', 'second'].map((id) => at(`https://a.tumblr.example/${id}`, id));
    world.ending = (feed, end) => (feed.id === 'first' ? refused(end, 30 * minute) : end);
    await scheduler.start(feeds);
    await settle();
    world.states.set('second', stateDue('second', start + 400));
    laneId = () => 'site:tumblr.example';
    await scheduler.reconfigure(feeds);
    await world.clock.advance(29 * minute);
    expect(world.pollsOf('first')).toHaveLength(1);
    expect(world.pollsOf('second').filter((polledAt) => polledAt > start + 300)).toEqual([]);
    await world.stop(scheduler);
  });
});

test('a lane that appears while the store is told of other lanes is not lost', async () => {
  const adoptAt: Record<string, string | undefined> & { two: string } = {
    one: 'https://new-one.example/feed',
    two: 'https://new-two.example/feed',
  };
  world.ending = ({ id, url }, { state }) => {
    const to = adoptAt[id];
    return { state: to === undefined ? state : { ...state, url, adopted: { url: to, at: start } } };
  };
  const noGap = (url: string) => ({ ...laneAt(url), gapMs: 0 });
  const scheduler = world.scheduler({ laneAt: noGap });
  world.states.set('two', stateDue('two', start + 50));
  world.states.set('after-two', stateDue('after-two', start + 51));
  world.pollMs = 200;
  await scheduler.start([
    at('https://old-one.example/feed', 'one', 10),
    at('https://old-two.example/feed', 'two', 10),
    at('https://old-two.example/other', 'after-two', 10),
  ]);
  const reconcile = world.lanes.reconcile.bind(world.lanes);
  world.lanes.reconcile = async (lanes) => {
    await wait(world.clock, 300);
    await reconcile(lanes);
  };
  await settle();
  world.pollMs = 300;
  await world.clock.advance(12 * minute);
  expect(world.polls.map(({ url }) => url)).toContain(adoptAt.two);
  await world.stop(scheduler);
});

test('while our own network is down a lane rests only if it was refused a turn', async () => {
  const outage = { isOn: true, mayAsk: (site: string) => site !== 'far.example', restMs: () => 10 * minute };
  const scheduler = world.scheduler({ outage });
  await scheduler.start([at('http://10.0.0.1/feed', 'near', 2), at('https://far.example/feed', 'far', 2)]);
  await world.clock.advance(9 * minute);
  expect([world.pollsOf('near').length, world.pollsOf('far').length]).toEqual([5, 0]);
  outage.isOn = false;
  await world.clock.advance(2 * minute);
  expect(world.pollsOf('far')).toHaveLength(1);
  await world.stop(scheduler);
});
