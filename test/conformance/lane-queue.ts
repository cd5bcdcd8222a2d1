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
  beforeEach(async () => {
    store = await open();
    runs = [];
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
  });
  const lanes = () => store.backend.lanes;
  const at = (ms: number) => store.now() + ms;

  /** Lanes that note each run and then rest as told, for ever when not. */
  const rest = (rests: Record<string, (run: number) => LaneRest> = {}) => {
    const counts = new Map<string, number>();
    return async (id: string): Promise<LaneRest> => {
      const run = (counts.get(id) ?? 0) + 1;
      counts.set(id, run);
      runs.push(id);
      return rests[id]?.(run) ?? { dueAt: never };
    };
  };

  /** Lanes that run until the test ends each of them. */
  const held = () => {
    const ends = new Map<string, (rest: LaneRest) => void>();
    const signals = new Map<string, AbortSignal>();
    const work = (id: string, signal: AbortSignal) => {
      runs.push(id);
      signals.set(id, signal);
      return new Promise<LaneRest>((resolve) => ends.set(id, resolve));
    };
    const end = (id: string, dueAt = never) => ends.get(id)?.({ dueAt });
    return { work, end, signals };
  };

  describe(`${name}: lanes`, () => {
    test('due lanes are handed out oldest first, the others when they become due', async () => {
      await lanes().reconcile(
        new Map([
          ['late', at(500)],
          ['b', at(-10)],
          ['a', at(-20)],
          ['never', never],
        ]),
      );
      lanes().start(rest(), 1);
      await store.pass(100);
      expect(runs).toEqual(['a', 'b']);
      await store.pass(500);
      expect(runs).toEqual(['a', 'b', 'late']);
    });

    test('a hold that no rule can have asked for, as a clock that ran ahead leaves it, ends with a restart', async () => {
      await lanes().reconcile(new Map([['a', at(0)]]));
      const heldUntil = at(365 * 24 * 3_600_000);
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await store.pass(100);
      await store.restart();
      runs = [];
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest(), 1);
      await store.pass(100);
      expect(runs).toEqual(['a']);
    });

    test('a lane rests as long as its work says, and is handed out again', async () => {
      await lanes().reconcile(new Map([['a', at(0)]]));
      const second = at(500);
      lanes().start(rest({ a: (run) => ({ dueAt: run === 1 ? second : never }) }), 1);
      await store.pass(300);
      expect(runs).toEqual(['a']);
      await store.pass(400);
      expect(runs).toEqual(['a', 'a']);
    });

    test('at most `concurrency` lanes run at a time, and none twice at a time', async () => {
      const { work, end } = held();
      await lanes().reconcile(new Map(['a', 'b', 'c', 'd', 'e'].map((id, place) => [id, at(place - 10)])));
      lanes().start(work, 2);
      await store.pass(100);
      expect(runs).toEqual(['a', 'b']);
      await lanes().wake('a', at(-1_000));
      end('b');
      await until(() => runs.length === 3, 'the next lane runs');
      expect(runs).toEqual(['a', 'b', 'c']);
      for (const id of ['a', 'c', 'd', 'e', 'a']) {
        await until(() => runs.includes(id), `${id} runs`);
        end(id);
        await store.pass(1);
      }
    });

    test('a wake brings a lane forward and never puts it back', async () => {
      await lanes().reconcile(
        new Map([
          ['a', at(1_500)],
          ['b', at(200)],
        ]),
      );
      lanes().start(rest(), 2);
      await lanes().wake('a', at(100));
      await lanes().wake('b', at(1_000));
      await lanes().wake('unknown', at(0));
      await store.pass(150);
      expect(runs).toEqual(['a']);
      await store.pass(100);
      expect(runs).toEqual(['a', 'b']);
      await store.pass(1_500);
      expect(runs).toEqual(['a', 'b']);
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
      await lanes().reconcile(new Map([['a', at(200)]]));
      await lanes().wake('a', at(1_500));
      await store.restart();
      lanes().start(rest(), 1);
      await store.pass(300);
      expect(runs).toEqual(['a']);
    });

    test('a held lane does not run before its time, whatever reconcile, wake and a restart say', async () => {
      const heldUntil = at(1_000);
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await store.pass(100);
      await lanes().wake('a', at(0));
      await lanes().reconcile(new Map([['a', at(0)]]));
      await store.pass(100);
      expect(runs).toEqual(['a']);
      await store.restart();
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest(), 1);
      await store.pass(100);
      expect(runs).toEqual(['a']);
      await store.pass(1_000);
      expect(runs).toEqual(['a', 'a']);
    });

    test('a hold survives that the lane leaves the configuration and comes back', async () => {
      const heldUntil = at(1_000);
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest({ a: () => ({ dueAt: never, heldUntil }) }), 1);
      await store.pass(100);
      await lanes().reconcile(new Map());
      await store.restart();
      await lanes().reconcile(new Map());
      await lanes().reconcile(new Map([['a', at(0)]]));
      lanes().start(rest(), 1);
      await store.pass(500);
      expect(runs).toEqual(['a']);
      await store.pass(1_000);
      expect(runs).toEqual(['a', 'a']);
    });

    test('reconcile removes what is not named and moves what is', async () => {
      await lanes().reconcile(
        new Map([
          ['a', at(100)],
          ['b', at(100)],
        ]),
      );
      lanes().start(rest(), 2);
      await lanes().reconcile(
        new Map([
          ['b', at(800)],
          ['c', at(100)],
        ]),
      );
      await store.pass(300);
      expect(runs).toEqual(['c']);
      await store.pass(800);
      expect(runs).toEqual(['c', 'b']);
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
      await lanes().reconcile(new Map([['a', at(300)]]));
      end('a');
      await store.pass(500);
      expect(runs).toEqual(['a', 'a']);
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
      await lanes().reconcile(
        new Map([
          ['a', at(0)],
          ['b', at(900)],
          ['c', never],
        ]),
      );
      const second = at(600);
      lanes().start(rest({ a: () => ({ dueAt: second }) }), 1);
      await store.pass(50);
      await store.restart();
      lanes().start(rest(), 1);
      await store.pass(300);
      expect(runs).toEqual(['a']);
      await store.pass(700);
      expect(runs).toEqual(['a', 'a', 'b']);
    });

    test('a lane whose work meets a fault is not lost, and the others go on', async () => {
      await lanes().reconcile(
        new Map([
          ['a', at(-1)],
          ['b', at(0)],
        ]),
      );
      lanes().start(async (id) => {
        runs.push(id);
        if (id === 'a') throw new StoreError('store-failed', 'cannot be read');
        return { dueAt: never };
      }, 1);
      await store.pass(200);
      expect(runs).toEqual(['a', 'b']);
      await lanes().wake('a', at(0));
      await until(() => runs.length === 3, 'it runs again');
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
