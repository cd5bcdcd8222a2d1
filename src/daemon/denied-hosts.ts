// Hosts in feeds.yaml that the address rule forbids. A literal one could never be reached, so the file is refused before anything
// starts. Names are judged when they are looked up, at each connection (fetch/egress.ts); at the start those of endpoints are
// looked up once ahead, since an operator who wrote one should learn it now and not from an entry that never arrives.

import type { Config, EndpointConfig, Finding } from '../config/load.ts';
import { type Audience, createGuard, type EgressGuard } from '../fetch/egress.ts';
import { type LookUp, lookUp } from '../fetch/look-up.ts';

/** One for each feed and endpoint; its message names the line to add. */
export function deniedHosts({ feeds, endpoints, network }: Config): Finding[] {
  const judge = (audience: Audience, key: string, all: readonly { readonly url: string }[]) => {
    const guard = createGuard({ audience, allow: network[audience].allow });
    return all.flatMap(({ url }, index) => {
      const blocked = guard.judgeHost(new URL(url).hostname);
      return blocked ? [{ path: [key, index, 'url'], message: blocked.message }] : [];
    });
  };
  return [...judge('feeds', 'feeds', feeds), ...judge('webhooks', 'endpoints', endpoints)];
}

/** How long a start waits for name servers. */
const lookUpLimitMs = 5_000;

/** Endpoints whose name leads to forbidden addresses alone. One that cannot be looked up now is no fault: it may be later. */
export async function deniedNames(
  { endpoints, network }: Pick<Config, 'endpoints' | 'network'>,
  find: LookUp = lookUp,
): Promise<Finding[]> {
  const guard = createGuard({ audience: 'webhooks', allow: network.webhooks.allow });
  const found = await Promise.all(endpoints.map((endpoint) => deniedName(endpoint, guard, find)));
  return found.flatMap((message, index) =>
    message === undefined ? [] : [{ path: ['endpoints', index, 'url'], message }],
  );
}

async function deniedName(
  { url }: EndpointConfig,
  guard: EgressGuard,
  find: LookUp,
): Promise<string | undefined> {
  const { hostname } = new URL(url);
  const addresses = await addressesOf(hostname, find);
  const blocked = addresses.map((address) => guard.judgeAddress(address, hostname));
  return blocked.includes(undefined) ? undefined : blocked[0]?.message;
}

function addressesOf(hostname: string, find: LookUp): Promise<string[]> {
  return new Promise((resolve) => {
    find(hostname, { all: true, limitMs: lookUpLimitMs }, (error, found) =>
      resolve(error ? [] : found.map(({ address }) => address)),
    );
  });
}
