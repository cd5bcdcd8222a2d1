// What every LaneQueue promises.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StoreError } from '../../src/errors.ts';
import type { LaneRest } from '../../src/ports.ts';
import { until } from '../support/fake-clock.ts';
import type { OpenStore, StoreUnderTest } from './store-under-test.ts';

const never = Number.POSITIVE_INFINITY;

export function describeLaneQueue(name: string, open: OpenStore): void {
  let store: StoreUnderTest;
  let runs: string[];
  let times: number[];
  const begin = () => {
    runs = [];
    times = [];
  };
  beforeEach(async () => {
    store = await open();
    begin();
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
  });
  const lanes = () => store.backend.lanes;
  const at = (ms: number) => store.now() + ms;

  const note = (id: string) => {
    runs.push(id);
    times.push(store.now());
  };

  const timeOf = (id: string) => times[runs.lastIndexOf(id)];

  /** Lets time pass until there have been so many runs, and no longer than a suite may. */
  const ran = async (count: number) => {
    // Where time is real, a busy machine needs more of it.
    const mostMs = store.noticeMs === undefined ? 2_000 : 8_000;
    for (let passed = 0; passed < mostMs && runs.length < count; passed += 20) await store.pass(20);
    expect(runs.slice(0, count)).toHaveLength(count);
  };

  /** Lanes that note each run and then rest as told, for ever when not. */
  const rest = (rests: Record<string, (run: number) => LaneRest> = {}) => {
    const counts = new Map<string, number>();
    return async (id: string): Promise<LaneRest> => {
      const run = (counts.get(id) ?? 0) + 1;
      counts.set(id, run);
      note(id);
      return rests[id]?.(run) ?? { dueAt: never };
    };
  };

  /** Lanes that run until the test ends each of them. */
  const held = () => {
    const ends = new Map<string, (rest: LaneRest) => void>();
    const signals = new Map<string, AbortSignal>();
    const work = (id: string, signal: AbortSignal) => {
      note(id);
      signals.set(id, signal);
      return new Promise<LaneRest>((resolve) => ends.set(id, resolve));
    };
    const end = (id: string, dueAt = never) => ends.get(id)?.({ dueAt });
    return { work, end, signals };
  };

  describe(`${name}: lanes`, () => {
    test('due lanes are handed out oldest first, the others when they become due', async () => {
      const late = at(500);
      await lanes().reconcile(
        new Map([
          ['late', late],
          ['b', at(-10)],
          ['a', at(-20)],
          ['never', never],
        ]),
      );
      lanes().start(rest(), 1);
      await ran(3);
      expect(runs).toEqual(['a', 'b', 'late']);
      expect(times[2]).toBeGreaterThanOrEqual(late);
      await store.pass(200);
      expect(runs).toHaveLength(3);
    });

    test('a hold that no rule can have asked for, as a clock that ran ahead leaves it, ends with a restart', async () => {
      await lanes().reconcile(new Map([['a', at(0)]]));
      const heldUntil = at(365 * 24 * 3_600_000);
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await ran(1);
      await store.restart();
      begin();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest(), 1);
      await ran(1);
      expect(runs).toEqual(['a']);
    });

    test('a lane rests as long as its work says, and is handed out again', async () => {
      await lanes().reconcile(new Map([['a', at(0)]]));
      const second = at(500);
      lanes().start(rest({ a: (run) => ({ dueAt: run === 1 ? second : never }) }), 1);
      await ran(2);
      expect(times[1]).toBeGreaterThanOrEqual(second);
      await store.pass(200);
      expect(runs).toEqual(['a', 'a']);
    });

    test('at most `concurrency` lanes run at a time, and none twice at a time', async () => {
      const { work, end } = held();
      await lanes().reconcile(new Map(['a', 'b', 'c', 'd', 'e'].map((id, place) => [id, at(place - 10)])));
      lanes().start(work, 2);
      await ran(2);
      await store.pass(100);
      expect(runs.toSorted()).toEqual(['a', 'b']);
      await lanes().wake('a', at(-1_000));
      end('b');
      await until(() => runs.length === 3, 'the next lane runs');
      expect(runs[2]).toBe('c');
      for (const id of ['a', 'c', 'd', 'e', 'a']) {
        await until(() => runs.includes(id), `${id} runs`);
        runs.splice(runs.indexOf(id), 1);
        end(id);
        await store.pass(1);
      }
    });

    test('a wake brings a lane forward and never puts it back', async () => {
      const [early, soon, late] = [at(100), at(200), at(1_700)];
      await lanes().reconcile(
        new Map([
          ['a', late],
          ['b', soon],
        ]),
      );
      lanes().start(rest(), 2);
      await lanes().wake('a', early);
      await lanes().wake('b', late);
      await lanes().wake('unknown', at(0));
      await ran(2);
      expect(timeOf('a')).toBeGreaterThanOrEqual(early);
      expect(timeOf('b')).toBeGreaterThanOrEqual(soon);
      expect(store.now()).toBeLessThan(late);
      await store.pass(late + 100 - store.now());
      expect(runs.toSorted()).toEqual(['a', 'b']);
    });

    test('a wake wakes a lane that rests for ever', async () => {
      await lanes().reconcile(new Map([['a', never]]));
      lanes().start(rest(), 1);
      await lanes().wake('a', at(0));
      await until(() => runs.length === 1, 'it runs');
    });

    test('a wake during a run makes the lane run once more', async () => {
      const { work, end } = held();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(work, 1);
      await until(() => runs.length === 1, 'it runs');
      await lanes().wake('a', at(0));
      end('a');
      await until(() => runs.length === 2, 'it runs again');
      end('a');
      await store.pass(100);
      expect(runs).toEqual(['a', 'a']);
    });

    test('a wake while the end of a run is being recorded is not lost', async () => {
      const { work, end } = held();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(work, 1);
      await until(() => runs.length === 1, 'it runs');
      for (const turns of [0, 1, 2, 3, 5, 8]) {
        const before = runs.length;
        end('a');
        for (let turn = 0; turn < turns; turn++) await null;
        await lanes().wake('a', at(0));
        await until(() => runs.length === before + 1, 'it runs again');
      }
      end('a');
      await store.pass(10);
    });

    test('a wake that is later than the due time changes nothing, also after a restart', async () => {
      const late = at(60_000);
      await lanes().reconcile(new Map([['a', at(200)]]));
      await lanes().wake('a', late);
      await store.restart();
      lanes().start(rest(), 1);
      await ran(1);
      expect(timeOf('a')).toBeLessThan(late);
    });

    test('a held lane does not run before its time, whatever reconcile, wake and a restart say', async () => {
      const heldUntil = at(1_000);
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await ran(1);
      await store.pass(50);
      await lanes().wake('a', at(0));
      await lanes().reconcile(new Map([['a', at(0)]]));
      await store.pass(100);
      await store.restart();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest(), 1);
      await ran(2);
      expect(timeOf('a')).toBeGreaterThanOrEqual(heldUntil);
    });

    test('a hold survives that the lane leaves the configuration and comes back', async () => {
      const heldUntil = at(1_000);
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await ran(1);
      await store.pass(50);
      await lanes().reconcile(new Map());
      await store.restart();
      await lanes().reconcile(new Map());
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest(), 1);
      await ran(2);
      expect(timeOf('a')).toBeGreaterThanOrEqual(heldUntil);
    });

    test('reconcile removes what is not named and moves what is', async () => {
      await lanes().reconcile(
        new Map([
          ['a', at(700)],
          ['b', at(700)],
          ['d', at(1_900)],
        ]),
      );
      lanes().start(rest(), 2);
      const [soon, later, late] = [at(100), at(1_000), at(1_900)];
      await lanes().reconcile(
        new Map([
          ['b', later],
          ['c', soon],
          ['d', soon],
        ]),
      );
      await ran(3);
      expect(runs.toSorted()).toEqual(['b', 'c', 'd']);
      expect(timeOf('b')).toBeGreaterThanOrEqual(later);
      expect(timeOf('d')).toBeLessThan(late);
    });

    test('a lane that is running when reconcile removes it keeps running and is not handed out again', async () => {
      const { work, end, signals } = held();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(work, 1);
      await until(() => runs.length === 1, 'it runs');
      await lanes().reconcile(new Map());
      expect(signals.get('a')?.aborted).toBe(false);
      end('a', at(0));
      await store.pass(300);
      expect(runs).toEqual(['a']);
    });

    test('what reconcile says of a running lane counts when the run has ended', async () => {
      const { work, end } = held();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(work, 1);
      await until(() => runs.length === 1, 'it runs');
      const told = at(300);
      await lanes().reconcile(new Map([['a', told]]));
      end('a');
      await ran(2);
      expect(timeOf('a')).toBeGreaterThanOrEqual(told);
      end('a');
      await store.pass(10);
    });

    test('stop hands out nothing more, aborts, and waits for those that run', async () => {
      const { work, end, signals } = held();
      await lanes().reconcile(
        new Map([
          ['a', at(-1)],
          ['b', at(0)],
        ]),
      );
      lanes().start(work, 1);
      await until(() => runs.length === 1, 'it runs');
      let stopped = 0;
      const stops = [lanes().stop(), lanes().stop()].map((each) => each.then(() => stopped++));
      expect(signals.get('a')?.aborted).toBe(true);
      await store.pass(50);
      expect(stopped).toBe(0);
      end('a');
      await Promise.all(stops);
      await store.pass(100);
      expect(runs).toEqual(['a']);
    });

    test('a restarted store hands out its lanes at the times it was told', async () => {
      const [second, third] = [at(1_000), at(1_300)];
      await lanes().reconcile(
        new Map([
          ['a', at(0)],
          ['b', third],
          ['c', never],
        ]),
      );
      lanes().start(rest({ a: () => ({ dueAt: second }) }), 1);
      await ran(1);
      await store.restart();
      lanes().start(rest(), 1);
      await ran(3);
      expect(runs).toEqual(['a', 'a', 'b']);
      expect(times[1]).toBeGreaterThanOrEqual(second);
      expect(times[2]).toBeGreaterThanOrEqual(third);
    });

    test('a lane whose work meets a fault is not lost, and the others go on', async () => {
      await lanes().reconcile(
        new Map([
          ['a', at(-1)],
          ['b', at(0)],
        ]),
      );
      lanes().start(async (id) => {
        note(id);
        if (id === 'a') throw new StoreError('store-failed', 'cannot be read');
        return { dueAt: never };
      }, 1);
      await ran(2);
      await store.pass(200);
      expect(runs).toEqual(['a', 'b']);
      await lanes().wake('a', at(0));
      await until(() => runs.length === 3, 'it runs again');
    });

    test('who joins those at work keeps the due times that lanes have, takes none away, and adds those that are missing', async () => {
      const later = at(1_000);
      await lanes().reconcile(
        new Map([
          ['a', at(100)],
          ['b', later],
          ['c', at(100)],
          ['never', never],
        ]),
      );
      await lanes().reconcile(
        new Map([
          ['a', at(60_000)],
          ['b', at(0)],
          ['d', at(100)],
          ['never', at(0)],
        ]),
        { joins: true },
      );
      lanes().start(rest(), 2);
      await ran(4);
      await store.pass(100);
      expect(runs.toSorted()).toEqual(['a', 'b', 'c', 'd']);
      expect(timeOf('b')).toBeGreaterThanOrEqual(later);
    });

    test('who joins says nothing of a lane that is running', async () => {
      const { work, end } = held();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(work, 1);
      await until(() => runs.length === 1, 'it runs');
      await lanes().reconcile(new Map([['a', at(0)]]), { joins: true });
      end('a');
      await store.pass(300);
      expect(runs).toEqual(['a']);
    });

    test('who joins brings back a lane that had left, and its hold holds', async () => {
      const heldUntil = at(1_000);
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await until(() => runs.length === 1, 'it runs');
      await store.pass(50);
      await lanes().reconcile(new Map());
      await lanes().reconcile(new Map([['a', at(0)]]), { joins: true });
      await ran(2);
      expect(timeOf('a')).toBeGreaterThanOrEqual(heldUntil);
    });

    test('20,000 lanes are reconciled', async () => {
      const many = new Map(Array.from({ length: 20_000 }, (_, place) => [`lane-${place}`, at(1_000_000)]));
      await lanes().reconcile(many);
      await store.restart();
      lanes().start(rest(), 1);
      await lanes().reconcile(many);
      await lanes().wake('lane-19999', at(0));
      await until(() => runs.length === 1, 'it runs');
      expect(runs).toEqual(['lane-19999']);
    });
  });
}
