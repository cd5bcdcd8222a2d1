// Where redis-server is: REDIS_SERVER, on PATH, where systems put it, or a copy that the tests brought along. What is absent is
// obtained once a run (by set-up.ts); whoever then asks without luck is told the same one line.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cachedRedis, obtainRedis } from './obtain.ts';

export interface RedisProgram {
  readonly file: string;
  /** What it needs beside the environment of the tests: a copy brings libraries of its own. */
  readonly env: NodeJS.ProcessEnv;
}

/** Set by set-up.ts: why there is none. */
const absenceKey = 'FEEDHOOK_NO_REDIS';

const usualFolders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

export async function redisProgram(): Promise<RedisProgram> {
  const known = installedRedis() ?? cachedRedis();
  if (known) return known;
  const absence = process.env[absenceKey];
  if (absence) throw new Error(absence);
  return await obtainRedis();
}

/** So that a run tries once to obtain it, and says once that it could not. */
export async function provideRedis(): Promise<void> {
  try {
    await redisProgram();
  } catch (error) {
    process.env[absenceKey] = (error as Error).message;
    process.stderr.write(`${(error as Error).message}\n`);
  }
}

function installedRedis(): RedisProgram | undefined {
  const { REDIS_SERVER: named, PATH = '' } = process.env;
  if (named) return { file: named, env: {} };
  const file = [...PATH.split(delimiter).filter(Boolean), ...usualFolders]
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => existsSync(path));
  return file === undefined ? undefined : { file, env: {} };
}
