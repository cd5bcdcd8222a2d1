// Opens the backend that the configuration names. Does not start a loop: the queues stand still until `start`.

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Backend } from '../ports.ts';
import { openSqliteBackend } from './sqlite/open.ts';

export interface BackendOptions {
  readonly store: { readonly kind: 'sqlite'; readonly path: string };
  readonly clock: Clock;
  readonly log: Log;
  /** Own the store (run, poll), or only look and ask beside the owner (deliveries list, show, replay). */
  readonly exclusive: boolean;
}

/** Rejects with a StoreError whose message is one line for people. */
export function openBackend({ store, ...rest }: BackendOptions): Promise<Backend> {
  switch (store.kind) {
    case 'sqlite':
      return openSqliteBackend({ path: store.path, ...rest });
  }
}
