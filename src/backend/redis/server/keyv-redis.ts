// Keyv of texts in Redis. Every setting that makes a failed call reject stands here: by default Keyv and its adapter answer a
// failed read with "undefined" and a failed write with "true".

import { createKeyv, type RedisConnectionClientType } from '@keyv/redis';
import type { Keyv } from 'keyv';

/** A Keyv whose keys are `{namespace}:key`, on a client that somebody else connects, listens to and closes. */
export function openKeyv(client: RedisConnectionClientType, namespace: string): Keyv<string> {
  const keyv = createKeyv(client as Parameters<typeof createKeyv>[0], {
    namespace,
    keyPrefixSeparator: ':',
    // On Keyv and on the adapter.
    throwOnErrors: true,
  }) as Keyv<string>;
  // Our records are texts already, and whoever reads one knows whose it is and can name it in a fault.
  keyv.serialize = ({ value }) => String(value);
  keyv.deserialize = <Value>(text: string) => ({ value: text as Value });
  // Without a listener an error ends the process; each call rejects with its own.
  keyv.on('error', () => {});
  return keyv;
}
