// All keys that begin with one text, some at a time and each once. SCAN may give a key twice, so the names are remembered: of a
// hundred thousand feeds that is ten megabytes. https://redis.io/docs/latest/commands/scan/

import type { RedisClient, RedisLink } from '../server/link.ts';

const keysTogether = 1_000;

/** `prefix` as `link.key` makes it. */
export async function* keysOf(link: RedisLink, prefix: string): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  for (const server of serversOf(link.client)) {
    let cursor = '0';
    do {
      const from = cursor;
      const [next, keys] = await link.inTime(() =>
        server.scan(from, 'MATCH', `${escaped(prefix)}*`, 'COUNT', keysTogether),
      );
      const fresh = keys.filter((key) => !seen.has(key));
      for (const key of fresh) seen.add(key);
      if (fresh.length > 0) yield fresh;
      cursor = next;
    } while (cursor !== '0');
  }
}

/** In a cluster one of them has all our keys; which one may change meanwhile. */
function serversOf(client: RedisClient) {
  return 'nodes' in client ? client.nodes('master') : [client];
}

/** A feed or a prefix may have a name that SCAN would read as a pattern. */
function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, '\\$&');
}
