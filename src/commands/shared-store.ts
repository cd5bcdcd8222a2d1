// What a command that works on a store by itself may do where the store has no one owner.

import { StoreError } from '../errors.ts';
import type { Backend } from '../ports.ts';

/** Rejects where processes of feedhook are at work, as the lock of an embedded store does. */
export async function refuseBesideWorkers({ workers, portable }: Backend): Promise<void> {
  const [first, ...others] = (await workers?.list()) ?? [];
  if (!first) return;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  throw new StoreError(
    'store-locked',
    `store ${portable.name}: feedhook runs on it (${first.host} pid ${first.pid}${more}) and polls what is due; "feedhook why FEED" tells when; to poll by hand, stop it first (one that was killed counts for half a minute)`,
  );
}
