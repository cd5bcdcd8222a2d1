// What every script inside a namespace builds: the name server, canaries that count who calls, and the real feed
// client with its defaults, which allow nothing.

import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createFeedClient, type FeedClient, type FetchLimits } from '../../src/fetch/client.ts';
import { createGuard } from '../../src/fetch/egress.ts';
import { type DnsScript, type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { nameServer } from '../support/network-namespace.ts';

/** The script's own folder for files. */
export const folder = process.argv[2] ?? '.';

export const feedBody =
  '<?xml version="1.0"?><rss version="2.0"><channel><title>feed</title><link>https://example.org/</link></channel></rss>';

export const startNames = (script: DnsScript): Promise<DnsServer> => startDnsServer(script, nameServer, 53);

/** As it stands in a URL. */
export const hostOf = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

/** A client with the limits of an empty configuration, some of them changed. */
export async function feedClient(changed: Partial<FetchLimits> = {}): Promise<FeedClient> {
  const file = join(folder, 'limits.yaml');
  writeFileSync(file, JSON.stringify({ feeds: [{ id: 'feed', url: 'https://example.org/feed' }] }));
  const { limits } = await loadConfig(file, process.env);
  return createFeedClient({
    clock: systemClock,
    limits: { ...limits, ...changed },
    guard: createGuard({ audience: 'feeds', allow: [] }),
    userAgent: 'feedhook/0.0.0 (+https://example.org/)',
  });
}

/** How one fetch ended: the code of a failure, else its kind. */
export async function endOf(client: FeedClient, url: string): Promise<string> {
  const fetched = await client.fetch({ url });
  return fetched.kind === 'failed' ? fetched.code : fetched.kind;
}

export interface Canary {
  readonly address: string;
  /** Connections, with or without a request. */
  contacts: number;
}

/** Servers at port 80 that nobody may ever call. */
export function startCanaries(addresses: readonly string[]): Promise<Canary[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const canary = { address, contacts: 0 };
      const server = createServer((_request, response) => void response.end(feedBody));
      server.on('connection', () => canary.contacts++);
      await listen(server, address, 80);
      return canary;
    }),
  );
}

export async function listen(server: Server, address: string, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return (server.address() as AddressInfo).port;
}

/** Calls each canary, to show that silence was no deafness: which ones heard it. */
export async function whoHears(canaries: readonly Canary[]): Promise<string[]> {
  const heard: string[] = [];
  for (const canary of canaries) {
    const { contacts } = canary;
    await new Promise((resolve) =>
      connect(80, canary.address).once('connect', resolve).once('error', resolve),
    );
    while (canary.contacts === contacts) await new Promise((resolve) => setImmediate(resolve));
    heard.push(canary.address);
  }
  return heard;
}
