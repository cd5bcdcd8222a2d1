// What a Redis server says of itself: INFO alone, which managed servers answer too where CONFIG is forbidden.
// https://redis.io/docs/latest/commands/info/

import { StoreError } from '../../../errors.ts';
import type { RedisLink } from './link.ts';

/** Absent: the server does not say. */
export interface ServerFacts {
  readonly version?: string;
  readonly role?: string;
  readonly appendsToFile?: boolean;
  readonly evictionPolicy?: string;
  readonly replicas?: number;
  /** A write is refused when too few replicas have it soon. */
  readonly needsReplicas?: boolean;
  /** Its clock less ours. */
  readonly aheadMs?: number;
}

/** Of the master of our keys. A command that the user may not use leaves its facts out. */
export async function askFacts(link: RedisLink, now: () => number): Promise<ServerFacts> {
  const info = await permitted(() => link.askMaster('INFO', 'everything'));
  const askedAt = now();
  const time = await permitted(() => link.askMaster('TIME'));
  const answeredAt = now();
  return {
    ...(typeof info === 'string' && factsOf(info)),
    ...(Array.isArray(time) && {
      aheadMs: Math.round(Number(time[0]) * 1_000 + Number(time[1]) / 1_000 - (askedAt + answeredAt) / 2),
    }),
  };
}

export function factsOf(info: string): ServerFacts {
  const lines = new Map(
    info.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
  const text = <Name extends string>(name: Name, field: string) => {
    const value = lines.get(field);
    return value === undefined ? {} : ({ [name]: value } as Record<Name, string>);
  };
  const aof = lines.get('aof_enabled');
  const replicas = lines.get('connected_slaves');
  return {
    ...text('version', 'redis_version'),
    ...text('role', 'role'),
    ...text('evictionPolicy', 'maxmemory_policy'),
    ...(aof !== undefined && { appendsToFile: aof === '1' }),
    // The line stands there while min-replicas-to-write and min-replicas-max-lag are both above 0.
    ...(replicas !== undefined && {
      replicas: Number(replicas),
      needsReplicas: lines.has('min_slaves_good_slaves'),
    }),
  };
}

async function permitted(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'store-unreachable') return undefined;
    throw error;
  }
}
