// What stays true whatever is done in whatever order: the counts of an endpoint are those of its deliveries, and a delivery
// lane has one head.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Delivery, deliveryStates, type Verdict } from '../../src/model/delivery.ts';
import type { DeliveryFilter, EndpointPlan } from '../../src/ports.ts';
import { type QueueRig, useRig } from './queue-rig.ts';
import { attemptOf, deliveryOf, planOf, skippedOf, withheldOf } from './records.ts';
import type { OpenStore } from './store-under-test.ts';

type Step =
  | { readonly kind: 'add'; readonly event: number; readonly how: 0 | 1 | 2; readonly feed: string }
  | { readonly kind: 'replay' | 'release' | 'drop'; readonly filter: DeliveryFilter }
  | { readonly kind: 'run'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'configure'; readonly rule: number }
  | { readonly kind: 'giveUp' | 'prune' | 'restart' };

const rules: readonly Partial<EndpointPlan>[] = [
  {},
  { ordering: 'feed', concurrency: 2 },
  { concurrency: 2, batch: { count: 3, lane: 'endpoint' } },
  { batch: { count: 2, lane: 'feed' }, concurrency: 3 },
];

const endpointId = fc.constantFrom('app', 'chat');
const filter: fc.Arbitrary<DeliveryFilter> = fc.record(
  {
    eventId: fc.integer({ min: 0, max: 9 }).map((event) => `evt_${event}`),
    endpointId,
    feedId: fc.constantFrom('a', 'b'),
    state: fc.constantFrom(...deliveryStates),
  },
  { requiredKeys: [] },
);
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant({ kind: 'done' } as const),
  fc.constant({ kind: 'dead', reason: 'exhausted' } as const),
  fc.record({ kind: fc.constant('retry' as const), at: fc.constantFrom(0, 9e15) }),
  fc.constant({ kind: 'retry', at: 9e15, isAside: true } as const),
  fc.constant({ kind: 'postpone', at: 9e15 } as const),
  fc.constant({ kind: 'split' } as const),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      event: fc.integer({ min: 0, max: 9 }),
      how: fc.constantFrom(0 as const, 0 as const, 1 as const, 2 as const),
      feed: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('replay', 'release', 'drop'), filter }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      verdicts: fc.array(verdict, { maxLength: 6 }),
    }),
  },
  fc.record({ kind: fc.constant('configure' as const), rule: fc.nat({ max: rules.length - 1 }) }),
  fc.record({ kind: fc.constantFrom('giveUp', 'prune', 'restart') }),
);

export function describeCounts(name: string, open: OpenStore): void {
  describe(`${name}: whatever is done`, () => {
    const rig = useRig(open);

    test('the counts of an endpoint are those of its deliveries, and a lane has one head', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          await rig.renew();
          await configure(rig, 0);
          for (const each of steps) {
            await take(rig, each);
            await expectTrueCounts(rig);
            expectHeads(await rig.queue.list({ state: 'pending' }, 99));
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

const configure = (rig: QueueRig, rule: number) =>
  rig.queue.configure(['app', 'chat'].map((id) => planOf(id, rules[rule])));

async function take(rig: QueueRig, each: Step): Promise<void> {
  const { deliveries, upkeep } = rig.store.backend;
  switch (each.kind) {
    case 'add': {
      const make = [deliveryOf, withheldOf, skippedOf][each.how] ?? deliveryOf;
      return deliveries.add(['app', 'chat'].map((to) => make(`evt_${each.event}`, to, each.feed)));
    }
    case 'configure':
      return configure(rig, each.rule);
    case 'run':
      return run(rig, each.verdicts);
    case 'giveUp':
      await upkeep.giveUp(rig.at(0), new Map([['app', 3]]));
      return;
    case 'prune':
      await upkeep.prune(rig.at(0));
      return;
    case 'restart':
      return rig.store.restart();
    default:
      await deliveries[each.kind](each.filter);
  }
}

async function run(rig: QueueRig, verdicts: readonly Verdict[]): Promise<void> {
  const left = [...verdicts];
  const { deliveries } = rig.store.backend;
  deliveries.start(async () => ({ attempt: attemptOf(1), verdict: left.shift() ?? { kind: 'done' } }));
  // Where time is real, so long that some of it goes out.
  await rig.store.pass(rig.store.noticeMs === undefined ? 1 : 20);
  await deliveries.stop(0);
}

async function expectTrueCounts(rig: QueueRig): Promise<void> {
  for (const health of await rig.queue.endpoints()) {
    for (const state of deliveryStates) {
      const counted = await rig.queue.count({ endpointId: health.endpointId, state });
      expect([health.endpointId, state, health[state]]).toEqual([health.endpointId, state, counted]);
    }
  }
}

/** Of each endpoint and feed, or of the endpoint where all its feeds share a lane. */
function expectHeads(pending: readonly Delivery[]): void {
  for (const feedId of ['a', 'b']) {
    for (const to of ['app', 'chat']) {
      const lane = pending.filter((each) => each.endpointId === to && each.feedId === feedId);
      expect(lane.filter(({ place }) => place === 'head').length).toBeLessThanOrEqual(1);
    }
  }
  for (const to of ['app', 'chat']) {
    const all = pending.filter((each) => each.endpointId === to);
    const waits = all.some(({ place }) => place === 'behind');
    // Those behind wait for a head, or for one set aside that shares their request.
    if (waits) expect(all.some(({ place }) => place === 'head' || place === 'aside')).toBe(true);
  }
}
