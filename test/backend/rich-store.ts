// A store that has one of everything that must survive a move to another: deliveries in each state and place, a batch under way,
// retries far away, attempts, conditions, memories with and without an outbox, a state under a note, a lane on hold.

import { systemClock } from '../../src/clock.ts';
import type { Verdict } from '../../src/model/delivery.ts';
import { type PortableRecord, portableKinds } from '../../src/model/portable.ts';
import type { Backend, EndpointPlan } from '../../src/ports.ts';
import {
  attemptOf,
  deliveryOf,
  eventOf,
  knownEntry,
  memoryOf,
  planOf,
  skippedOf,
  stateOf,
  withheldOf,
} from '../conformance/records.ts';
import { until } from '../support/fake-clock.ts';

export const hourMs = 3_600_000;

export const richPlans: readonly EndpointPlan[] = [
  planOf('app'),
  planOf('ordered', { ordering: 'feed' }),
  planOf('many', { batch: { count: 3, lane: 'endpoint' } }),
  planOf('quiet'),
];

/** Puts everything into an empty store on which nobody works. */
export async function enrich({ store, deliveries, lanes }: Backend): Promise<void> {
  const now = systemClock.now();
  await enrichFeeds(store, now);
  await deliveries.configure(richPlans);
  await deliveries.changeCondition('quiet', () => ({ paused: { since: now } }));
  await addDeliveries({ store, deliveries });
  await attemptAll(deliveries, now);
  await deliveries.replay({ id: 'evt_dead2.app' });
  await deliveries.add([deliveryOf('evt_pending', 'app'), deliveryOf('evt_pending', 'quiet')]);
  await holdLane(lanes, now);
}

async function enrichFeeds(store: Backend['store'], now: number): Promise<void> {
  const validators = { url: 'https://feed.example/', etag: '"1"' };
  const entries = new Map([
    ['key-ä', knownEntry()],
    ['key-2', knownEntry({ revision: 4 })],
  ]);
  await store.writeMemory(memoryOf('feed', { validators, entries, sequence: 7 }));
  await store.writeMemory(memoryOf('feed:2', { outbox: ['evt_outbox'], sequence: 1 }));
  await store.writeState(stateOf('feed', { requestedAt: now - hourMs, failures: 2 }));
  await store.writeState(stateOf('feed:2', { requestedAt: now - hourMs }));
  await store.noteRequest('feed:2', { requestedAt: now, nextPoll: { at: now + hourMs, reason: 'interval' } });
  await store.writeState(stateOf('parked', { nextPoll: { at: Number.POSITIVE_INFINITY, reason: 'parked' } }));
  await store.addEvents([
    eventOf('evt_outbox', { feedId: 'feed:2', entryKey: 'key "quoted"', sequence: 1, isWithheld: true }),
  ]);
}

const toApp = ['done', 'dead', 'dead2', 'later', 'fallback'];
const inOrder = ['aside-1', 'head-1', 'behind-1'];

async function addDeliveries({ store, deliveries }: Pick<Backend, 'store' | 'deliveries'>): Promise<void> {
  const ids = [...toApp, 'withheld', 'skipped', ...inOrder, 'b1', 'b2', 'b3', 'b4', 'pending'];
  await store.addEvents(
    ids.map((id) => eventOf(`evt_${id}`, { feedId: id.endsWith('-1') ? 'feed' : 'other' })),
  );
  await deliveries.add([
    ...toApp.map((id) => deliveryOf(`evt_${id}`, 'app', 'other')),
    withheldOf('evt_withheld', 'app', 'other'),
    skippedOf('evt_skipped', 'app', 'other'),
    ...inOrder.map((id) => deliveryOf(`evt_${id}`, 'ordered')),
    ...['b1', 'b2', 'b3', 'b4'].map((id) => deliveryOf(`evt_${id}`, 'many', 'other')),
  ]);
}

function verdictOf(eventId: string, now: number): Verdict {
  switch (eventId) {
    case 'evt_dead':
    case 'evt_dead2':
      return { kind: 'dead', reason: 'exhausted' };
    case 'evt_done':
      return { kind: 'done' };
    case 'evt_fallback':
      return { kind: 'retry', at: now + hourMs, isFallback: true };
    case 'evt_aside-1':
      return { kind: 'retry', at: now + 2 * hourMs, isAside: true };
    default:
      return { kind: 'retry', at: now + hourMs / 2 };
  }
}

async function attemptAll(deliveries: Backend['deliveries'], now: number): Promise<void> {
  const tried = new Set<string>();
  deliveries.start(async (several) => {
    for (const { id } of several) tried.add(id);
    return { attempt: attemptOf(1, { message: 'wörds' }), verdict: verdictOf(several[0].eventId, now) };
  });
  // The five to `app`, the first two in order, a batch of three.
  await until(() => tried.size === toApp.length + 2 + 3, 'everything that is due was tried');
  await deliveries.stop(0);
}

/** As a poll that was answered 429 leaves it. */
async function holdLane(lanes: Backend['lanes'], now: number): Promise<void> {
  let runs = 0;
  await lanes.reconcile(new Map([['held.example', now]]));
  lanes.start(async () => {
    runs += 1;
    return { dueAt: now + hourMs, heldUntil: now + hourMs };
  }, 1);
  await until(() => runs === 1, 'the lane ran');
  await lanes.stop();
}

/** Everything that a migration carries, in an order that no store decides. */
export async function everythingIn({ portable }: Pick<Backend, 'portable'>): Promise<PortableRecord[]> {
  const all: PortableRecord[] = [];
  for (const kind of portableKinds) {
    const some: PortableRecord[] = [];
    for await (const records of portable.records(kind, systemClock.now())) some.push(...records);
    all.push(...some.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)));
  }
  return all;
}

function nameOf(record: PortableRecord): string {
  switch (record.kind) {
    case 'event':
    case 'endpoint':
      return record.id;
    case 'delivery':
      return `${record.eventId}.${record.endpointId}`;
    case 'hold':
      return record.laneId;
    default:
      return record.feedId;
  }
}
