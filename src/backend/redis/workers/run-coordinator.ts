// Which one of all processes does what only one shall do at a time of the calendar. The key names the time, so that whoever
// comes to it later, by a clock that is behind, finds it taken; it goes by itself.

import { StoreError } from '../../../errors.ts';
import type { RedisLink } from '../server/link.ts';

/** False also where the store does not say: the next time will come. */
export async function isElected(
  link: RedisLink,
  workerId: string,
  key: string,
  ttlMs: number,
): Promise<boolean> {
  try {
    const name = link.key('run', key);
    return (await link.ask((client) => client.set(name, workerId, 'PX', ttlMs, 'NX'))) === 'OK';
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}
