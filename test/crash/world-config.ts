// feeds.yaml of a crash world: all its feeds and endpoints on loopback, everything fast.

import type { DemoFeed } from '../../src/commands/demo/documents/feed.ts';
import type { Origin } from '../../src/commands/demo/origin.ts';
import type { Receiver } from '../../src/commands/demo/receiver.ts';
import { loopbackConfig } from '../support/daemon.ts';
import { crashEndpoints } from './endpoints.ts';

export const intervalMs = 200;
export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
/** Ten attempts within about six seconds, jitter included. */
const retry = ['0s', '100ms', '100ms', '200ms', '200ms', '500ms', '500ms', '500ms', '500ms', '500ms'];

export function configOf(
  feeds: readonly DemoFeed[],
  origin: Origin,
  hooks: readonly Receiver[],
  store: string,
): object {
  return loopbackConfig({
    interval: `${intervalMs}ms`,
    feeds: feeds.map(({ id }) => ({ id, url: origin.feedUrl(id) })),
    endpoints: crashEndpoints.map(({ id, config }, index) => ({
      ...config,
      id,
      url: hooks[index]?.url ?? '',
      secret,
      retry,
    })),
    more: { store },
  });
}
