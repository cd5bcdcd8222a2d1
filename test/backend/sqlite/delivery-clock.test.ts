// A clock that was ten years ahead and is set back: what waited, waits as long as it should, from now.

import { expect, test } from '@jest/globals';
import { openBackend } from '../../../src/backend/open.ts';
import type { Clock } from '../../../src/clock.ts';
import { silentLog } from '../../../src/log.ts';
import type { EndpointCondition } from '../../../src/model/endpoint.ts';
import type { Backend, EndpointPlan } from '../../../src/ports.ts';
import { deliveryOf, planOf } from '../../conformance/records.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const tenYearsMs = 3_650 * 86_400_000;

interface Stepped extends AsyncDisposable {
  readonly backend: Backend;
  readonly sent: string[];
  now(): number;
  setBack(): void;
  pass(ms: number): Promise<void>;
}

async function openStepped(plan: EndpointPlan): Promise<Stepped> {
  const folder = await temporaryFolder();
  const steady = new FakeClock();
  let offMs = tenYearsMs;
  const clock: Clock = {
    now: () => steady.now() + offMs,
    startTimer: (delayMs, run) => steady.startTimer(delayMs, run),
  };
  const store = { kind: 'sqlite', path: folder.file('a.db') } as const;
  const backend = await openBackend({ store, clock, log: silentLog, exclusive: true });
  const sent: string[] = [];
  await backend.deliveries.configure([plan]);
  backend.deliveries.start(async (deliveries) => {
    sent.push(deliveries.map(({ eventId }) => eventId).join('+'));
    return { verdict: { kind: 'done' } };
  });
  return {
    backend,
    sent,
    now: () => clock.now(),
    setBack() {
      offMs = 0;
    },
    pass: (ms) => steady.advance(ms),
    async [Symbol.asyncDispose]() {
      await backend.deliveries.stop(0);
      await backend.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test.each<[string, (now: number) => EndpointCondition]>([
  [
    'the probe of a circuit',
    (now) => ({ circuit: { since: now, code: 'http-500', waitMs: 5_000, probeAt: now + 5_000 } }),
  ],
  ['a pace', (now) => ({ pace: { gapMs: 5_000, since: now, good: 0 } })],
])('%s waits no longer than it may', async (_, condition) => {
  await using clocked = await openStepped(planOf('app'));
  await clocked.backend.deliveries.add([deliveryOf('evt_0')]);
  await clocked.pass(10);
  await clocked.backend.deliveries.changeCondition('app', () => condition(clocked.now()));
  await clocked.backend.deliveries.add([deliveryOf('evt_1')]);
  clocked.setBack();
  await clocked.pass(4_900);
  expect(clocked.sent).toEqual(['evt_0']);
  await clocked.pass(1_500);
  expect(clocked.sent).toEqual(['evt_0', 'evt_1']);
});

test('a rate, and what waits behind the head of a lane, do not wait for the time before', async () => {
  await using clocked = await openStepped(
    planOf('app', { ordering: 'feed', rate: { count: 1, perMs: 1_000, burst: 1 } }),
  );
  await clocked.backend.deliveries.add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
  await clocked.pass(10);
  clocked.setBack();
  await clocked.pass(4_500);
  expect(clocked.sent).toEqual(['evt_1', 'evt_2', 'evt_3']);
});

test('a digest keeps its wait, and its members', async () => {
  await using clocked = await openStepped(
    planOf('app', { batch: { count: 9, lane: 'endpoint' }, dueAt: (addedAt) => addedAt + 5_000 }),
  );
  await clocked.backend.deliveries.add(['evt_1', 'evt_2'].map((id) => deliveryOf(id)));
  await clocked.pass(10);
  clocked.setBack();
  await clocked.pass(4_000);
  expect(clocked.sent).toEqual([]);
  await clocked.pass(2_500);
  expect(clocked.sent).toEqual(['evt_1+evt_2']);
});
