import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Change,
  type EndpointAttempt,
  enabled,
  type Finding,
  type Learned,
  learn,
  paused,
  probeNow,
  resumed,
  standing,
} from '../../src/deliver/health.ts';
import type { EndpointCondition } from '../../src/model/endpoint.ts';

const t0 = Date.parse('2026-11-20T09:00:00Z');
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const well: Finding = { kind: 'well' };
const down: Finding = { kind: 'failed', code: 'http-500', isSlow: false };
const slow: Finding = { kind: 'failed', code: 'http-503', isSlow: true };
const denied: Finding = { kind: 'denied', code: 'http-401', message: 'the receiver answered 401' };
const poison: Finding = { kind: 'poison', code: 'http-422' };
const gone: Finding = { kind: 'gone', reason: 'http-410' };

interface Step extends Partial<Omit<EndpointAttempt, 'finding'>> {
  readonly finding: Finding;
  readonly event?: string;
}

/** An endpoint through its attempts, one after the other unless a step says otherwise. */
class Life {
  condition: EndpointCondition = {};
  readonly changes: Change[] = [];
  now = t0;
  #events = 0;

  attempt({ finding, event = `evt_${this.#events++}`, ...over }: Step): Learned {
    const learned = learn(this.condition, {
      startedAt: this.now,
      endedAt: this.now,
      eventIds: [event],
      ...over,
      finding,
    });
    this.condition = learned.condition;
    this.changes.push(...learned.changes);
    return learned;
  }

  after(ms: number, ...steps: readonly Step[]): this {
    this.now += ms;
    for (const step of steps) this.attempt(step);
    return this;
  }

  /** One failed probe after the other, each when it is due, until `hours` after the beginning. */
  probeUntil(hours: number, finding: Finding = down): this {
    for (;;) {
      const { circuit, disabled } = this.condition;
      const at = circuit?.probeAt ?? disabled?.probeAt ?? Number.POSITIVE_INFINITY;
      if (at > t0 + hours * hour) return this;
      this.after(at - this.now, { finding, event: 'oldest' });
    }
  }

  kinds(): string[] {
    return this.changes.map(({ kind }) => kind);
  }
}

function opened(finding: Finding = down): Life {
  return new Life().after(0, ...Array.from({ length: 5 }, () => ({ finding, startedAt: t0 - second })));
}

describe('an endpoint in good health', () => {
  test('has a condition of a few numbers, which soon stays the same', () => {
    const life = new Life();
    for (let n = 0; n < 25; n++) life.attempt({ finding: well });
    const before = life.condition;
    expect(before).toEqual({ recent: [[t0, 25, 0]] });
    for (let n = 0; n < 1_000; n++) life.attempt({ finding: well });
    expect(life.condition).toBe(before);
  });

  test('one failure and a success leave nothing but the count', () => {
    const life = new Life().after(0, { finding: down }, { finding: well });
    expect(life.condition).toEqual({ recent: [[t0, 1, 1]] });
  });
});

describe('the circuit', () => {
  test('opens after five failures in a row over three events', () => {
    const life = new Life();
    for (const event of ['a', 'b', 'c', 'c']) life.attempt({ finding: down, event });
    expect(life.condition.circuit).toBeUndefined();
    life.attempt({ finding: down, event: 'c' });
    expect(life.condition.circuit).toEqual({
      since: t0,
      code: 'http-500',
      waitMs: 30 * second,
      probeAt: t0 + 30 * second,
    });
    expect(life.changes).toEqual([
      { kind: 'opened', code: 'http-500', failures: 5, probeAt: t0 + 30 * second },
    ]);
  });

  test.each([
    {
      name: 'of two events',
      steps: Array.from({ length: 20 }, (_, n) => ({ finding: down, event: `${n % 2}` })),
    },
    {
      name: 'with a success in between',
      steps: [down, down, down, down, well, down, down].map((finding) => ({ finding })),
    },
    {
      name: 'that are refusals of single events',
      steps: [poison, poison, well, poison, poison, well, poison, poison].map((finding) => ({ finding })),
    },
  ])('stays closed after failures $name', ({ steps }) => {
    const life = new Life();
    // More than five minutes apart: the share of the failures is another rule.
    for (const step of steps) life.after(6 * minute, step);
    expect(life.kinds()).toEqual([]);
  });

  test.each([
    { attempts: 'xx.xx.xx.x', opens: true, why: '7 of 10' },
    { attempts: '.xx.xx.xxx', opens: true, why: '7 of 10' },
    { attempts: 'xx.xx.xx.', opens: false, why: 'fewer than 10' },
    { attempts: 'xx.xx..x.x', opens: false, why: '6 of 10' },
    { attempts: 'xx.xx..x.xxx.xxxx', opens: true, why: '12 of 17 in the end' },
  ])('by most of the attempts of five minutes: $attempts ($why) $opens', ({ attempts, opens }) => {
    const life = new Life();
    for (const each of attempts) life.attempt({ finding: each === 'x' ? down : well });
    expect(life.kinds()).toEqual(opens ? ['opened'] : []);
  });

  test('failures of more than five minutes ago do not count', () => {
    const life = new Life();
    for (let n = 0; n < 3; n++) life.after(0, { finding: down }, { finding: down }, { finding: well });
    life.after(5 * minute, { finding: down }, { finding: down }, { finding: well }, { finding: down });
    expect(life.condition.circuit).toBeUndefined();
    expect(life.condition.recent).toEqual([[life.now, 1, 3]]);
  });

  test.each([
    { finding: denied, reason: 'refused' },
    {
      finding: { kind: 'blocked', code: 'blocked-address', message: 'add "link-local"' } as const,
      reason: 'blocked',
    },
  ])('opens at once, with a warning, when the endpoint is $reason', ({ finding, reason }) => {
    const life = new Life().after(0, { finding });
    expect(life.condition.circuit?.code).toBe(finding.code);
    expect(life.kinds()).toEqual(['opened', 'warned']);
    expect(life.changes[1]).toEqual({
      kind: 'warned',
      reason,
      code: finding.code,
      since: t0,
      message: finding.message,
    });
  });

  test('the warning is not repeated while the probe is refused for the same reason', () => {
    const life = new Life().after(0, { finding: denied }).probeUntil(24, denied);
    expect(life.kinds()).toEqual(['opened', 'warned']);
  });

  test('is asked by a probe after 30 s, then after twice as long each time, at most 30 min', () => {
    const life = opened();
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      const { waitMs = 0, probeAt = 0 } = life.condition.circuit ?? {};
      expect(probeAt).toBe(life.now + waitMs);
      waits.push(waitMs / second);
      life.after(waitMs, { finding: down });
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
    expect(life.kinds()).toEqual(['opened']);
  });

  test('closes after one success, as if nothing had been', () => {
    const life = opened().probeUntil(3);
    life.after(1_000, { finding: well });
    expect(life.condition).toEqual({ recent: [[life.now, 1, 0]] });
    expect(life.changes.at(-1)).toEqual({ kind: 'closed', since: t0 });
  });

  test.each([down, slow, denied, poison])(
    'attempts that began before it opened teach nothing: $kind $code',
    (finding) => {
      const life = opened();
      const before = life.condition;
      for (const startedAt of [t0 - minute, t0, t0 + 29 * second]) {
        expect(life.after(0, { finding, startedAt }).condition).toBe(before);
      }
    },
  );

  test('a success that began before it opened closes it', () => {
    const life = opened().after(second, { finding: well, startedAt: t0 - second });
    expect(life.condition.circuit).toBeUndefined();
  });
});

describe('events that are refused alike', () => {
  test('three in a row are the endpoint’s fault', () => {
    const life = new Life().after(0, { finding: poison, event: 'a' }, { finding: poison, event: 'b' });
    expect(life.condition).toEqual({ refused: { code: 'http-422', eventIds: ['a', 'b'] } });
    life.attempt({ finding: poison, event: 'c' });
    expect(life.condition.circuit?.code).toBe('http-422');
    expect(life.condition.refused).toBeUndefined();
    expect(life.changes.at(-1)).toEqual({ kind: 'warned', reason: 'poison', code: 'http-422', since: t0 });
  });

  test.each([
    { name: 'the same event again', step: { finding: poison, event: 'b' } },
    { name: 'another answer', step: { finding: { kind: 'poison', code: 'http-400' } as const, event: 'c' } },
  ])('$name is no third', ({ step }) => {
    const life = new Life().after(0, { finding: poison, event: 'a' }, { finding: poison, event: 'b' }, step);
    expect(life.condition.circuit).toBeUndefined();
  });

  test.each([well, down])('an attempt that ends otherwise begins a new row: $kind', (finding) => {
    const life = new Life().after(
      0,
      { finding: poison },
      { finding: poison },
      { finding },
      { finding: poison },
    );
    expect(life.condition.refused?.eventIds).toHaveLength(1);
  });
});

describe('nothing but failures', () => {
  const levels = (life: Life) =>
    life.changes.flatMap((change) =>
      change.kind === 'warned' ? [{ level: change.level, reason: change.reason }] : [],
    );

  test('warns once at 50, 75 and 90 % of 120 hours, then disables, and is probed every six hours', () => {
    const life = opened().probeUntil(59.9);
    expect(levels(life)).toEqual([]);
    life.probeUntil(61);
    expect(levels(life)).toEqual([{ level: 50, reason: 'failing' }]);
    life.probeUntil(119.9);
    expect(levels(life).map(({ level }) => level)).toEqual([50, 75, 90]);
    expect(life.condition.disabled).toBeUndefined();
    life.probeUntil(121);
    expect(life.condition).toMatchObject({
      disabled: { since: life.now, reason: 'failing', probeAt: life.now + 6 * hour },
    });
    expect(life.condition.circuit).toBeUndefined();
    expect(life.changes.at(-1)).toMatchObject({ kind: 'disabled', reason: 'failing', since: t0 });
    const { length } = life.changes;
    life.probeUntil(200);
    expect(life.changes).toHaveLength(length);
    expect(life.condition.disabled?.probeAt).toBe(life.now + 6 * hour);
  });

  test('a success enables it again', () => {
    const life = opened().probeUntil(121);
    life.after(6 * hour, { finding: well });
    expect(life.condition).toEqual({ recent: [[life.now, 1, 0]] });
    expect(life.changes.at(-1)?.kind).toBe('enabled');
  });

  test('two failures with five days of silence between them do not disable it', () => {
    const life = new Life().after(0, { finding: down }).after(121 * hour, { finding: down });
    expect(life.condition.disabled).toBeUndefined();
  });

  test('a success in between begins anew', () => {
    const life = opened().probeUntil(100);
    life.after(1_000, { finding: well }, ...Array.from({ length: 5 }, () => ({ finding: down })));
    const since = life.now;
    life.probeUntil(200);
    expect(life.condition.disabled).toBeUndefined();
    expect(life.condition.failing?.since).toBe(since);
  });
});

describe('an endpoint that is gone', () => {
  test('is disabled at once and never probed', () => {
    const life = new Life().after(0, { finding: well }, { finding: down }, { finding: gone });
    expect(life.condition).toEqual({ disabled: { since: t0, reason: 'http-410' } });
    expect(life.changes).toEqual([{ kind: 'disabled', since: t0, reason: 'http-410' }]);
  });

  test('says so once, and no answer enables it', () => {
    const life = new Life().after(0, { finding: gone });
    const { condition } = life;
    for (const finding of [gone, down, slow, denied, poison]) life.after(second, { finding });
    expect(life.condition).toBe(condition);
    life.after(second, { finding: well });
    expect(life.condition.disabled).toEqual(condition.disabled);
    expect(life.changes).toHaveLength(1);
  });

  test('one that was only failing, and is gone then, is not probed any more', () => {
    const life = opened().probeUntil(121);
    life.after(6 * hour, { finding: gone });
    expect(life.condition.disabled).toEqual({ since: life.now, reason: 'http-410' });
  });
});

describe('an endpoint that it is too much for', () => {
  test('is slowed once for all the answers of a moment, and rests as long as it asks', () => {
    const life = new Life();
    for (let n = 0; n < 4; n++) life.attempt({ finding: slow, restMs: 5_000 + n });
    expect(life.condition).toMatchObject({ pace: { gapMs: 100 }, failing: { count: 1 } });
    expect(life.condition.restsUntil).toBe(t0 + 5_003);
    expect(life.changes).toEqual([{ kind: 'slowed', code: 'http-503', gapMs: 100, restsUntil: t0 + 5_000 }]);
  });

  test('is given up on for a while when being slower did not help', () => {
    const life = new Life();
    for (let n = 0; n < 5; n++) life.after(2 * second, { finding: slow });
    expect(life.kinds()).toEqual(['slowed', 'slowed', 'slowed', 'slowed', 'slowed', 'opened']);
    const { pace } = life.condition;
    life.probeUntil(24, slow);
    expect(life.condition.pace).toBe(pace);
  });

  test('a limit that is used up lets it rest after a success too', () => {
    const life = new Life().after(0, { finding: well, restMs: 2_000 });
    expect(life.condition.restsUntil).toBe(t0 + 2_000);
    life.after(2_000, { finding: well });
    expect(life.condition.restsUntil).toBeUndefined();
  });
});

describe('what the operator does', () => {
  test('enabling makes it as if it had never failed, but keeps what it asked for and a pause', () => {
    const condition: EndpointCondition = {
      ...opened().condition,
      disabled: { since: t0, reason: 'http-410' },
      paused: { since: t0 },
      pace: { gapMs: 100, since: t0, good: 0 },
      restsUntil: t0 + hour,
      movedTo: '-100',
    };
    expect(enabled(condition)).toEqual({
      paused: { since: t0 },
      pace: { gapMs: 100, since: t0, good: 0 },
      movedTo: '-100',
    });
  });

  test('pausing keeps its first time, and resuming forgets it', () => {
    const once = paused({}, t0);
    expect(paused(once, t0 + hour)).toBe(once);
    expect(resumed(once)).toEqual({});
  });

  test('a paused endpoint learns from what still runs, and stays paused', () => {
    const { condition } = learn(paused({}, t0), {
      startedAt: t0,
      endedAt: t0,
      eventIds: ['a'],
      finding: well,
    });
    expect(condition.paused).toEqual({ since: t0 });
  });
});

test('an open circuit is probed now, and the next wait is as long as it would have been', () => {
  const circuit = { since: t0, code: 'blocked-address', waitMs: 60_000, probeAt: t0 + 50_000 } as const;
  expect(probeNow({ circuit, paused: { since: t0 } }, t0)).toEqual({
    circuit: { ...circuit, probeAt: t0 },
    paused: { since: t0 },
  });
  const due = { circuit: { ...circuit, probeAt: t0 - 1 } };
  expect(probeNow(due, t0)).toBe(due);
  const well = {};
  expect(probeNow(well, t0)).toBe(well);
});

describe('standing', () => {
  const circuit = { since: t0, code: 'timeout', waitMs: 30_000, probeAt: t0 + 30_000 } as const;
  const pace = { gapMs: 200, since: t0, good: 0 };

  test.each<[string, EndpointCondition, object]>([
    ['well', { recent: [[t0, 3, 1]] }, {}],
    ['slowed', { pace }, { gapMs: 200, since: t0 }],
    ['resting', { pace, restsUntil: t0 + 1 }, { until: t0 + 1 }],
    ['slowed', { pace, restsUntil: t0 }, {}],
    ['open', { circuit, restsUntil: t0 + 1 }, { code: 'timeout', probeAt: t0 + 30_000 }],
    ['half-open', { circuit: { ...circuit, probeAt: t0 } }, { since: t0 }],
    ['paused', { circuit, paused: { since: t0 } }, { since: t0 }],
    [
      'disabled',
      { paused: { since: t0 }, disabled: { since: t0, reason: 'http-410' } },
      { reason: 'http-410' },
    ],
  ])('%s: %j', (kind, condition, more) => {
    expect(standing(condition, t0)).toMatchObject({ kind, ...more });
  });
});

describe('whatever happens', () => {
  const findings: readonly Finding[] = [
    well,
    down,
    slow,
    denied,
    poison,
    { kind: 'poison', code: 'http-400' },
    gone,
    { kind: 'blocked', code: 'blocked-address' },
    { kind: 'nothing' },
  ];
  const step = fc.record({
    finding: fc.constantFrom(...findings),
    event: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: -60_000, max: 24 * hour })),
    tookMs: fc.integer({ min: 0, max: 30_000 }),
    restMs: fc.option(fc.integer({ min: 0, max: 48 * hour }), { nil: undefined }),
  });
  const steps = fc.array(step, { maxLength: 60 });

  type Steps = readonly (typeof step extends fc.Arbitrary<infer One> ? One : never)[];

  /** Each step with the condition before and after it. */
  function walk(
    all: Steps,
    visit: (before: EndpointCondition, learned: Learned, at: number, finding: Finding) => void,
  ) {
    let condition: EndpointCondition = {};
    let now = t0;
    for (const { finding, event, afterMs, tookMs, restMs } of all) {
      now += afterMs;
      const learned = learn(condition, {
        startedAt: now - tookMs,
        endedAt: now,
        eventIds: [event],
        finding,
        ...(restMs !== undefined && { restMs }),
      });
      visit(condition, learned, now, finding);
      condition = learned.condition;
    }
  }

  test('a condition is small', () => {
    fc.assert(
      fc.property(steps, (all) => {
        walk(all, (_, { condition }) => {
          expect(JSON.stringify(condition).length).toBeLessThan(1_024);
          expect(condition.recent?.length ?? 0).toBeLessThanOrEqual(11);
        });
      }),
    );
  });

  test('a success closes the circuit, and nothing is failing after it', () => {
    fc.assert(
      fc.property(steps, (all) => {
        walk(all, (_, { condition }, __, { kind }) => {
          if (kind !== 'well') return;
          expect(condition.circuit).toBeUndefined();
          expect(condition.failing).toBeUndefined();
          expect(condition.refused).toBeUndefined();
        });
      }),
    );
  });

  test('it opens when it was closed only, and is disabled when it was not only', () => {
    fc.assert(
      fc.property(steps, (all) => {
        walk(all, (before, { changes }) => {
          const kinds = changes.map(({ kind }) => kind);
          if (kinds.includes('opened')) expect(before.circuit ?? before.disabled).toBeUndefined();
          if (kinds.includes('closed')) expect(before.circuit).toBeDefined();
          if (kinds.includes('disabled')) expect(before.disabled && !before.disabled.probeAt).toBeFalsy();
          expect(kinds.filter((kind) => kind !== 'warned').length).toBeLessThanOrEqual(2);
        });
      }),
    );
  });

  test('waits grow until a success, and no rest is longer than a day', () => {
    fc.assert(
      fc.property(steps, (all) => {
        walk(all, (before, { condition }, now) => {
          if (before.circuit && condition.circuit) {
            expect(condition.circuit.waitMs).toBeGreaterThanOrEqual(before.circuit.waitMs);
            expect(condition.circuit.since).toBe(before.circuit.since);
            expect(condition.circuit.waitMs).toBeLessThanOrEqual(30 * minute);
          }
          expect((condition.restsUntil ?? now) - now).toBeLessThanOrEqual(24 * hour);
        });
      }),
    );
  });

  test('the same attempt in the same condition teaches the same', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const once: EndpointCondition[] = [];
        const twice: EndpointCondition[] = [];
        walk(all, (_, { condition }) => once.push(condition));
        walk(all, (_, { condition }) => twice.push(condition));
        expect(twice).toEqual(once);
      }),
    );
  });
});
