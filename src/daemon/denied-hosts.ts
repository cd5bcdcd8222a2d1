// Literal hosts in feeds.yaml that the address rule forbids. Such a feed could never be polled, so the file is
// refused before anything starts. Names are judged when they are looked up, at each connection (fetch/egress.ts).

import type { Config } from '../config/load.ts';
import type { ConfigFault } from '../errors.ts';
import { type Audience, createGuard } from '../fetch/egress.ts';

/** One fault for each feed and endpoint; its message names the line to add. */
export function deniedHosts({ file, feeds, endpoints, network }: Config): ConfigFault[] {
  const judge = (audience: Audience, places: readonly { readonly path: string; readonly url: string }[]) => {
    const guard = createGuard({ audience, allow: network[audience].allow });
    return places.flatMap(({ path, url }) => {
      const blocked = guard.judgeHost(new URL(url).hostname);
      return blocked ? [{ file, path, message: blocked.message }] : [];
    });
  };
  return [
    ...judge(
      'feeds',
      feeds.map(({ id, url }) => ({ path: `feed ${id}: url`, url })),
    ),
    ...judge(
      'webhooks',
      endpoints.map(({ id, url }) => ({ path: `endpoint ${id}: url`, url })),
    ),
  ];
}
