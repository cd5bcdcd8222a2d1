import { describe, expect, test } from '@jest/globals';
import { wait } from '../../src/clock.ts';
import { ScaledClock } from './scaled-clock.ts';

describe('the scaled clock', () => {
  test('an hour takes a second when it is 3600 times as fast, and no timer fires before its time', async () => {
    const clock = new ScaledClock(3_600, 0);
    const began = performance.now();
    for (let turn = 1; turn <= 20; turn++) {
      const endsAt = clock.now() + turn * 7_777;
      await wait(clock, turn * 7_777);
      expect(clock.now()).toBeGreaterThanOrEqual(endsAt);
    }
    expect(clock.now()).toBeLessThanOrEqual((performance.now() - began + 50) * 3_600);
  });

  test('no timer fires while it stands', async () => {
    const clock = new ScaledClock(3_600);
    clock.pause();
    const stoodAt = clock.now();
    const timer = wait(clock, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(clock.now()).toBe(stoodAt);
    clock.resume();
    await timer;
    expect(clock.now()).toBeGreaterThan(stoodAt);
  });

  test('a jump lets time pass at once, and no timer fires before its time', async () => {
    const clock = new ScaledClock(3_600, 0);
    const endsAt = clock.now() + 60_000;
    const timer = wait(clock, 60_000);
    clock.jump(86_400_000);
    expect(clock.now()).toBeGreaterThanOrEqual(86_400_000);
    await timer;
    expect(clock.now()).toBeGreaterThanOrEqual(endsAt);
  });

  test('a machine that stands still for a while takes hardly any time', async () => {
    const clock = new ScaledClock(3_600, 0);
    await wait(clock, 1);
    const before = clock.now();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    expect(clock.now() - before).toBeLessThanOrEqual(50 * 3_600);
  });

  test('a cancelled timer never fires', async () => {
    const clock = new ScaledClock(3_600);
    let fired = false;
    clock
      .startTimer(1_000, () => {
        fired = true;
      })
      .cancel();
    await wait(clock, 60_000);
    expect(fired).toBe(false);
  });
});
