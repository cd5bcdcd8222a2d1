import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Duty } from '../../src/daemon/duty.ts';
import { StoreError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { WorkerNews, WorkerStanding, Workers } from '../../src/ports.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

const store = () => new StoreError('store-unreachable', 'no answer');

let clock: FakeClock;
let done: string[];
let crashes: unknown[];
let faults: StoreError[];
let standing: WorkerStanding;
let announced: [digest: string, isEdited: boolean][];
let tell: (news: WorkerNews) => void;
let lose: (code: string) => void;
let pausing: Promise<void>;
beforeEach(() => {
  clock = new FakeClock();
  done = [];
  crashes = [];
  faults = [];
  standing = 'leads';
  announced = [];
  pausing = Promise.resolve();
});
afterEach(() => {
  expect(crashes).toEqual([]);
  expect(clock.timers).toBe(0);
});

const note = (_fields: object, event: string) => void done.push(event);
const log: Log = { debug: note, info: note, warn: note, error: note };

function duty(isShared = true): Duty {
  const workers: Workers = {
    announce: async (digest, isEdited) => {
      announced.push([digest, isEdited]);
      return standing;
    },
    watch: (listener, whenLost) => {
      tell = listener;
      lose = whenLost ?? lose;
    },
    list: async () => [],
    shouldRun: async () => true,
    leave: async () => {},
  };
  return new Duty({
    workers: isShared ? workers : undefined,
    clock,
    log,
    begin: async (how) => {
      const fault = faults.shift();
      if (fault) throw fault;
      done.push(`begin ${how}`);
    },
    pause: async () => {
      done.push('pause');
      await pausing;
    },
    tellAnew: async () => void done.push('anew'),
    onStoreFault: (code) => done.push(code),
    crash: (error) => crashes.push(error),
  });
}

describe('a process that shares its store', () => {
  test.each(['leads', 'joins'] as const)('works when it %s', async (how) => {
    standing = how;
    const working = duty();
    await working.start('a');
    expect([done, announced]).toEqual([[`begin ${how}`], [['a', false]]]);
  });

  test('counts a fault of the store that it notices by not being heard', async () => {
    await duty().start('a');
    lose('store-full');
    expect(done).toEqual(['begin leads', 'store-full']);
  });

  test('does nothing while it is behind, and begins when it is no longer', async () => {
    standing = 'behind';
    const working = duty();
    await working.start('a');
    expect([done, working.isBehind]).toEqual([['config-behind'], true]);
    tell('joins');
    await settle();
    expect(done).toEqual(['config-behind', 'config-rules', 'begin joins']);
  });

  test('pauses when another one has a newer file, and begins with that', async () => {
    const working = duty();
    await working.start('a');
    tell('behind');
    await settle();
    standing = 'joins';
    await working.inTurn(async () => {
      expect(await working.edit('b')).toBe('joins');
      expect(working.isWorking).toBe(false);
      await working.begin();
    });
    expect(done).toEqual(['begin leads', 'config-behind', 'pause', 'config-rules', 'begin joins']);
    expect(announced).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  test('an edit that is tried again after a fault is no new edit, and may be an old one by now', async () => {
    const working = duty();
    await working.start('a');
    await working.inTurn(() => working.edit('b'));
    standing = 'joins';
    expect(await working.inTurn(() => working.edit('b'))).toBe('leads');
    standing = 'behind';
    expect(await working.inTurn(() => working.edit('b'))).toBe('behind');
    expect(announced.map(([, isEdited]) => isEdited)).toEqual([false, true, false, false]);
  });

  test('falling behind and back while it pauses: it begins after the pause', async () => {
    const working = duty();
    await working.start('a');
    const { promise, resolve } = Promise.withResolvers<void>();
    pausing = promise;
    tell('behind');
    await settle();
    expect(working.isPausing).toBe(true);
    tell('leads');
    await settle();
    expect(done.at(-1)).toBe('config-rules');
    resolve();
    await settle();
    expect(done).toEqual(['begin leads', 'config-behind', 'pause', 'config-rules', 'begin leads']);
  });

  test('an emptied store is told everything again, by those that work', async () => {
    const working = duty();
    await working.start('a');
    tell('emptied');
    await settle();
    expect(done).toEqual(['begin leads', 'anew']);
    tell('behind');
    tell('emptied');
    await settle();
    expect(done.slice(2)).toEqual(['config-behind', 'pause']);
  });

  test('work that the store keeps from beginning begins later, as a whole', async () => {
    standing = 'behind';
    const working = duty();
    await working.start('a');
    faults = [store(), store()];
    tell('leads');
    await clock.advance(19_000);
    expect(working.isWorking).toBe(false);
    await clock.advance(2_000);
    const attempt = ['pause', 'work-not-begun'];
    expect(done.slice(2)).toEqual([...attempt, ...attempt, 'begin leads']);
  });

  test('a start that the store keeps from beginning is a fault', async () => {
    faults = [store()];
    await expect(duty().start('a')).rejects.toThrow(StoreError);
  });

  test('after its end no news begins anything', async () => {
    standing = 'behind';
    const working = duty();
    await working.start('a');
    await working.end();
    tell('leads');
    await settle();
    expect(done).toEqual(['config-behind']);
  });
});

test('a process that has its store to itself just works', async () => {
  const working = duty(false);
  await working.start('a');
  expect(await working.inTurn(() => working.edit('b'))).toBe('leads');
  expect([done, announced, working.isWorking]).toEqual([['begin leads'], [], true]);
});
