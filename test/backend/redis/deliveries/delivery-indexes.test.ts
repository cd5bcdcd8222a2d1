// The indexes of the deliveries say what their records say, whatever is done in whatever order.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Verdict } from '../../../../src/model/delivery.ts';
import type { EndpointPlan } from '../../../../src/ports.ts';
import { attemptOf, deliveryOf, planOf, skippedOf, withheldOf } from '../../../conformance/records.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';

const redis = useRedis();

const rules: readonly Partial<EndpointPlan>[] = [
  {},
  { ordering: 'feed', concurrency: 2 },
  { concurrency: 2, batch: { count: 3, lane: 'endpoint' } },
  { concurrency: 3, batch: { count: 2, lane: 'feed' } },
];

type Row = Readonly<Record<string, string>> & { readonly ev: string };

async function rows(store: RedisStore): Promise<Row[]> {
  const { client } = redis.server;
  const keys = await client.keys(`{${store.config.prefix}}:d:app:*`);
  return Promise.all(
    keys.map(async (key) => ({ ...(await client.hgetall(key)), ev: key.split(':').at(-1) ?? '' })),
  );
}

const isSendable = (row: Row) => row.state === 'pending' && row.place !== 'behind' && row.slot === undefined;
const member = ({ number, ev }: Row) => `${number?.padStart(16, '0')}.${ev}`;
const events = (found: readonly Row[]) => found.map(({ ev }) => ev).toSorted();

/** By name of the key: what is in it, and what should be. */
async function indexes(store: RedisStore): Promise<[string, readonly string[], readonly string[]][]> {
  const { client } = redis.server;
  const all = await rows(store);
  const key = (...parts: string[]) => [`{${store.config.prefix}}`, ...parts].join(':');
  const found = async (name: string) => (await client.zrange(name, 0, '-1')).toSorted();
  const result: [string, readonly string[], readonly string[]][] = [];
  const check = async (name: string, wanted: readonly string[]) =>
    void result.push([name, await found(name), [...wanted].toSorted()]);
  for (const state of ['pending', 'withheld', 'done', 'dead', 'skipped'])
    await check(key('state', 'app', state), events(all.filter((row) => row.state === state)));
  for (const [name, isIt] of [
    ['first', (n: number) => n === 0] as const,
    ['again', (n: number) => n > 0] as const,
  ])
    await check(
      key(name, 'app'),
      all.filter((row) => isSendable(row) && isIt(Number(row.attempts))).map(member),
    );
  for (const lane of ['a', 'b', '*']) {
    const own = all.filter((row) => row.lane === lane);
    const behind = own.filter((row) => row.place === 'behind' && row.batch === undefined);
    await check(key('behind', 'app', lane), events(behind));
    const head = await client.hget(key('heads', 'app'), lane);
    result.push([
      `head of ${lane}`,
      head === null ? [] : [head],
      events(own.filter((row) => row.place === 'head')),
    ]);
  }
  for (const { ev } of all)
    await check(key('batch', 'app', ev), events(all.filter((row) => row.batch === ev)));
  const owed = await Promise.all(all.map(({ ev }) => client.hget(key('event', ev), 'owed')));
  result.push(['owed', owed.map(String), all.map(() => '1')]);
  return result;
}

const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant({ kind: 'done' } as const),
  fc.constant({ kind: 'dead', reason: 'exhausted' } as const),
  fc.record({ kind: fc.constant('retry' as const), at: fc.constantFrom(0, 9e15) }),
  fc.constant({ kind: 'retry', at: 9e15, isAside: true } as const),
  fc.constant({ kind: 'postpone', at: 9e15, isAside: true } as const),
  fc.constant({ kind: 'split' } as const),
);
type Step =
  | { readonly kind: 'add'; readonly first: number; readonly how: number; readonly feed: string }
  | { readonly kind: 'replay' | 'release' | 'drop' | 'dropPending'; readonly event: number }
  | { readonly kind: 'run'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'configure'; readonly rule: number };
const event = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    first: event,
    how: fc.nat({ max: 2 }),
    feed: fc.constantFrom('a', 'b'),
  }),
  fc.record({
    kind: fc.constantFrom('replay' as const, 'release' as const, 'drop' as const, 'dropPending' as const),
    event,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      verdicts: fc.array(verdict, { maxLength: 5 }),
    }),
  },
  fc.record({ kind: fc.constant('configure' as const), rule: fc.nat({ max: rules.length - 1 }) }),
);

async function take(store: RedisStore, each: Step): Promise<void> {
  const { deliveries } = store.backend;
  switch (each.kind) {
    case 'add': {
      const make = [deliveryOf, withheldOf, skippedOf][each.how] ?? deliveryOf;
      return deliveries.add([0, 1, 2].map((more) => make(`evt_${each.first + more}`, 'app', each.feed)));
    }
    case 'configure':
      return deliveries.configure([planOf('app', rules[each.rule])]);
    case 'run': {
      const left = [...each.verdicts];
      deliveries.start(async () => ({ attempt: attemptOf(1), verdict: left.shift() ?? { kind: 'done' } }));
      await store.pass(40);
      return deliveries.stop(1_000);
    }
    case 'dropPending':
      return void (await deliveries.drop({ eventId: `evt_${each.event}`, state: 'pending' }));
    default:
      return void (await deliveries[each.kind]({ eventId: `evt_${each.event}` }));
  }
}

test('the indexes follow from the records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: rules.length - 1 }),
      fc.array(step, { minLength: 5, maxLength: 20 }),
      async (rule, steps) => {
        await using store = await redis.open();
        await store.backend.deliveries.configure([planOf('app', rules[rule])]);
        for (const each of steps) {
          await take(store, each);
          for (const [name, found, wanted] of await indexes(store))
            expect([name, found]).toEqual([name, wanted]);
        }
      },
    ),
    { numRuns: 15 },
  );
});
