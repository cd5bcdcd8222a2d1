// When what was written to Redis has reached its disk: a migration must not end before that, since it takes the source out of
// use. Redis syncs each second by itself, and each write only where it is told to.
// https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/

import { systemClock, wait } from '../../../clock.ts';
import { StoreError } from '../../../errors.ts';
import type { RedisLink } from '../server/link.ts';

/** `appendfsync everysec` syncs once a second, or a second later when the disk is busy. */
const syncedMs = 2_000;
const longestMs = 3_000;

export async function untilSynced(link: RedisLink): Promise<void> {
  if (await hasSynced(link, 'CONFIG', ['GET', 'appendfsync'], (answer) => String(answer).endsWith('always')))
    return;
  // https://redis.io/docs/latest/commands/waitaof/ is of Redis 7.2.
  const waited = ['1', '0', String(longestMs)];
  if (await hasSynced(link, 'WAITAOF', waited, (answer) => Array.isArray(answer) && Number(answer[0]) > 0))
    return;
  await wait(systemClock, syncedMs);
}

/** A server that does not know the question, or does not answer it to everyone, has not said so. */
async function hasSynced(
  link: RedisLink,
  command: string,
  args: readonly string[],
  says: (answer: unknown) => boolean,
): Promise<boolean> {
  try {
    return says(await link.askMaster(command, ...args));
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'store-unreachable') return false;
    throw error;
  }
}
