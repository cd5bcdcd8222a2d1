// node-cron as a calculator: the next time of a feed's `schedule`, and the clock of the housekeeping. A feed
// has no live cron task of its own, because that could not follow a Retry-After or outlive a restart.
//
// Times that a change to summer time leaves out are skipped. Times that the change back repeats come once, at
// one of the two (which one depends on the time zone), so a frequent schedule may pause for an hour then.

import { createTask, type ScheduledTask, schedule, validateDetailed } from 'node-cron';

/** The first time of `expression` after `afterMs`, both epoch ms. Throws when there is none in 100 years. */
export function nextTick(expression: string, timezone: string, afterMs: number): number {
  const task = createTask(expression, () => {}, { timezone });
  try {
    return matcherOf(task).getNextMatch(new Date(afterMs)).getTime();
  } finally {
    // node-cron keeps every task in a registry, and a task that never starts is not removed by itself.
    void task.destroy();
  }
}

interface Matcher {
  getNextMatch(after: Date): Date;
}

/**
 * The documented `getNextRuns` counts from the system's time only. The matcher behind it takes any time; it is
 * not in node-cron's types, so a version without it must fail loudly.
 */
function matcherOf(task: ScheduledTask): Matcher {
  const matcher: unknown = 'timeMatcher' in task ? task.timeMatcher : undefined;
  if (!isMatcher(matcher)) throw new Error('this version of node-cron has no time matcher');
  return matcher;
}

function isMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && 'getNextMatch' in value;
}

/** What is wrong with a cron expression, or nothing. */
export function checkExpression(expression: string): string | undefined {
  const { valid, errors } = validateDetailed(expression);
  if (!valid) return errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  try {
    nextTick(expression, 'UTC', 0);
    return undefined;
  } catch {
    return 'that time never comes';
  }
}

export interface Housekeeping {
  /** Starts no further run and waits for the one that goes on. */
  stop(): Promise<void>;
}

/** node-cron writes to the console by itself; what matters is logged by `run`. */
const quiet = { info() {}, warn() {}, error() {}, debug() {} };

/** Asked by each of several processes at a time of the calendar; says yes to one of them. */
export interface Election {
  shouldRun(key: string, ttlMs: number): Promise<boolean>;
}

/** For how long a time of the calendar stays taken: longer than clocks differ. Its key names the time, so it blocks no other. */
const takenMs = 60 * 60_000;

export interface HousekeepingOptions {
  /** Of the task, among the processes of `election`. */
  readonly name?: string;
  /** Absent: this process is the only one. One that fails to answer leaves the time out. */
  readonly election?: Election | undefined;
  readonly onCrash?: (error: unknown) => void;
}

/**
 * Calls `run` at each time of `expression` (system time), never twice at a time: a run that takes longer
 * leaves out the times it covers. An error that `run` throws is a fault of this program and ends the process,
 * unless `onCrash` takes it.
 */
export function housekeeping(
  expression: string,
  run: () => Promise<void>,
  { name = 'upkeep', election, onCrash = crash }: HousekeepingOptions = {},
): Housekeeping {
  let latest: Promise<void> = Promise.resolve();
  let isStopped = false;
  const begin = () => {
    // The election may have been asked before the stop.
    if (!isStopped) latest = run().catch(onCrash);
    return latest;
  };
  const task = schedule(expression, begin, {
    name,
    noOverlap: true,
    suppressMissedWarning: true,
    logger: quiet,
    ...(election && {
      distributed: true,
      // Only the question: the time stays taken when the run is over, for a process whose clock is behind.
      runCoordinator: { shouldRun: (key: string, ttlMs: number) => election.shouldRun(key, ttlMs) },
      distributedLease: takenMs,
    }),
  });
  return {
    async stop() {
      isStopped = true;
      await task.destroy();
      await latest;
    },
  };
}

function crash(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
