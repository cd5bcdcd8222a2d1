// Claim: on Redis a delivery costs about what it costs on the embedded store, and two processes share the work. As the bench
// `deliver`, with the queue on a private redis-server that appends everything to its file; the server works besides, and its
// time is not counted as the daemons'.

import { deliveryTable } from './rig/deliveries.ts';
import { redisStores } from './rig/stores.ts';

export const title = 'signed deliveries a second out of the queue on Redis, against a bare POST loop';

export async function measure(): Promise<string> {
  await using redis = await redisStores();
  return await deliveryTable([
    { name: 'feedhook', daemons: 1, store: redis.store },
    { name: 'two feedhooks', daemons: 2, store: redis.store },
  ]);
}
