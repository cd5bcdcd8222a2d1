import { describe, expect, test } from '@jest/globals';
import type { EndpointConfig } from '../../src/config/load.ts';
import { requestIdOf } from '../../src/deliver/batch-id.ts';
import { planOf } from '../../src/deliver/plan.ts';
import { nextTick } from '../../src/schedule/calendar.ts';
import { endpoint } from './records.ts';

const t0 = Date.parse('2026-11-20T09:00:00Z');
const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);

function plan(over: Partial<EndpointConfig>) {
  return planOf(endpoint('https://example.org/', over), 'digest', nextTick);
}

test('an endpoint without anything special has a plan without anything special', () => {
  expect(plan({})).toEqual({
    id: 'my-app',
    target: 'digest',
    concurrency: 4,
    ordering: 'none',
    maxBlockMs: 3_600_000,
  });
});

test('rate, order and slots are those of the configuration', () => {
  const over = {
    rate: { count: 1, perMs: 3_000, burst: 2 },
    ordering: 'feed',
    concurrency: 1,
    maxBlockMs: 5,
  } as const;
  expect(plan(over)).toMatchObject(over);
});

describe('several events in a request', () => {
  test.each([
    { format: 'jsonfeed', count: 10, batch: { count: 10, lane: 'feed' } },
    { format: 'jsonfeed', count: 500, batch: { count: 100, lane: 'feed' } },
    { format: 'discord', count: 50, batch: { count: 10, lane: 'endpoint' } },
    { format: 'slack', count: 1, batch: undefined },
    { format: 'standard', count: 10, batch: undefined },
  ] as const)('$format, $count: $batch', ({ format, count, batch }) => {
    expect(plan({ format, batch: { count, withinMs: 60_000 } }).batch).toEqual(batch);
  });

  test('wait for others as long as they may', () => {
    const { dueAt } = plan({ format: 'jsonfeed', batch: { count: 10, withinMs: 60_000 } });
    expect(dueAt?.(t0)).toBe(t0 + 60_000);
    expect(plan({ format: 'jsonfeed', batch: { count: 10, withinMs: 0 } }).dueAt).toBeUndefined();
  });
});

describe('a digest', () => {
  const { dueAt, batch } = plan({
    format: 'slack',
    batch: { count: 20 },
    digest: '0 8,18 * * *',
    timezone: 'Europe/Warsaw',
  });

  test.each([
    { added: '2026-11-20T06:59:59Z', due: '2026-11-20T07:00:00Z' },
    { added: '2026-11-20T07:00:00Z', due: '2026-11-20T17:00:00Z' },
    { added: '2026-11-20T17:00:01Z', due: '2026-11-21T07:00:00Z' },
    { added: '2026-11-20T12:00:00Z', due: '2026-11-20T17:00:00Z' },
  ])('what comes at $added waits until $due', ({ added, due }) => {
    expect(new Date(dueAt?.(Date.parse(added)) ?? 0).toISOString()).toBe(`${due.slice(0, -1)}.000Z`);
  });

  test('a full batch waits for its time as well', () => {
    expect(batch).toEqual({ count: 20, lane: 'endpoint', isTimed: true });
  });
});

describe('quiet hours', () => {
  const { opensAt } = plan({ quiet: { from: '0 22 * * *', until: '0 7 * * *' } });

  test.each([
    { now: at('21:59:59'), opens: at('21:59:59') },
    { now: at('22:00:00'), opens: at('07:00:00') + 86_400_000 },
    { now: at('03:00:00'), opens: at('07:00:00') },
    { now: at('06:59:59'), opens: at('07:00:00') },
    { now: at('07:00:00'), opens: at('07:00:00') },
    { now: at('12:00:00'), opens: at('12:00:00') },
    { now: at('05:00:00'), opens: at('07:00:00') },
  ])('at $now it opens at $opens', ({ now, opens }) => {
    expect(opensAt?.(now)).toBe(opens);
  });

  test('are asked of the calendar once for each part of the day', () => {
    let asked = 0;
    const counted = planOf(
      endpoint('https://example.org/', { quiet: { from: '0 22 * * *', until: '0 7 * * *' } }),
      '',
      (...when) => {
        asked++;
        return nextTick(...when);
      },
    );
    for (let minute = 0; minute < 600; minute++) counted.opensAt?.(at('08:00:00') + minute * 60_000);
    expect(asked).toBe(2);
  });
});

describe('the id of a request', () => {
  test('is that of its event', () => {
    expect(requestIdOf(['evt_ddlojucljyocbycxwkbxztcgdz'])).toBe('evt_ddlojucljyocbycxwkbxztcgdz');
  });

  test('of several is computed from theirs', () => {
    const id = requestIdOf(['evt_a', 'evt_b']);
    expect(id).toMatch(/^bat_[a-z2-7]{26}$/);
    expect(requestIdOf(['evt_a', 'evt_b'])).toBe(id);
    for (const others of [
      ['evt_b', 'evt_a'],
      ['evt_a', 'evt_b', 'evt_c'],
      ['evt_a', 'evt_c'],
    ] as [string, ...string[]][]) {
      expect(requestIdOf(others)).not.toBe(id);
    }
  });
});
