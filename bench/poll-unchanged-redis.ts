// Claim: on Redis a poll that ends in a 304 costs a small multiple of the bare request, and two processes share the work. As
// the bench `poll-unchanged`, with state and lanes on a private redis-server that appends everything to its file; the server
// works besides, and its time is not counted as the daemons'.

import { pollTable } from './rig/polls.ts';
import { redisStores } from './rig/stores.ts';

export const title = 'polls a second that end in a 304 with everything on Redis, against bare request loops';

export async function measure(): Promise<string> {
  await using redis = await redisStores();
  return await pollTable([
    { name: 'feedhook', daemons: 1, store: redis.store },
    { name: 'two feedhooks', daemons: 2, store: redis.store },
  ]);
}
