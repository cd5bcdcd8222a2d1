// What a process still believes of a slot or of an endpoint after Redis has forgotten it, or has given it to another.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DeliveryDesk, type Told } from '../../../../src/backend/redis/deliveries/delivery-desk.ts';
import { turnScript } from '../../../../src/backend/redis/deliveries/scripts/turn.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { type Script, script } from '../../../../src/backend/redis/server/script.ts';
import { systemClock } from '../../../../src/clock.ts';
import { StoreError } from '../../../../src/errors.ts';
import { silentLog } from '../../../../src/log.ts';
import type { AttemptResult } from '../../../../src/model/delivery.ts';
import type { Backend } from '../../../../src/ports.ts';
import { attemptOf, deliveryOf, eventOf, planOf } from '../../../conformance/records.ts';
import { until } from '../../../support/fake-clock.ts';
import { type RedisStore, useRedis } from '../redis-store.ts';

const redis = useRedis();
const plan = planOf('app', { concurrency: 2 });
const ops = planOf('ops', { concurrency: 0 });
const done: AttemptResult = { attempt: attemptOf(1), verdict: { kind: 'done' } };
let store: RedisStore;
let link: RedisLink;
let queue: Backend['deliveries'];
let losesNext = false;

beforeEach(async () => {
  store = await redis.open();
  queue = store.backend.deliveries;
  link = new RedisLink(store.config);
  await link.connect();
  await queue.configure([plan, ops]);
});
afterEach(async () => {
  link.close();
  await store.close();
});

/** As each process has one. */
function desk(): DeliveryDesk {
  const real = script(link, turnScript);
  const turn: Script = async (...words) => {
    const answer = await real(...words);
    if (!losesNext) return answer;
    losesNext = false;
    throw new StoreError('store-unreachable', 'the answer is lost');
  };
  const giveUp = new AbortController().signal;
  const planOf = (id: string) => [plan, ops].find((each) => each.id === id);
  return new DeliveryDesk(
    { turn, clock: systemClock, log: silentLog, planOf, wake() {}, giveUp: () => giveUp },
    'app',
  );
}

const slot = 'slot-1';
const begin = { slot, start: 0, turn: 0, wants: true };
const add = (...ids: string[]) => queue.add(ids.map((id) => deliveryOf(id)));
const health = async () => (await queue.endpoints()).find(({ endpointId }) => endpointId === 'app');
const flush = async () => {
  await redis.server.client.flushall();
  await queue.configure([plan, ops]);
};

function work(told: Told): Extract<Told, { kind: 'work' }> {
  if (told.kind !== 'work') throw new Error(`nothing to send, but ${told.kind}`);
  return told;
}

function end(at: DeliveryDesk, told: Told, result: AttemptResult, wants = false): Promise<Told> {
  const { start, turn, deliveries } = work(told);
  const eventIds = deliveries.map(({ eventId }) => eventId);
  return at.ask({ slot, start, turn, wants }, { eventIds, plan, result });
}

test('a slot that was taken before a flush, and by another after it, is that other’s: nothing stays in no hand', async () => {
  const [early, late] = [desk(), desk()];
  await add('evt_1');
  const before = await early.ask(begin);
  await flush();
  await add('evt_2', 'evt_3');
  const after = await late.ask(begin);
  expect(await end(early, before, done, true)).toEqual({ kind: 'lost' });
  await end(late, await end(late, after, done, true), done);
  expect(await health()).toMatchObject({ done: 2, pending: 0 });
});

test('a condition that a process knew before a flush is not taken for one that was written after it', async () => {
  const known = desk();
  await add('evt_1');
  const told = await known.ask(begin);
  const learn = () => ({ condition: { restsUntil: 1 } });
  await end(known, told, { ...done, learn });
  await flush();
  const paused = { since: 1 };
  await queue.changeCondition('app', () => ({ paused }));
  await add('evt_2');
  expect((await known.ask(begin)).kind).toBe('rest');
  expect((await health())?.condition).toEqual({ paused });
});

test('what a slot that was taken over has met teaches nothing, so that no alert of it is lost', async () => {
  const [early, late] = [desk(), desk()];
  await add('evt_1');
  const before = await early.ask(begin);
  const again = await late.ask(begin);
  const learn: AttemptResult['learn'] = (condition) => ({
    condition: { disabled: { since: 1, reason: 'gone' } },
    alerts: condition.disabled ? [] : [{ event: eventOf('evt_down'), endpointIds: ['ops'] }],
  });
  const gone: AttemptResult = { attempt: attemptOf(1), verdict: { kind: 'retry', at: 0 }, learn };
  expect(await end(early, before, gone)).toEqual({ kind: 'lost' });
  expect((await health())?.condition).toEqual({});
  await end(late, again, gone);
  expect((await health())?.condition.disabled).toBeDefined();
  expect(await queue.count({ endpointId: 'ops' })).toBe(1);
});

test('what was recorded, without an answer, teaches nothing again though others have something to tell by then', async () => {
  const losing = desk();
  await add('evt_1', 'evt_2');
  const beside = { ...begin, slot: 'slot-2' };
  const [one, other] = await Promise.all([losing.ask(begin), losing.ask(beside)]);
  if (!one || !other) throw new Error('nothing was told');
  let asked = 0;
  // It changes nothing when it is first asked, so that the version stays the same.
  const learn: AttemptResult['learn'] = (condition) => ({
    condition: asked++ === 0 ? condition : { restsUntil: 5 },
  });
  losesNext = true;
  const first = end(losing, one, { ...done, learn });
  await until(() => !losesNext, 'its answer is lost');
  const learnMore: AttemptResult['learn'] = ({ restsUntil = 0 }) => ({
    condition: { restsUntil: restsUntil + 1 },
  });
  const { start, turn, deliveries } = work(other);
  const sent = {
    eventIds: deliveries.map(({ eventId }) => eventId),
    plan,
    result: { ...done, learn: learnMore },
  };
  await losing.ask({ ...beside, start, turn, wants: false }, sent);
  await first;
  expect(await health()).toMatchObject({ done: 2, condition: { restsUntil: 1 } });
});

test('a slot that should have looked long ago is not relied on by the others', async () => {
  const at = systemClock.now() + 10_000;
  const looking = desk();
  await add('evt_1');
  const told = await looking.ask(begin);
  await redis.server.client.zadd(link.key('resting', 'app'), systemClock.now() - 10_000, 'slot-2');
  const rest = await end(looking, told, { attempt: attemptOf(1), verdict: { kind: 'retry', at } }, true);
  expect(rest).toMatchObject({ kind: 'rest', at });
});
