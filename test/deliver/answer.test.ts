import { describe, expect, test } from '@jest/globals';
import { judgeAttempt, type Made } from '../../src/deliver/answer.ts';
import type { Reading } from '../../src/deliver/reading.ts';
import type { Answered, Sent } from '../../src/deliver/send.ts';
import { deliveryOf, storedEvent } from './records.ts';

const startedAt = Date.parse('2026-11-20T09:00:00Z');
const endedAt = startedAt + 120;
const dueAt = startedAt - 50;
const hour = 3_600_000;
const event = storedEvent();
const delivery = deliveryOf(event, { dueAt });
const another = deliveryOf(storedEvent({ id: 'evt_another' }), { dueAt });

function answered(status: number, over: Partial<Answered> = {}): Answered {
  return { kind: 'answered', status, headers: {}, text: '', phases: {}, ...over };
}

function reading(meaning: Reading['meaning'], status: number, over: Partial<Reading> = {}): Reading {
  if (meaning === 'delivered') return { meaning, ...over };
  return { meaning, code: `http-${status}`, message: `the receiver answered ${status}`, ...over };
}

const silence: Sent = { kind: 'unanswered', code: 'timeout', message: 'too slow', phases: {} };
const silent: Reading = { meaning: 'unreachable', code: 'timeout', message: 'too slow' };

function judge(sent: Sent, read: Reading, over: Partial<Made> = {}) {
  return judgeAttempt({
    deliveries: [delivery],
    retryMs: [0, 5_000, hour],
    isChat: false,
    isProbe: false,
    startedAt,
    endedAt,
    sent,
    reading: read,
    ...over,
  });
}

describe('the verdict', () => {
  test('delivered: done, and the endpoint is well', () => {
    const { attempt, verdict, tells } = judge(answered(202, { excerpt: 'ok' }), reading('delivered', 202));
    expect(attempt).toEqual({
      number: 1,
      startedAt,
      durationMs: 120,
      outcome: 'delivered',
      status: 202,
      excerpt: 'ok',
    });
    expect(verdict).toEqual({ kind: 'done' });
    expect(tells).toEqual({ startedAt, endedAt, eventIds: [event.id], finding: { kind: 'well' } });
  });

  test('a printed line is delivered, and done', () => {
    expect(judge({ kind: 'printed' }, { meaning: 'delivered' })).toMatchObject({
      attempt: { number: 1, startedAt, durationMs: 120, outcome: 'delivered' },
      verdict: { kind: 'done' },
    });
  });

  test.each([
    { meaning: 'redirected', status: 307, isSlow: false },
    { meaning: 'refused', status: 404, isSlow: false },
    { meaning: 'busy', status: 500, isSlow: false },
    { meaning: 'slow', status: 429, isSlow: true },
  ] as const)('$meaning: again by schedule, and a failure of the endpoint', ({ meaning, status, isSlow }) => {
    const { attempt, verdict, tells } = judge(answered(status), reading(meaning, status));
    expect(attempt).toMatchObject({
      outcome: 'rejected',
      status,
      code: `http-${status}`,
      nextReason: 'schedule',
    });
    expect(verdict).toEqual({ kind: 'retry', at: attempt.nextAt });
    expect(attempt.nextAt).toBeGreaterThanOrEqual(endedAt + 5_000);
    expect(attempt.nextAt).toBeLessThan(endedAt + 7_000);
    expect(tells.finding).toEqual({ kind: 'failed', code: `http-${status}`, isSlow });
  });

  test('unreachable: again by schedule, without a status', () => {
    const { attempt, verdict, tells } = judge(silence, silent);
    expect(attempt).toMatchObject({ outcome: 'unreachable', code: 'timeout', message: 'too slow' });
    expect(attempt.status).toBeUndefined();
    expect(verdict.kind).toBe('retry');
    expect(tells.finding).toEqual({ kind: 'failed', code: 'timeout', isSlow: false });
  });

  test.each([
    { name: 'an answer', sent: answered(500), read: reading('busy', 500) },
    { name: 'no answer', sent: silence, read: silent },
    { name: 'a refusal of the event', sent: answered(422), read: reading('poison', 422) },
  ])('after the last wait of the schedule it is dead, exhausted: $name', ({ sent, read }) => {
    const { attempt, verdict } = judge(sent, read, { deliveries: [{ ...delivery, attempts: 2 }] });
    expect(verdict).toEqual({ kind: 'dead', reason: 'exhausted' });
    expect(attempt.number).toBe(3);
    expect(attempt.nextAt).toBeUndefined();
  });

  test.each([
    { name: '410', read: reading('gone', 410, { disables: 'http-410' }), reason: 'http-410' },
    { name: '404 of a service', read: reading('refused', 404, { disables: 'http-404' }), reason: 'http-404' },
  ])('$name: the delivery stays as it is, and the endpoint is gone', ({ read, reason }) => {
    const { attempt, verdict, tells } = judge(answered(410), read);
    expect(verdict).toEqual({ kind: 'postpone', at: dueAt });
    expect(attempt).toMatchObject({ outcome: 'rejected', nextReason: 'disabled' });
    expect(attempt.nextAt).toBeUndefined();
    expect(tells.finding).toEqual({ kind: 'gone', reason });
  });

  test.each(['denied', 'blocked'] as const)(
    '%s: the delivery stays as it is, for it is not to blame',
    (meaning) => {
      const { attempt, verdict, tells } = judge(answered(401), reading(meaning, 401));
      expect(verdict).toEqual({ kind: 'postpone', at: dueAt });
      expect(attempt.nextReason).toBe('circuit');
      expect(tells.finding).toEqual({
        kind: meaning,
        code: 'http-401',
        message: 'the receiver answered 401',
      });
    },
  );

  test('a clock that went back makes no negative duration', () => {
    const { attempt } = judge(answered(200), reading('delivered', 200), { endedAt: startedAt - 1 });
    expect(attempt.durationMs).toBe(0);
  });
});

describe('an event that is refused', () => {
  const sent = answered(400);
  const read = reading('poison', 400);

  test('is set aside on its own schedule', () => {
    const { attempt, verdict, tells } = judge(sent, read);
    expect(verdict).toEqual({ kind: 'retry', at: attempt.nextAt, isAside: true });
    expect(tells.finding).toEqual({ kind: 'poison', code: 'http-400' });
  });

  test('is sent to a chat at once in its plainest form', () => {
    const { attempt, verdict } = judge(sent, read, { isChat: true });
    expect(verdict).toEqual({ kind: 'retry', at: endedAt, isFallback: true });
    expect(attempt).toMatchObject({ nextAt: endedAt, nextReason: 'fallback' });
  });

  test('is dead when its plainest form is refused too', () => {
    const fallback = { ...delivery, attempts: 1, isFallback: true };
    const { attempt, verdict } = judge(sent, read, { isChat: true, deliveries: [fallback] });
    expect(verdict).toEqual({ kind: 'dead', reason: 'poison' });
    expect(attempt.nextAt).toBeUndefined();
  });

  test('among several is looked for by sending them one by one; the endpoint is not to blame', () => {
    for (const isChat of [true, false]) {
      const { attempt, verdict, tells } = judge(sent, read, { isChat, deliveries: [delivery, another] });
      expect(verdict).toEqual({ kind: 'split' });
      expect(attempt).toMatchObject({ events: 2, nextAt: endedAt, nextReason: 'split' });
      expect(tells).toMatchObject({
        finding: { kind: 'nothing' },
        eventIds: [delivery.eventId, another.eventId],
      });
    }
  });
});

describe('a probe', () => {
  test.each([
    { name: 'that fails', sent: answered(500), read: reading('busy', 500) },
    { name: 'without an answer', sent: silence, read: silent },
    { name: 'that is denied', sent: answered(403), read: reading('denied', 403) },
    { name: 'at the end of the schedule', sent: answered(503), read: reading('slow', 503), attempts: 2 },
  ])('$name leaves the delivery as it is', ({ sent, read, attempts = 0 }) => {
    const { attempt, verdict } = judge(sent, read, {
      isProbe: true,
      isChat: true,
      deliveries: [{ ...delivery, attempts }],
    });
    expect(verdict).toEqual({ kind: 'postpone', at: dueAt });
    expect(attempt).toMatchObject({ isProbe: true, nextReason: 'probe' });
  });

  test.each([
    { waited: 0, rests: hour },
    { waited: 3 * hour, rests: 3 * hour },
    { waited: 72 * hour, rests: 24 * hour },
  ])(
    'that is refused as poison steps aside for as long as it has waited, $waited ms, so that others are the next',
    ({ waited, rests }) => {
      const deliveries = [{ ...delivery, addedAt: endedAt - waited }] as const;
      const { verdict } = judge(answered(400), reading('poison', 400), { isProbe: true, deliveries });
      expect(verdict).toEqual({ kind: 'postpone', at: endedAt + rests, isAside: true });
    },
  );

  test('lets the endpoint rest for as long as it asks, whatever the failure', () => {
    const read = reading('busy', 500, { waitMs: 2 * hour });
    expect(judge(answered(500), read, { isProbe: true }).tells.restMs).toBe(2 * hour);
  });

  test('that arrives is delivered', () => {
    const { verdict } = judge(answered(200), reading('delivered', 200), { isProbe: true });
    expect(verdict).toEqual({ kind: 'done' });
  });
});

describe('what the receiver asks for', () => {
  test.each([
    { meaning: 'busy', rests: undefined },
    { meaning: 'slow', rests: hour },
  ] as const)(
    'a wait on "$meaning" lengthens that of the delivery; of the endpoint: $rests ms',
    ({ meaning, rests }) => {
      const { attempt, tells } = judge(answered(503), reading(meaning, 503, { waitMs: hour }));
      expect(attempt.nextReason).toBe('retry-after');
      expect(attempt.nextAt).toBeGreaterThanOrEqual(endedAt + hour);
      expect(attempt.nextAt).toBeLessThan(endedAt + 1.1 * hour);
      expect(tells.restMs).toBe(rests);
    },
  );

  test('a wait of one that denies is the endpoint’s: no attempt of any event is sooner', () => {
    const { verdict, tells } = judge(answered(403), reading('denied', 403, { waitMs: hour }));
    expect(verdict).toEqual({ kind: 'postpone', at: dueAt });
    expect(tells.restMs).toBe(hour);
  });

  test.each([
    { remaining: 0, meaning: 'delivered', rests: 2_000 },
    { remaining: 1, meaning: 'delivered', rests: undefined },
    { remaining: 0, meaning: 'poison', rests: 2_000 },
  ] as const)(
    '$remaining left of a limit, $meaning: the endpoint rests for $rests',
    ({ remaining, meaning, rests }) => {
      const read = reading(meaning, 400, { limit: { remaining, resetMs: 2_000 } });
      expect(judge(answered(200), read).tells.restMs).toBe(rests);
    },
  );

  test('a chat that has become another is sent to there, at once and uncounted', () => {
    const read = reading('poison', 400, { movedTo: '-1001' });
    const { attempt, verdict, tells } = judge(answered(400), read, { isChat: true });
    expect(verdict).toEqual({ kind: 'postpone', at: endedAt });
    expect(attempt.nextReason).toBe('moved');
    expect(tells).toMatchObject({ movedTo: '-1001', finding: { kind: 'nothing' } });
  });

  test('one that says so of itself has not moved', () => {
    const read = reading('poison', 400, { movedTo: '-1001' });
    const { verdict } = judge(answered(400), read, { isChat: true, movedTo: '-1001' });
    expect(verdict).toMatchObject({ kind: 'retry', isFallback: true });
  });
});

test('phases of the attempt are kept', () => {
  const phases = { connectMs: 3, firstByteMs: 20 };
  expect(judge(answered(200, { phases }), reading('delivered', 200)).attempt.phases).toEqual(phases);
});
