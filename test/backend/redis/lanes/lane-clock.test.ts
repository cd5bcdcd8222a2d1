// The clock of the server is an hour ahead (FAULTS I09): no rule of lanes asks it.

import { execFile, execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../../support/fake-clock.ts';
import { redisProgram } from '../../../support/redis/program.ts';
import { fastFolder, type TemporaryFolder } from '../../../support/temporary.ts';
import { useRedis } from '../redis-store.ts';
import { LaneLedger, lanesDueNow } from './lane-ledger.ts';

/** What redis-server asks the time of the day of. libfaketime does not get along with its allocator (jemalloc). */
const aheadInC = `
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *at) {
  long failed = syscall(SYS_clock_gettime, id, at);
  if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += 3600;
  return (int)failed;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
`;

const { REDIS_SERVER } = process.env;
const canBeAhead = process.platform === 'linux' && hasCompiler();

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await fastFolder();
  if (!canBeAhead) return;
  const [source, ahead, program] = ['ahead.c', 'ahead.so', 'redis-server'].map((name) =>
    join(folder.path, name),
  );
  if (!source || !ahead || !program) throw new Error('no paths');
  await writeFile(source, aheadInC);
  await promisify(execFile)('cc', ['-shared', '-fPIC', '-o', ahead, source]);
  const { file, env } = await redisProgram();
  const exports = Object.entries({ ...env, LD_PRELOAD: ahead }).map(
    ([name, value]) => `export ${name}='${value}'`,
  );
  await writeFile(program, ['#!/bin/sh', ...exports, `exec '${file}' "$@"`, ''].join('\n'));
  await chmod(program, 0o755);
  process.env.REDIS_SERVER = program;
});
const redis = useRedis();
afterAll(async () => {
  delete process.env.REDIS_SERVER;
  if (REDIS_SERVER !== undefined) process.env.REDIS_SERVER = REDIS_SERVER;
  await folder[Symbol.asyncDispose]();
});

const testAhead = canBeAhead ? test : test.skip;

testAhead('a server an hour ahead (needs cc): lanes run at our time, and none twice at a time', async () => {
  const [seconds] = await redis.server.client.time();
  expect(Number(seconds) * 1_000 - Date.now()).toBeGreaterThan(3_000_000);
  await using store = await redis.open();
  const other = await store.worker();
  const ledger = new LaneLedger();
  const work = ledger.work('w', 5, 30);
  const soon = Date.now() + 400;
  let first = 0;
  const timed: [string, number][] = [
    ['soon', soon],
    ['later', Date.now() + 60_000],
  ];
  await store.backend.lanes.reconcile(new Map([...lanesDueNow(10), ...timed]));
  for (const { lanes } of [store.backend, other]) {
    lanes.start(async (lane) => {
      if (lane === 'soon') first ||= Date.now();
      return await work(lane);
    }, 3);
  }
  await until(() => first > 0 && ledger.runs.length > 200, 'they have run');
  expect(first).toBeGreaterThanOrEqual(soon);
  expect(ledger.lanes().has('later')).toBe(false);
  expect(ledger.faults).toEqual([]);
});
