// Feed clients for tests: on loopback, with roomy limits, closed when the test ends.

import type { lookup as systemLookup } from 'node:dns';
import { afterEach } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { createFeedClient, type FeedClient, type FetchLimits } from '../../src/fetch/client.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { FakeClock } from '../support/fake-clock.ts';

export const limits: FetchLimits = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxHeaderBytes: 16_384,
  maxWireBytes: 1_000_000,
  maxBodyBytes: 2_000_000,
  maxRedirects: 5,
};

export interface ClientSetup {
  readonly limits?: Partial<FetchLimits>;
  readonly allow?: readonly string[];
  readonly clock?: Clock;
  readonly lookup?: typeof systemLookup;
  readonly connectionsTo?: (origin: string) => number;
}

const open: FeedClient[] = [];

afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

export function feedClient(setup: ClientSetup = {}): FeedClient {
  const client = createFeedClient({
    clock: setup.clock ?? new FakeClock(),
    limits: { ...limits, ...setup.limits },
    guard: createGuard({
      audience: 'feeds',
      allow: setup.allow ?? ['loopback'],
      ...(setup.lookup && { lookup: setup.lookup }),
    }),
    ...(setup.connectionsTo && { connectionsTo: setup.connectionsTo }),
    userAgent: 'feedhook/0.0.0 (+https://example.org/)',
  });
  open.push(client);
  return client;
}
