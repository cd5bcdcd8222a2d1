// The feeds.yaml that the tour runs on: every line that a fast loopback world needs, and no other.

import type { Origin } from './origin.ts';

export interface ConfigParts {
  readonly origin: Origin;
  readonly feedIds: readonly string[];
  readonly receiverUrl: string;
  readonly secret: string;
}

export function configText({ origin, feedIds, receiverUrl, secret }: ConfigParts): string {
  return `store: sqlite:./feedhook.db
startSpread: 0s                                  # nobody else polls this origin
defaults: { interval: 1s, contact: "https://example.org/feedhook" }
limits: { minInterval: 1s }                      # one's own server may be asked this often
network: { feeds: { allow: [loopback] } }
origins:
  "127.0.0.1:${origin.port}": { scope: host, gap: 0s, concurrency: 8 }
server: { listen: "off" }
endpoints:
  - id: receiver
    url: ${JSON.stringify(receiverUrl)}
    secret: ${JSON.stringify(secret)}
    retry: [0s, 500ms, 1s, 2s, 2s, 5s]
feeds:
${feedIds.map((id) => `  - { id: ${id}, url: ${JSON.stringify(origin.feedUrl(id))} }\n`).join('')}`;
}
