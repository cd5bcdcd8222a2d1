import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '../src/clock.ts';

const hour = 3_600_000;
const start = Date.parse('2026-11-20T09:00:00Z');

describe('the system clock', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: start });
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  test.each([
    ['a moment', 1],
    ['an hour', hour],
    ['60 days, more than one setTimeout can wait', 60 * 24 * hour],
  ])('calls once after %s, neither early nor late', (_name, delayMs) => {
    const calls: number[] = [];
    systemClock.startTimer(delayMs, () => calls.push(Date.now()));
    jest.advanceTimersByTime(delayMs - 1);
    expect(calls).toEqual([]);
    jest.advanceTimersByTime(2 * hour);
    expect(calls).toEqual([start + delayMs]);
  });

  test('I06: a timer that came due while the machine slept is called within a minute of its waking', () => {
    let hasRun = false;
    systemClock.startTimer(5 * hour, () => {
      hasRun = true;
    });
    jest.setSystemTime(start + 6 * hour);
    jest.advanceTimersByTime(60_001);
    expect(hasRun).toBe(true);
  });

  test('a clock that is put back makes a long timer wait for its time', () => {
    let hasRun = false;
    systemClock.startTimer(hour, () => {
      hasRun = true;
    });
    jest.setSystemTime(start - hour);
    jest.advanceTimersByTime(2 * hour - 1);
    expect(hasRun).toBe(false);
    jest.advanceTimersByTime(1);
    expect(hasRun).toBe(true);
  });

  test.each([-1, Number.NaN])('takes a delay of %d for none', (delayMs) => {
    let hasRun = false;
    systemClock.startTimer(delayMs, () => {
      hasRun = true;
    });
    jest.advanceTimersByTime(0);
    expect(hasRun).toBe(true);
  });

  test('a cancelled timer is never called, however many hops it has made', () => {
    const timer = systemClock.startTimer(5 * hour, () => {
      throw new Error('called');
    });
    jest.advanceTimersByTime(hour);
    timer.cancel();
    jest.advanceTimersByTime(5 * hour);
  });
});
