// Literal hosts in feeds.yaml that the address rule forbids. Such a feed could never be polled, so the file is
// refused before anything starts. Names are judged when they are looked up, at each connection (fetch/egress.ts).

import type { Config, Finding } from '../config/load.ts';
import { type Audience, createGuard } from '../fetch/egress.ts';

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
