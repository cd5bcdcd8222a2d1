import { describe, expect, test } from '@jest/globals';
import { judgeAttempt, type Made, meaningOfStatus, type Sent } from '../../src/deliver/answer.ts';
import type { Answered } from '../../src/deliver/send.ts';
import { deliveryOf, storedEvent } from './records.ts';

const startedAt = Date.parse('2026-11-20T09:00:00Z');
const endedAt = startedAt + 120;
const hour = 3_600_000;
const event = storedEvent();

function answered(status: number, over: Partial<Answered> = {}): Answered {
  const nothing = { retryAfter: undefined, date: undefined, location: undefined, excerpt: undefined };
  return { kind: 'answered', status, ...nothing, ...over };
}

function judge(sent: Sent, over: Partial<Made> = {}) {
  return judgeAttempt({
    delivery: deliveryOf(event),
    retryMs: [0, 5_000, hour],
    startedAt,
    endedAt,
    sent,
    ...over,
  });
}

describe('what a status means', () => {
  test.each([
    { statuses: [200, 201, 202, 204, 207, 299], meaning: 'delivered' },
    { statuses: [300, 301, 302, 303, 304, 307, 308, 399], meaning: 'redirected' },
    { statuses: [400, 413, 415, 422], meaning: 'poison' },
    { statuses: [401, 402, 403, 404, 405, 407, 409, 418, 451, 499], meaning: 'refused' },
    { statuses: [410], meaning: 'gone' },
    { statuses: [408, 425, 429, 500, 502, 503, 504, 520, 599, 600, 999, 101], meaning: 'busy' },
  ])('$statuses: $meaning', ({ statuses, meaning }) => {
    expect(statuses.map(meaningOfStatus)).toEqual(statuses.map(() => meaning));
  });
});

describe('the verdict', () => {
  test('a 2xx is delivered, and done', () => {
    expect(judge(answered(202, { excerpt: 'ok' }))).toEqual({
      attempt: { number: 1, startedAt, durationMs: 120, outcome: 'delivered', status: 202, excerpt: 'ok' },
      verdict: { kind: 'done' },
    });
  });

  test('a printed line is delivered, and done', () => {
    expect(judge({ kind: 'printed' })).toEqual({
      attempt: { number: 1, startedAt, durationMs: 120, outcome: 'delivered' },
      verdict: { kind: 'done' },
    });
  });

  test('a 410 disables the endpoint; the delivery has no next attempt', () => {
    const { attempt, verdict } = judge(answered(410));
    expect(verdict).toEqual({ kind: 'disableEndpoint', reason: 'http-410' });
    expect(attempt).toMatchObject({ outcome: 'rejected', code: 'http-410' });
    expect(attempt.nextAt).toBeUndefined();
  });

  test.each([304, 307, 400, 401, 404, 413, 422, 429, 500, 503])(
    'a %d is tried again by schedule',
    (status) => {
      const { attempt, verdict } = judge(answered(status));
      expect(attempt).toMatchObject({
        outcome: 'rejected',
        status,
        code: `http-${status}`,
        nextReason: 'schedule',
      });
      expect(verdict).toEqual({ kind: 'retry', at: attempt.nextAt });
      expect(attempt.nextAt).toBeGreaterThanOrEqual(endedAt + 5_000);
      expect(attempt.nextAt).toBeLessThan(endedAt + 7_000);
    },
  );

  test('no answer is tried again by schedule and keeps its code', () => {
    const { attempt, verdict } = judge({ kind: 'unanswered', code: 'timeout', message: 'too slow' });
    expect(attempt).toMatchObject({ outcome: 'unreachable', code: 'timeout', message: 'too slow' });
    expect(attempt.status).toBeUndefined();
    expect(verdict.kind).toBe('retry');
  });

  test.each([
    { name: 'an answer', sent: answered(500) },
    { name: 'no answer', sent: { kind: 'unanswered', code: 'timeout', message: '' } as const },
  ])('after the last wait of the schedule it is dead, exhausted: $name', ({ sent }) => {
    const { attempt, verdict } = judge(sent, { delivery: deliveryOf(event, { attempts: 2 }) });
    expect(verdict).toEqual({ kind: 'dead', reason: 'exhausted' });
    expect(attempt.number).toBe(3);
    expect(attempt.nextAt).toBeUndefined();
  });

  test('a clock that went back makes no negative duration', () => {
    expect(judge(answered(200), { endedAt: startedAt - 1 }).attempt.durationMs).toBe(0);
  });
});

describe('Retry-After counts for every failure', () => {
  test.each([
    { name: 'seconds', retryAfter: '3600', date: undefined },
    { name: 'fractions of a second', retryAfter: '3599.5', date: undefined },
    {
      name: 'a date, by the receiver’s own clock',
      retryAfter: 'Fri, 20 Nov 2026 12:00:00 GMT',
      date: 'Fri, 20 Nov 2026 11:00:00 GMT',
    },
  ])('$name', ({ retryAfter, date }) => {
    for (const status of [302, 404, 429, 500, 503]) {
      const { attempt } = judge(answered(status, { retryAfter, date }));
      expect(attempt.nextReason).toBe('retry-after');
      expect(attempt.nextAt).toBeGreaterThanOrEqual(endedAt + hour - 500);
      expect(attempt.nextAt).toBeLessThan(endedAt + 1.1 * hour);
    }
  });

  test.each(['soon', '-5', '', '1e9'])('one that cannot be read changes nothing: "%s"', (retryAfter) => {
    expect(judge(answered(503, { retryAfter })).attempt.nextReason).toBe('schedule');
  });
});

describe('a redirect', () => {
  test('its target is named by origin only, as the path may be a secret', () => {
    const { attempt } = judge(answered(301, { location: 'https://hooks.example/T00/B00/token?k=v' }));
    expect(attempt.message).toBe(
      'the receiver answered 301 and points to https://hooks.example; redirects are not followed',
    );
  });

  test.each([undefined, '/relative/token', 'http://['])('one to %s names no target', (location) => {
    expect(judge(answered(301, { location })).attempt.message).toBe('the receiver answered 301');
  });
});
