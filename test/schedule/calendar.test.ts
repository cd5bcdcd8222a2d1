import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { getTasks } from 'node-cron';
import { checkExpression, housekeeping, nextTick } from '../../src/schedule/calendar.ts';

const next = (expression: string, timezone: string, after: string) =>
  new Date(nextTick(expression, timezone, Date.parse(after))).toISOString();

describe('the next tick of a cron expression', () => {
  test.each([
    ['every 20 minutes', '*/20 * * * *', 'UTC', '2026-11-20T09:05:00Z', '2026-11-20T09:20:00.000Z'],
    [
      'strictly after the time given',
      '*/20 * * * *',
      'UTC',
      '2026-11-20T09:20:00Z',
      '2026-11-20T09:40:00.000Z',
    ],
    ['a millisecond before', '*/20 * * * *', 'UTC', '2026-11-20T09:19:59.999Z', '2026-11-20T09:20:00.000Z'],
    [
      'working hours, over a weekend',
      '*/20 7-19 * * 1-5',
      'Europe/Berlin',
      '2026-11-20T18:50:00Z',
      '2026-11-23T06:00:00.000Z',
    ],
    [
      'in another time zone',
      '0 9 * * *',
      'America/New_York',
      '2026-11-20T09:00:00Z',
      '2026-11-20T14:00:00.000Z',
    ],
    ['with seconds', '30 0 9 * * *', 'UTC', '2026-11-20T09:00:00Z', '2026-11-20T09:00:30.000Z'],
    ['the last day of the month', '0 0 L * *', 'UTC', '2026-11-20T09:00:00Z', '2026-11-30T00:00:00.000Z'],
    ['29 February', '0 0 29 2 *', 'UTC', '2026-11-20T09:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['after 2038', '0 0 * * *', 'UTC', '2038-01-19T03:14:08Z', '2038-01-20T00:00:00.000Z'],
    ['in the year 9999', '0 0 * * *', 'UTC', '9999-12-30T12:00:00Z', '9999-12-31T00:00:00.000Z'],
  ])('%s', (_name, expression, timezone, after, expected) => {
    expect(next(expression, timezone, after)).toBe(expected);
  });

  test('does not depend on the time of the system', () => {
    expect(next('0 12 * * *', 'UTC', '1999-12-31T13:00:00Z')).toBe('2000-01-01T12:00:00.000Z');
  });

  test('leaves no task behind in the registry of node-cron', () => {
    const before = getTasks().size;
    for (let round = 0; round < 100; round++) nextTick('0 * * * *', 'UTC', round * 1e9);
    expect(() => nextTick('0 0 30 2 *', 'UTC', 0)).toThrow();
    expect(getTasks().size).toBe(before);
  });
});

describe('summer time in Europe/Berlin', () => {
  // 28 March 2027, 02:00 becomes 03:00. 31 October 2027, 03:00 becomes 02:00.
  test.each([
    ['a time of day keeps its wall clock', '0 9 * * *', '2027-03-27T08:30:00Z', '2027-03-28T07:00:00.000Z'],
    [
      'a time that is left out comes the day after',
      '30 2 * * *',
      '2027-03-27T12:00:00Z',
      '2027-03-29T00:30:00.000Z',
    ],
    [
      'each hour: the missing one is not waited for',
      '0 * * * *',
      '2027-03-28T00:30:00Z',
      '2027-03-28T01:00:00.000Z',
    ],
    [
      'a time that is repeated comes once, here at its second occurrence',
      '30 2 * * *',
      '2027-10-30T12:00:00Z',
      '2027-10-31T01:30:00.000Z',
    ],
    ['and not again', '30 2 * * *', '2027-10-31T01:30:00Z', '2027-11-01T01:30:00.000Z'],
    [
      'each hour: the repeated one counts once',
      '0 * * * *',
      '2027-10-31T00:00:00Z',
      '2027-10-31T02:00:00.000Z',
    ],
    [
      'each 20 minutes: asked within the repeated hour',
      '*/20 * * * *',
      '2027-10-31T01:15:00Z',
      '2027-10-31T01:20:00.000Z',
    ],
  ])('%s', (_name, expression, after, expected) => {
    expect(next(expression, 'Europe/Berlin', after)).toBe(expected);
  });
});

describe('checking an expression', () => {
  test.each(['* * * * *', '*/20 7-19 * * 1-5', '0 0 29 2 *', '@daily', '0 0 * * sun', '30 0 9 * * *'])(
    '%s is valid',
    (expression) => {
      expect(checkExpression(expression)).toBeUndefined();
    },
  );

  test.each([
    ['61 * * * *', /minute/],
    ['* * * *', /.+/],
    ['', /.+/],
    ['every day', /.+/],
    ['0 0 30 2 *', /dayOfMonth/],
    ['0 0 29 * 1#1', /never comes/],
  ])('%j is not', (expression, fault) => {
    expect(checkExpression(expression)).toMatch(fault);
  });
});

describe('housekeeping', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse('2026-11-20T09:00:00Z') });
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  test('runs at each time, not before', async () => {
    let runs = 0;
    const keeping = housekeeping('17 * * * *', async () => {
      runs += 1;
    });
    await jest.advanceTimersByTimeAsync(16 * 60_000);
    expect(runs).toBe(0);
    await jest.advanceTimersByTimeAsync(2 * 60_000);
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(3 * 3_600_000);
    expect(runs).toBe(4);
    await keeping.stop();
  });

  test('never runs twice at a time, and a stop waits for the run that goes on', async () => {
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const keeping = housekeeping('* * * * *', () => {
      runs += 1;
      return gate.promise;
    });
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    expect(runs).toBe(1);
    let hasStopped = false;
    const stopping = keeping.stop().then(() => {
      hasStopped = true;
    });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(hasStopped).toBe(false);
    gate.resolve();
    await stopping;
    expect(runs).toBe(1);
  });

  test('hands over an error that nobody expected, and goes on', async () => {
    const faults: unknown[] = [];
    const fault = new Error('a bug');
    const keeping = housekeeping('* * * * *', () => Promise.reject(fault), {
      onCrash: (error) => faults.push(error),
    });
    await jest.advanceTimersByTimeAsync(2 * 60_000);
    expect(faults).toEqual([fault, fault]);
    await keeping.stop();
  });

  describe('of several processes', () => {
    /** As Redis does it: the first to name a key has it. */
    const electing = () => {
      const taken = new Set<string>();
      const asked: string[] = [];
      const shouldRun = async (key: string) => {
        asked.push(key);
        const isFirst = !taken.has(key);
        taken.add(key);
        return isFirst;
      };
      return { shouldRun, asked };
    };

    test('one runs at each time', async () => {
      const election = electing();
      const runs: string[] = [];
      const keepings = ['a', 'b', 'c'].map((each) =>
        housekeeping('17 * * * *', async () => void runs.push(each), { election }),
      );
      await jest.advanceTimersByTimeAsync(3 * 3_600_000);
      expect(runs).toHaveLength(3);
      expect(election.asked).toHaveLength(9);
      expect(election.asked[0]).toBe('upkeep:2026-11-20T09:17:00.000Z');
      for (const keeping of keepings) await keeping.stop();
    });

    test('an election that fails leaves the time out, quietly', async () => {
      const faults: unknown[] = [];
      const rejections = (reason: unknown) => faults.push(reason);
      process.on('unhandledRejection', rejections);
      let runs = 0;
      let isBroken = true;
      const election = {
        shouldRun: async () => {
          if (isBroken) throw new Error('no answer');
          return true;
        },
      };
      const run = async () => {
        runs += 1;
      };
      const keeping = housekeeping('* * * * *', run, { election, onCrash: (error) => faults.push(error) });
      await jest.advanceTimersByTimeAsync(2 * 60_000);
      expect(runs).toBe(0);
      isBroken = false;
      await jest.advanceTimersByTimeAsync(2 * 60_000);
      expect(runs).toBe(2);
      expect(faults).toEqual([]);
      await keeping.stop();
      process.off('unhandledRejection', rejections);
    });

    test('one that is elected after it was stopped does not run', async () => {
      let runs = 0;
      const elected = Promise.withResolvers<boolean>();
      const run = async () => {
        runs += 1;
      };
      const keeping = housekeeping('* * * * *', run, { election: { shouldRun: () => elected.promise } });
      await jest.advanceTimersByTimeAsync(60_000);
      await keeping.stop();
      elected.resolve(true);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(runs).toBe(0);
    });
  });
});
