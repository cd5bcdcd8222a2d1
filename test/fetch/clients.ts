// Feed clients for tests: on loopback, with roomy limits, closed when the test ends.

import type { lookup as systemLookup } from 'node:dns';
import { afterEach } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import {
  createFeedClient,
  type FeedClient,
  type FeedClientOptions,
  type FetchLimits,
} from '../../src/fetch/client.ts';
import { createGuard, type OwnListener } from '../../src/fetch/egress.ts';
import { FakeClock } from '../support/fake-clock.ts';

export const limits: FetchLimits = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  maxInterimResponses: 10,
  maxHeaderBytes: 16_384,
  maxWireBytes: 1_000_000,
  maxBodyBytes: 2_000_000,
  maxRedirects: 5,
};

type Transport = Pick<FeedClientOptions, 'connectionsTo' | 'tlsFor' | 'http2For' | 'proxy'>;

export interface ClientSetup extends Transport {
  readonly limits?: Partial<FetchLimits>;
  readonly allow?: readonly string[];
  readonly clock?: Clock;
  readonly lookup?: typeof systemLookup;
  readonly own?: () => readonly OwnListener[];
}

const open: FeedClient[] = [];

afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

export function feedClient(setup: ClientSetup = {}): FeedClient {
  const {
    clock = new FakeClock(),
    limits: own,
    allow = ['loopback'],
    lookup,
    own: listeners,
    ...transport
  } = setup;
  const client = createFeedClient({
    ...transport,
    clock,
    limits: { ...limits, ...own },
    guard: createGuard({
      audience: 'feeds',
      allow,
      ...(lookup && { lookup }),
      ...(listeners && { own: listeners }),
    }),
    userAgent: 'feedhook/0.0.0 (+https://example.org/)',
  });
  open.push(client);
  return client;
}
