// Housekeeping goes through all endpoints. One whose keys are damaged is a fault that is told when the others have had their turn.

import { StoreError } from '../../../errors.ts';
import type { RedisLink } from '../server/link.ts';

/** Rejects with the first such fault after all, and with any other at once. */
export async function eachEndpoint(
  link: RedisLink,
  work: (endpointId: string) => Promise<void>,
): Promise<void> {
  const faults: StoreError[] = [];
  for (const endpointId of await link.ask((client) => client.zrange(link.key('endpoints'), '0', '-1'))) {
    try {
      await work(endpointId);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'store-corrupt')) throw error;
      faults.push(error);
    }
  }
  if (faults[0]) throw faults[0];
}
