import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { learn } from '../../src/deliver/health.ts';
import { isKnownSlow, longestRestMs, quickened, restsUntil, slowed } from '../../src/deliver/pace.ts';
import { nextAttempt, standardRetryMs } from '../../src/deliver/retry.ts';
import type { EndpointCondition, Pace } from '../../src/model/endpoint.ts';

const t0 = Date.parse('2026-11-20T09:00:00Z');
const second = 1_000;

function at(startedAt: number, endedAt = startedAt + 50) {
  return { startedAt, endedAt };
}

describe('after "too much"', () => {
  test('an endpoint without a rate is sent ten requests a second, then half as many each time', () => {
    let pace: Pace | undefined;
    const gaps = [0, 10, 20, 30].map((n) => {
      pace = slowed(pace, at(t0 + n * second), undefined);
      return pace.gapMs;
    });
    expect(gaps).toEqual([100, 200, 400, 800]);
  });

  test.each([
    { rate: { count: 1, perMs: 5_000, burst: 60 }, gap: 10_000 },
    { rate: { count: 20, perMs: 60_000, burst: 1 }, gap: 6_000 },
    { rate: { count: 1_000, perMs: 1_000, burst: 1 }, gap: 100 },
    { rate: { count: 1, perMs: 45_000, burst: 1 }, gap: 60_000 },
  ])('one with the rate $rate is sent half of it: a request in $gap ms', ({ rate, gap }) => {
    expect(slowed(undefined, at(t0), rate).gapMs).toBe(gap);
  });

  test('it never gets slower than one request a minute', () => {
    expect(slowed({ gapMs: 50_000, since: t0, good: 0 }, at(t0 + second), undefined).gapMs).toBe(60_000);
  });

  test.each([
    { name: 'one that had left before', startedAt: t0 - 20, isKnown: true },
    { name: 'one of the same second', startedAt: t0 + second, isKnown: true },
    { name: 'one of later', startedAt: t0 + second + 1, isKnown: false },
  ])('an answer to $name is known: $isKnown', ({ startedAt, isKnown }) => {
    expect(isKnownSlow({ gapMs: 100, since: t0, good: 0 }, at(startedAt))).toBe(isKnown);
  });
});

describe('after successes', () => {
  test('it is a fifth quicker after ten seconds of them', () => {
    let pace: Pace | undefined = { gapMs: 200, since: t0, good: 0 };
    for (let n = 1; n <= 49; n++) pace = pace && quickened(pace, at(t0 + n * 200), undefined);
    expect(pace).toEqual({ gapMs: 200, since: t0, good: 49 });
    expect(pace && quickened(pace, at(t0 + 10_000), undefined)?.gapMs).toBe(160);
  });

  test('it is a fifth quicker after three of them, however slow it is', () => {
    let pace: Pace | undefined = { gapMs: 60_000, since: t0, good: 0 };
    for (let n = 1; n <= 3; n++) pace = pace && quickened(pace, at(t0 + n * 60_000), undefined);
    expect(pace?.gapMs).toBe(48_000);
  });

  test('one of a request that left before the pace was set does not count', () => {
    const pace: Pace = { gapMs: 200, since: t0, good: 3 };
    expect(quickened(pace, at(t0 - 100, t0 + 100), undefined)).toBe(pace);
  });

  test('it has no pace of its own any more when it is as fast as configured', () => {
    const rate = { count: 1, perMs: 1_000, burst: 1 };
    expect(quickened({ gapMs: 1_200, since: t0, good: 8 }, at(t0 + 1), rate)).toBeUndefined();
    expect(quickened({ gapMs: 1_200, since: t0, good: 8 }, at(t0 + 1), undefined)?.gapMs).toBe(960);
  });
});

describe('a rest that is asked for', () => {
  test.each([
    { name: 'begins at the end of the attempt', before: {}, waitMs: 5_000, until: t0 + 5_000 },
    { name: 'is a day at most', before: {}, waitMs: 1e12, until: t0 + longestRestMs },
    {
      name: 'never shortens another',
      before: { restsUntil: t0 + 9_000 },
      waitMs: 5_000,
      until: t0 + 9_000,
    },
    { name: 'that is over is none', before: { restsUntil: t0 }, waitMs: undefined, until: undefined },
    {
      name: 'that a wrong clock made long is a day at most',
      before: { restsUntil: t0 + 9 * longestRestMs },
      waitMs: undefined,
      until: t0 + longestRestMs,
    },
  ])('$name', ({ before, waitMs, until }) => {
    expect(restsUntil(before, waitMs, t0)).toBe(until);
  });
});

test('whatever happens: the gap stays between that of the rate and a minute', () => {
  const step = fc.record({ isGood: fc.boolean(), afterMs: fc.integer({ min: 0, max: 120_000 }) });
  const rates = fc.option(fc.constant({ count: 1, perMs: 2_000, burst: 3 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), rates, (steps, rate) => {
      let pace: Pace | undefined;
      let now = t0;
      for (const { isGood, afterMs } of steps) {
        now += afterMs;
        if (!isGood) pace = slowed(pace, at(now), rate);
        else if (pace) pace = quickened(pace, at(now), rate);
        if (pace === undefined) continue;
        expect(pace.gapMs).toBeGreaterThan(rate ? 2_000 : 5);
        expect(pace.gapMs).toBeLessThanOrEqual(60_000);
      }
    }),
  );
});

interface Job {
  readonly id: number;
  readonly attempts: number;
  readonly dueAt: number;
}

interface Running extends Job {
  readonly startedAt: number;
  readonly endsAt: number;
}

const longest = Number.POSITIVE_INFINITY;
const slots = 4;
const answerMs = 20;

/** The queue in its barest form, by the clock of what happens next: slots, the gate of a condition, the retry schedule. */
class Simulation {
  now = t0;
  tooMuch = 0;
  dead = 0;
  done = 0;
  condition: EndpointCondition = {};
  readonly #events: number;
  readonly #takes: (now: number) => boolean;
  readonly #waitMs: number | undefined;
  #begun = 0;
  #lastStart = 0;
  readonly #running = new Set<Running>();
  readonly #retries = new Set<Job>();

  constructor(events: number, takes: (now: number) => boolean, waitMs?: number) {
    this.#events = events;
    this.#takes = takes;
    this.#waitMs = waitMs;
  }

  run(): this {
    while (this.done + this.dead < this.#events) this.#turn();
    return this;
  }

  #turn(): void {
    const job = this.#due();
    const startsAt = Math.max(job?.dueAt ?? longest, this.#opensAt());
    const [ending] = this.#running;
    if (job && this.#running.size < slots && startsAt <= (ending?.endsAt ?? longest))
      this.#start(job, startsAt);
    else if (ending) this.#end(ending);
  }

  /** The one that waits longest. */
  #due(): Job | undefined {
    if (this.#begun < this.#events) return { id: this.#begun, attempts: 0, dueAt: t0 };
    return [...this.#retries].sort((one, other) => one.dueAt - other.dueAt)[0];
  }

  #opensAt(): number {
    const { circuit, pace, restsUntil: until = 0 } = this.condition;
    const probeAt = circuit && (this.#running.size > 0 ? longest : circuit.probeAt);
    return Math.max(until, probeAt ?? 0, this.#lastStart + (pace?.gapMs ?? 0), this.now);
  }

  #start(job: Job, startsAt: number): void {
    this.now = startsAt;
    this.#lastStart = startsAt;
    if (job.id === this.#begun) this.#begun++;
    this.#retries.delete(job);
    this.#running.add({ ...job, startedAt: startsAt, endsAt: startsAt + answerMs });
  }

  #end(attempt: Running): void {
    const { id, startedAt, endsAt } = attempt;
    this.now = endsAt;
    this.#running.delete(attempt);
    const isProbe = this.condition.circuit !== undefined;
    const isTaken = this.#takes(this.now);
    this.condition = learn(this.condition, {
      startedAt,
      endedAt: this.now,
      eventIds: [String(id)],
      finding: isTaken ? { kind: 'well' } : { kind: 'failed', code: 'http-429', isSlow: true },
      ...(!isTaken && this.#waitMs !== undefined && { restMs: this.#waitMs }),
    }).condition;
    if (isTaken) this.done++;
    else this.#again(attempt, isProbe);
  }

  #again({ id, attempts, dueAt }: Running, isProbe: boolean): void {
    this.tooMuch++;
    if (isProbe) {
      this.#retries.add({ id, attempts, dueAt });
      return;
    }
    const failed = {
      deliveryId: String(id),
      number: attempts + 1,
      endedAt: this.now,
      retryMs: standardRetryMs,
    };
    const next = nextAttempt(failed);
    if (next === 'exhausted') this.dead++;
    else this.#retries.add({ id, attempts: attempts + 1, dueAt: next.at });
  }
}

function tenInASecond(): (now: number) => boolean {
  let window = 0;
  let taken = 0;
  return (now) => {
    if (Math.floor(now / 1_000) !== window) taken = 0;
    window = Math.floor(now / 1_000);
    taken++;
    return taken <= 10;
  };
}

function bucketOfTen(): (now: number) => boolean {
  let tokens = 10;
  let at = t0;
  return (now) => {
    tokens = Math.min(10, tokens + (now - at) / 100);
    at = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

describe('10,000 events to an endpoint that takes ten a second', () => {
  test.each([
    { name: 'counted by the second', takes: tenInASecond() },
    { name: 'as a bucket', takes: bucketOfTen() },
    { name: 'counted by the second, with Retry-After', takes: tenInASecond(), waitMs: 1_000 },
  ])(
    '$name: all arrive, few are turned away, and not much slower than it takes them',
    ({ takes, waitMs }) => {
      const { done, dead, tooMuch, now, condition } = new Simulation(10_000, takes, waitMs).run();
      expect({ done, dead }).toEqual({ done: 10_000, dead: 0 });
      expect(tooMuch).toBeLessThan(150);
      // A thousand seconds would be exactly what it takes.
      expect(now - t0).toBeLessThan(1_500 * second);
      expect(condition.circuit).toBeUndefined();
    },
  );
});
