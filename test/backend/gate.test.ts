// When an endpoint may be sent to, by its condition.

import { describe, expect, test } from '@jest/globals';
import { readCondition, writeCondition } from '../../src/backend/condition-record.ts';
import { gateOf, isDown, rebased } from '../../src/backend/gate.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';

const now = 1_000_000;
const never = Number.POSITIVE_INFINITY;
const open = (probeAt: number) =>
  ({ circuit: { since: 1, code: 'http-500', waitMs: 30_000, probeAt } }) as const;

describe('the gate', () => {
  test.each<[string, EndpointCondition, number, boolean, boolean]>([
    ['in good health', {}, now, false, false],
    [
      'failing, but not yet too often',
      { failing: { count: 2, since: 1, lastAt: 2, eventIds: [] } },
      now,
      false,
      false,
    ],
    ['resting', { restsUntil: now + 5 }, now + 5, false, false],
    ['done resting', { restsUntil: now - 5 }, now, false, false],
    ['open', open(now + 5), now + 5, true, true],
    ['half-open', open(now - 5), now, true, true],
    ['half-open, but told to rest', { ...open(now - 5), restsUntil: now + 9 }, now + 9, true, true],
    ['disabled for good', { disabled: { since: 1, reason: 'http-410' } }, never, true, true],
    [
      'disabled until a probe',
      { disabled: { since: 1, reason: 'failing', probeAt: now + 7 } },
      now + 7,
      true,
      true,
    ],
    [
      'disabled while open: the longer wait holds',
      { ...open(now), disabled: { since: 1, reason: 'x' } },
      never,
      true,
      true,
    ],
    ['paused', { paused: { since: 1 } }, never, true, true],
    ['paused while half-open', { ...open(now), paused: { since: 1 } }, never, true, true],
  ])('%s', (_, condition, opensAt, isProbe, down) => {
    const gate = gateOf(condition, now);
    expect(gate.opensAt).toBe(opensAt);
    if (opensAt < never) expect(gate.isProbe).toBe(isProbe);
    expect(isDown(condition)).toBe(down);
  });
});

describe('after the clock was set back', () => {
  test('no time lies further ahead than it could have been put, and what is right stays', () => {
    const late = now + 1e12;
    expect(
      rebased(
        {
          circuit: { since: late, code: 'http-500', waitMs: 30_000, probeAt: late + 30_000 },
          disabled: { since: late, reason: 'failing', probeAt: late },
          paused: { since: late },
          failing: { count: 3, since: late, lastAt: late, eventIds: ['evt_1'] },
          recent: [
            [5, 1, 1],
            [late, 1, 1],
          ],
          pace: { gapMs: 9, since: late, good: 1 },
          restsUntil: late,
          movedTo: '1',
        },
        now,
      ),
    ).toEqual({
      circuit: { since: now, code: 'http-500', waitMs: 30_000, probeAt: now + 30_000 },
      disabled: { since: now, reason: 'failing', probeAt: now + 6 * 3_600_000 },
      paused: { since: now },
      failing: { count: 3, since: now, lastAt: now, eventIds: ['evt_1'] },
      recent: [[5, 1, 1]],
      pace: { gapMs: 9, since: now, good: 1 },
      restsUntil: now + 24 * 3_600_000,
      movedTo: '1',
    });
    const sound: EndpointCondition = { ...open(now + 29_000), restsUntil: now + 1, movedTo: '1' };
    expect(rebased(sound, now)).toEqual(sound);
    expect(rebased({}, now)).toEqual({});
  });
});

describe('a stored condition', () => {
  test('comes back whole, with what this version does not know', () => {
    const condition = { ...open(5), restsUntil: 9, unknown: { deep: [1] } } as EndpointCondition;
    expect(readCondition('app', writeCondition(condition))).toEqual(condition);
    expect(readCondition('app', '{}')).toEqual({});
  });

  test.each([
    ['empty', ''],
    ['cut', '{"paused":{"sin'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a pause that is none', '{"paused":true}'],
    ['a circuit without a probe', '{"circuit":{"since":1}}'],
    ['a probe at a text', '{"disabled":{"probeAt":"soon"}}'],
    ['a gap that is no number', '{"pace":{"gapMs":null}}'],
    ['a rest until nothing', '{"restsUntil":null}'],
  ])('that is %s is damaged, and the fault names the endpoint', (_, text) => {
    expect(() => readCondition('my-app', text)).toThrow(
      expect.objectContaining({ code: 'store-corrupt', message: expect.stringContaining('my-app') }),
    );
  });
});
