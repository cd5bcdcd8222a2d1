// What is told to Redis when the answer is lost, and when there is nobody to tell.

import { expect, test } from '@jest/globals';
import { DeliveryDesk, type Told } from '../../../../src/backend/redis/deliveries/delivery-desk.ts';
import { turnScript } from '../../../../src/backend/redis/deliveries/scripts/turn.ts';
import { RedisLink } from '../../../../src/backend/redis/server/link.ts';
import { type Script, script } from '../../../../src/backend/redis/server/script.ts';
import { systemClock } from '../../../../src/clock.ts';
import { StoreError } from '../../../../src/errors.ts';
import { silentLog } from '../../../../src/log.ts';
import type { AttemptResult } from '../../../../src/model/delivery.ts';
import { attemptOf, deliveryOf, planOf } from '../../../conformance/records.ts';
import { until } from '../../../support/fake-clock.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();
const plan = planOf('app');

async function withDesk(run: (desk: DeliveryDesk, loseNext: () => void) => Promise<void>): Promise<void> {
  const { store, link } = await opened();
  let isLost = false;
  const real = script(link, turnScript);
  const turn: Script = async (...words) => {
    const answer = await real(...words);
    if (!isLost) return answer;
    isLost = false;
    throw new StoreError('store-unreachable', 'the answer is lost');
  };
  const giveUp = new AbortController().signal;
  const tools = {
    turn,
    clock: systemClock,
    log: silentLog,
    planOf: () => plan,
    wake() {},
    giveUp: () => giveUp,
  };
  try {
    await run(new DeliveryDesk(tools, 'app'), () => {
      isLost = true;
    });
  } finally {
    link.close();
    await store.close();
  }

  async function opened() {
    const store = await redis.open();
    await store.backend.deliveries.configure([plan]);
    await store.backend.deliveries.add(['evt_1', 'evt_2', 'evt_3'].map((id) => deliveryOf(id)));
    const link = new RedisLink(store.config);
    await link.connect();
    shown = store.backend.deliveries;
    return { store, link };
  }
}
let shown: Awaited<ReturnType<typeof redis.open>>['backend']['deliveries'];

const idsOf = (told: Told) => (told.kind === 'work' ? told.deliveries.map(({ id }) => id) : [told.kind]);
const answerOf = (told: Told) =>
  told.kind === 'work' ? { start: told.start, turn: told.turn } : { start: 0, turn: 0 };

test('a result whose answer was lost is recorded once, and what was handed out with it is handed out again', async () => {
  await withDesk(async (desk, loseNext) => {
    const first = await desk.ask({ slot: 'slot-1', start: 0, turn: 0, wants: true });
    expect(idsOf(first)).toEqual(['evt_1.app']);
    let recorded = 0;
    const result: AttemptResult = {
      attempt: attemptOf(1),
      verdict: { kind: 'done' },
      learn: (before) => ({ condition: { restsUntil: (before.restsUntil ?? 0) + 1 } }),
      recorded: () => recorded++,
    };
    loseNext();
    const second = await desk.ask(
      { slot: 'slot-1', ...answerOf(first), wants: true },
      { eventIds: ['evt_1'], plan, result },
    );
    expect(idsOf(second)).toEqual(['evt_2.app']);
    expect(recorded).toBe(1);
    expect(await shown.attempts('evt_1.app')).toHaveLength(1);
    expect((await shown.endpoints())[0]).toMatchObject({ done: 1, pending: 2, condition: { restsUntil: 1 } });
    const third = await desk.ask(
      { slot: 'slot-1', ...answerOf(second), wants: true },
      { eventIds: ['evt_2'], plan, result },
    );
    expect(idsOf(third)).toEqual(['evt_3.app']);
  });
});

test('a slot that starts after its answer was lost has what it was given then', async () => {
  await withDesk(async (desk, loseNext) => {
    await desk.ask({ slot: 'slot-2', start: 0, turn: 0, wants: false });
    loseNext();
    expect(idsOf(await desk.ask({ slot: 'slot-1', start: 0, turn: 0, wants: true }))).toEqual(['evt_1.app']);
  });
});

test('of a slot that another has taken over only what has arrived counts', async () => {
  await withDesk(async (desk) => {
    const first = await desk.ask({ slot: 'slot-1', start: 0, turn: 0, wants: true });
    await desk.ask({ slot: 'slot-1', start: 0, turn: 0, wants: false });
    const dead: AttemptResult = { attempt: attemptOf(1), verdict: { kind: 'dead', reason: 'poison' } };
    const late = { slot: 'slot-1', ...answerOf(first), wants: true };
    expect(await desk.ask(late, { eventIds: ['evt_1'], plan, result: dead })).toEqual({ kind: 'lost' });
    expect((await shown.list({ id: 'evt_1.app' }, 1))[0]).toMatchObject({ state: 'pending', attempts: 0 });
    const done: AttemptResult = { verdict: { kind: 'done' } };
    expect(await desk.ask(late, { eventIds: ['evt_1'], plan, result: done })).toEqual({ kind: 'lost' });
    expect((await shown.list({ id: 'evt_1.app' }, 1))[0]?.state).toBe('done');
  });
});

test('a stop while the server is away ends, with what is on its way unrecorded', async () => {
  const store = await redis.open();
  const { deliveries } = store.backend;
  await deliveries.configure([plan]);
  await deliveries.add([deliveryOf('evt_1')]);
  let sent = 0;
  let recorded = 0;
  deliveries.start((_, { signal }) => {
    sent++;
    return new Promise((resolve) =>
      signal.addEventListener('abort', () =>
        resolve({ verdict: { kind: 'postpone', at: 0 }, recorded: () => void recorded++ }),
      ),
    );
  });
  await until(() => sent === 1, 'it is sent');
  await redis.server.kill();
  await deliveries.stop(0);
  expect(recorded).toBe(1);
  await redis.server.restart();
  await store.close();
});

test.each([
  ['has sent something', { kind: 'retry', at: 0 }],
  ['has arrived', { kind: 'done' }],
] as const)(
  'a slot that is lost and won back before it knows, and %s: the one that begins holds, nothing stays in no hand',
  async (_, verdict) => {
    await withDesk(async (desk) => {
      const first = await desk.ask({ slot: 'slot-1', start: 0, turn: 0, wants: true });
      expect(idsOf(first)).toEqual(['evt_1.app']);
      const result: AttemptResult = { attempt: attemptOf(1), verdict };
      // In one question, as after an outage.
      const [late, begun] = await Promise.all([
        desk.ask({ slot: 'slot-1', ...answerOf(first), wants: true }, { eventIds: ['evt_1'], plan, result }),
        desk.ask({ slot: 'slot-1', start: 0, turn: 0, wants: true }),
      ]);
      expect(late?.kind).toBe('lost');
      const sent: string[] = [];
      for (let told: Told | undefined = begun; told?.kind === 'work'; ) {
        sent.push(...idsOf(told));
        const eventIds = told.deliveries.map(({ eventId }) => eventId);
        const done: AttemptResult = { attempt: attemptOf(1), verdict: { kind: 'done' } };
        told = await desk.ask(
          { slot: 'slot-1', ...answerOf(told), wants: true },
          { eventIds, plan, result: done },
        );
      }
      expect(sent.toSorted()).toEqual(
        ['evt_1.app', 'evt_2.app', 'evt_3.app'].slice(verdict.kind === 'done' ? 1 : 0),
      );
      expect((await shown.endpoints())[0]).toMatchObject({ done: 3, pending: 0 });
    });
  },
);
