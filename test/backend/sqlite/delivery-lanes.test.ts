// Whatever happens to deliveries, in whatever order: a lane that has any has one that can become due, so that none is stuck.
// The table is looked at after each step, with requests under way: as it is then, a crash would leave it.

import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Verdict } from '../../../src/model/delivery.ts';
import type { AttemptContext, DeliveryFilter, EndpointPlan } from '../../../src/ports.ts';
import { attemptOf, deliveryOf, planOf, skippedOf, withheldOf } from '../../conformance/records.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

const soonMs = 400;
const dueAt = (addedAt: number) => addedAt + soonMs;
const plans: readonly EndpointPlan[] = [
  planOf('app', { concurrency: 2, maxBlockMs: soonMs }),
  planOf('app', { concurrency: 3, ordering: 'feed', maxBlockMs: soonMs }),
  planOf('app', { ordering: 'feed', maxBlockMs: soonMs, dueAt }),
  planOf('app', { concurrency: 2, batch: { count: 3, lane: 'feed' }, maxBlockMs: soonMs }),
  planOf('app', { concurrency: 2, batch: { count: 3, lane: 'endpoint' }, maxBlockMs: soonMs }),
  planOf('app', { batch: { count: 2, lane: 'endpoint', isTimed: true }, maxBlockMs: soonMs, dueAt }),
];

type Making = (eventId: string, endpointId: string, feedId: string) => ReturnType<typeof deliveryOf>;
const makings: readonly Making[] = [deliveryOf, deliveryOf, deliveryOf, withheldOf, skippedOf];

/** Ends every request that is under way. */
type Answer = (now: number) => Verdict;
const answers: readonly Answer[] = [
  () => ({ kind: 'done' }),
  (now) => ({ kind: 'retry', at: now + soonMs / 2 }),
  (now) => ({ kind: 'retry', at: now + 2 * soonMs }),
  (now) => ({ kind: 'retry', at: now, isAside: true }),
  () => ({ kind: 'dead', reason: 'exhausted' }),
  (now) => ({ kind: 'postpone', at: now }),
  (now) => ({ kind: 'postpone', at: now + soonMs, isAside: true }),
  () => ({ kind: 'split' }),
];

class World {
  readonly store: SqliteStore;
  #plan = plans[0];
  #added = 0;
  #running: ((verdict: Verdict) => void)[] = [];

  constructor(store: SqliteStore) {
    this.store = store;
  }

  get queue() {
    return this.store.backend.deliveries;
  }

  async configure(plan: EndpointPlan | undefined): Promise<void> {
    this.#plan = plan;
    await this.queue.configure(plan ? [plan] : []);
  }

  start(): void {
    this.queue.start((_, { signal }) => this.#attempt(signal));
  }

  async add(feedId: string, make: Making, count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => `evt_${++this.#added}`);
    await this.queue.add(ids.map((id) => make(id, 'app', feedId)));
  }

  end(answer: Answer): void {
    for (const end of this.#running.splice(0)) end(answer(this.store.now()));
  }

  async restart(): Promise<void> {
    await this.store.restart();
    await this.configure(this.#plan);
    this.start();
  }

  #attempt(signal: AttemptContext['signal']) {
    return new Promise<{ attempt: ReturnType<typeof attemptOf>; verdict: Verdict }>((resolve) => {
      const end = (verdict: Verdict) => resolve({ attempt: attemptOf(1), verdict });
      this.#running.push(end);
      signal.addEventListener('abort', () => end({ kind: 'postpone', at: 0 }));
    });
  }
}

/** The name is for the counterexample. */
interface Step {
  readonly name: string;
  readonly run: (world: World) => unknown;
}

const oneOf = <const T>(...values: readonly T[]) => fc.constantFrom(...values);
const anAddition = fc.tuple(oneOf('a', 'b'), oneOf(...makings), fc.integer({ min: 1, max: 4 })).map(
  ([feedId, make, count]): Step => ({
    name: `${make.name} ${count} to ${feedId}`,
    run: (world) => world.add(feedId, make, count),
  }),
);
const anEnd = oneOf(...answers).map(
  (answer): Step => ({
    name: `end ${JSON.stringify(answer(0))}`,
    run: (world) => world.end(answer),
  }),
);
const aWhile = oneOf(0, soonMs / 2, 3 * soonMs).map(
  (ms): Step => ({
    name: `${ms} ms`,
    run: (world) => world.store.pass(ms),
  }),
);
const aChange = oneOf(...plans, undefined).map(
  (plan): Step => ({
    name: `configure ${JSON.stringify(plan)}`,
    run: (world) => world.configure(plan),
  }),
);
const aCommand = fc
  .tuple(
    oneOf('replay', 'release', 'drop', 'drop'),
    oneOf({}, { state: 'pending' as const }, { state: 'skipped' as const }),
    oneOf<DeliveryFilter>({}, ...[1, 2, 3, 4, 5, 6].map((each) => ({ id: `evt_${each}.app` }))),
  )
  .map(
    ([verb, state, which]): Step => ({
      name: `${verb} ${JSON.stringify({ ...state, ...which })}`,
      run: (world) => world.queue[verb]({ ...state, ...which }),
    }),
  );
const upkeep = oneOf<Step>(
  {
    name: 'give up',
    run: async (world) => {
      const pending = await world.queue.count({ state: 'pending' });
      await world.store.backend.upkeep.giveUp(0, new Map([['app', pending - 1]]));
    },
  },
  { name: 'prune', run: (world) => world.store.backend.upkeep.prune(world.store.now()) },
  { name: 'restart', run: (world) => world.restart() },
);
const aStep = fc.oneof(anAddition, anEnd, anEnd, aWhile, aChange, aCommand, aCommand, upkeep);

/** What no row may be, each as a condition that finds such rows. */
const wrongs: Readonly<Record<string, string>> = {
  'waits behind nobody': `state = 'pending' AND place = 'behind' AND batch IS NULL AND NOT EXISTS (
    SELECT 1 FROM deliveries AS head WHERE head.state = 'pending' AND head.place = 'head'
    AND head.endpoint_id = each.endpoint_id AND head.lane = each.lane)`,
  'belongs to a batch without a head': `state = 'pending' AND place = 'behind' AND batch IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM deliveries AS head WHERE head.number = each.batch AND head.batch = each.batch
    AND head.state = 'pending' AND head.place IN ('head', 'aside'))`,
  'is not the only head': `state = 'pending' AND place = 'head' AND EXISTS (
    SELECT 1 FROM deliveries AS head WHERE head.state = 'pending' AND head.place = 'head'
    AND head.endpoint_id = each.endpoint_id AND head.lane = each.lane AND head.number <> each.number)`,
  'has another place than the rule gives': `state = 'pending' AND (place = 'free') <> (
    SELECT coalesce(lanes, 'none') = 'none' FROM endpoints WHERE id = endpoint_id)`,
  'has ended and stands in a lane': `state <> 'pending' AND (place <> 'free' OR lane IS NOT NULL OR batch IS NOT NULL)`,
  'shares its number': `(sequence = 0) <> (state = 'skipped') OR sequence > 0 AND EXISTS (
    SELECT 1 FROM deliveries AS other WHERE other.sequence = each.sequence AND other.number <> each.number)`,
  'holds up its lane for too long': `state = 'pending' AND place = 'head'
    AND due_at > failed_at + ${soonMs} AND due_at > changed_at`,
  'is not counted': `state = 'pending' AND (SELECT pending FROM endpoints WHERE id = endpoint_id) <> (
    SELECT count(*) FROM deliveries WHERE state = 'pending')`,
};

function found(path: string): string[] {
  const sql = new DatabaseSync(path, { readOnly: true });
  try {
    return Object.entries(wrongs).flatMap(([name, condition]) => {
      const row = sql.prepare(`SELECT event_id FROM deliveries AS each WHERE ${condition} LIMIT 1`).get();
      return row ? [`${row.event_id} ${name}`] : [];
    });
  } finally {
    sql.close();
  }
}

test('a lane that has anything has one that can become due, after each step of any story, and in the end all is sent', async () => {
  const stories = fc.array(aStep, { minLength: 10, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(oneOf(...plans), stories, oneOf(...plans), async (first, steps, last) => {
      await using store = await openSqliteStore();
      const world = new World(store);
      await world.configure(first);
      world.start();
      for (const step of steps) {
        await step.run(world);
        await store.pass(0);
        expect(found(store.path)).toEqual([]);
      }
      await world.configure(last);
      for (let left = 60; left > 0 && (await world.queue.count({ state: 'pending' })) > 0; left--) {
        world.end(() => ({ kind: 'done' }));
        await store.pass(soonMs);
      }
      expect(await world.queue.list({ state: 'pending' }, 9)).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 60), seed: Number(process.env.SEED ?? 20_261_120) },
  );
});
