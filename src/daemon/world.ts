// What a reload replaces: the configuration, the feeds made from it, and the tools of a poll with their
// client. Starts nothing; `feedhook poll` builds its one poll from the same pieces.

import type { Clock, Timer } from '../clock.ts';
import type { Config, FeedConfig } from '../config/load.ts';
import { ConfigError } from '../errors.ts';
import { createFeedClient, type FeedClient } from '../fetch/client.ts';
import { createGuard } from '../fetch/egress.ts';
import { fanOut } from '../outbox/fan-out.ts';
import type { PolledFeed, PollTools } from '../poll.ts';
import type { Backend } from '../ports.ts';
import { checkExpression, nextTick } from '../schedule/calendar.ts';
import { laneOf, requestsAtATime } from '../schedule/lane.ts';
import type { ScheduledFeed } from '../schedule/scheduler.ts';
import { userAgent } from '../version.ts';

export type DaemonFeed = PolledFeed & ScheduledFeed;

/** One at a time in a daemon; has the lifetime of the daemon. */
export class World {
  config: Config;
  feeds: readonly DaemonFeed[];
  tools: PollTools;
  /** Aborted, it cuts off the requests to origins that still run. */
  readonly cutOff = new AbortController();
  readonly #backend: Backend;
  readonly #clock: Clock;
  /** Clients of earlier configurations whose last requests may still run. */
  readonly #retired = new Map<FeedClient, Timer>();

  constructor(config: Config, backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
    this.config = config;
    this.feeds = scheduledFeeds(config);
    this.tools = toolsFor(config, backend, clock);
  }

  /** Throws ConfigError and changes nothing when a schedule cannot be understood. */
  replace(config: Config): void {
    const feeds = scheduledFeeds(config);
    const { client } = this.tools;
    const keepsClient = clientKey(config) === clientKey(this.config);
    if (!keepsClient) this.#retire(client, this.config.limits.requestTimeoutMs);
    this.tools = toolsFor(config, this.#backend, this.#clock, keepsClient ? client : undefined);
    this.config = config;
    this.feeds = feeds;
  }

  async close(): Promise<void> {
    for (const timer of this.#retired.values()) timer.cancel();
    await Promise.all([this.tools.client, ...this.#retired.keys()].map((client) => client.close()));
  }

  /** Its requests end within their own deadline, so after twice that nothing needs it. */
  #retire(client: FeedClient, requestTimeoutMs: number): void {
    const end = () => {
      this.#retired.delete(client);
      void client.close();
    };
    this.#retired.set(client, this.#clock.startTimer(2 * requestTimeoutMs, end));
  }
}

/** What the feed client is built from; a reload that changes none of it keeps the open connections. */
function clientKey({ limits, network, contact, origins }: Config): string {
  return JSON.stringify([limits, network.feeds, contact, [...origins]]);
}

/** The tools of a poll under one configuration; `feedhook poll` uses the same. */
export function toolsFor(config: Config, backend: Backend, clock: Clock, client?: FeedClient): PollTools {
  const endpointsOf = new Map(config.feeds.map((feed) => [feed.id, feed.endpointIds]));
  const endpoints =
    config.endpoints.length > 0 ? config.endpoints : [{ id: 'stdout', events: ['entry.new' as const] }];
  return {
    clock,
    store: backend.store,
    queue: backend.deliveries,
    limits: config.limits,
    nextTick,
    client:
      client ??
      createFeedClient({
        clock,
        limits: config.limits,
        guard: createGuard({ audience: 'feeds', allow: config.network.feeds.allow }),
        userAgent: userAgent(config.contact),
        // Feeds with lanes of their own on one host must not wait for each other inside the client.
        connectionsTo: (origin) => requestsAtATime(origin, config.origins, config.limits.maxConcurrentLanes),
      }),
    fanOut: (feedId, events) => fanOut(events, endpointsOf.get(feedId), endpoints),
  };
}

/** Throws ConfigError for the schedules that are no cron expressions, all at once. */
export function scheduledFeeds(config: Config): DaemonFeed[] {
  const faults = config.feeds.flatMap(({ id, schedule }) => {
    const message = schedule && checkExpression(schedule.expression);
    return message === undefined ? [] : [{ file: config.file, path: `feed ${id}: schedule`, message }];
  });
  if (faults.length > 0) throw new ConfigError('config-invalid', faults);
  return config.feeds.map((feed) => ({
    ...feed,
    plan: planOf(feed),
    lane: laneOf(feed.url, feed.id, config.origins),
  }));
}

function planOf({
  id,
  intervalMs,
  defaultIntervalMs,
  schedule,
  documentHints,
}: FeedConfig): PolledFeed['plan'] {
  return {
    feedId: id,
    defaultIntervalMs,
    documentHints,
    ...(intervalMs !== undefined && { intervalMs }),
    ...(schedule && { schedule }),
  };
}
