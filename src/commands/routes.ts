// Which endpoints would get an event of a feed if it happened now, by feeds.yaml as it is, and what keeps it from the others.

import type { Config } from '../config/config.ts';
import { fanOutEndpoints } from '../daemon/world.ts';
import type { StoredEvent } from '../model/event.ts';
import { type FanOutFeed, type FanOutVerdict, verdictFor } from '../outbox/fan-out.ts';

export type Route = FanOutVerdict & { readonly endpointId: string };

/** One for each endpoint, in the order of feeds.yaml. */
export type Routing = (event: StoredEvent) => readonly Route[];

export function routingOf(feed: FanOutFeed, config: Pick<Config, 'endpoints'>): Routing {
  const reached = fanOutEndpoints(config);
  return (event) =>
    reached.map((endpoint) => ({ ...verdictFor(event, feed, endpoint), endpointId: endpoint.id }));
}
