// What a reload replaces: the configuration, the feeds made from it, and the tools of a poll with their
// client. Starts nothing; `feedhook poll` builds its one poll from the same pieces.

import type { Clock, Timer } from '../clock.ts';
import type { OriginConfig } from '../config/config.ts';
import { type Config, type FeedConfig, type Finding, keyPath } from '../config/load.ts';
import { templateFaults } from '../deliver/render/template.ts';
import { ConfigError } from '../errors.ts';
import { createFeedClient, type FeedClient } from '../fetch/client.ts';
import { createGuard, type OwnListener } from '../fetch/egress.ts';
import type { TlsSettings } from '../fetch/tls-context.ts';
import { type FanOutEndpoint, type FanOutFeed, fanOut } from '../outbox/fan-out.ts';
import { SeenDocuments } from '../parse/seen-documents.ts';
import { longestWalkMs } from '../poll/archive.ts';
import type { OutageNotes, PolledFeed, PollTools } from '../poll.ts';
import type { Backend } from '../ports.ts';
import { checkExpression, nextTick } from '../schedule/calendar.ts';
import { type Lane, laneOf, requestsAtATime } from '../schedule/lane.ts';
import { userAgent } from '../version.ts';
import { deniedHosts } from './denied-hosts.ts';

export type DaemonFeed = PolledFeed;

/** What a daemon has around its polls, and a command has not. */
export interface Surroundings {
  readonly outage?: OutageNotes;
  /** Where the daemon itself listens. */
  readonly own?: () => readonly OwnListener[];
  /** Outlives a reload. */
  readonly documents?: SeenDocuments;
}

/** One at a time in a daemon; has the lifetime of the daemon. */
export class World {
  config: Config;
  feeds: readonly DaemonFeed[];
  tools: PollTools;
  /** Aborted, it cuts off the requests to origins that still run. */
  readonly cutOff = new AbortController();
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #daemon: Surroundings;
  /** Clients of earlier configurations whose last requests may still run. */
  readonly #retired = new Map<FeedClient, Timer>();

  constructor(config: Config, backend: Backend, clock: Clock, daemon: Surroundings) {
    this.#backend = backend;
    this.#clock = clock;
    this.#daemon = { documents: new SeenDocuments(), ...daemon };
    this.config = config;
    this.feeds = scheduledFeeds(config);
    this.tools = toolsFor(config, backend, clock, this.#daemon);
  }

  /** Throws ConfigError and changes nothing when a feed cannot be polled as it is written. */
  replace(config: Config): void {
    const feeds = scheduledFeeds(config);
    const { client } = this.tools;
    const keepsClient = clientKey(config) === clientKey(this.config);
    if (!keepsClient) this.#retire(client, this.config.limits.requestTimeoutMs);
    const kept = keepsClient ? { client } : {};
    this.tools = toolsFor(config, this.#backend, this.#clock, { ...this.#daemon, ...kept });
    this.config = config;
    this.feeds = feeds;
  }

  /** Under the origins of now. */
  laneAt(url: string, { id }: DaemonFeed): Lane {
    return laneOf(url, id, this.config.origins);
  }

  async close(): Promise<void> {
    for (const timer of this.#retired.values()) timer.cancel();
    await Promise.all([this.tools.client, ...this.#retired.keys()].map((client) => client.close()));
  }

  /** Its requests end within their own deadline, so twice that after the last may have left nothing needs it. */
  #retire(client: FeedClient, requestTimeoutMs: number): void {
    const end = () => {
      this.#retired.delete(client);
      void client.close();
    };
    this.#retired.set(client, this.#clock.startTimer(2 * requestTimeoutMs + longestWalkMs, end));
  }
}

/** What the feed client is built from; a reload that changes none of it keeps the open connections. */
function clientKey({ limits, network, contact, origins }: Config): string {
  // A secret prints as `set`, which would not show that it has changed.
  const opened = [...origins].map(([host, origin]) => [host, { ...origin, key: origin.key?.reveal() }]);
  return JSON.stringify([limits, network.feeds, contact, opened]);
}

/** The tools of a poll under one configuration; `feedhook poll` uses the same. */
export function toolsFor(
  config: Config,
  backend: Backend,
  clock: Clock,
  { outage, own, client, documents }: Surroundings & { readonly client?: FeedClient } = {},
): PollTools {
  const feeds = new Map<string, FanOutFeed>(config.feeds.map((feed) => [feed.id, feed]));
  const endpoints = fanOutEndpoints(config);
  return {
    clock,
    store: backend.store,
    queue: backend.deliveries,
    limits: config.limits,
    maxArchives: config.limits.maxArchives,
    floodLimit: config.limits.floodLimit,
    nextTick,
    client: client ?? clientFor(config, clock, own),
    ...(outage && { outage }),
    ...(documents && { documents }),
    // What a feed left behind that is no longer in feeds.yaml goes where a feed without settings of its own goes.
    fanOut: (feedId, events) => fanOut(events, feeds.get(feedId) ?? { id: feedId, labels: [] }, endpoints),
  };
}

/** With no endpoint configured there is one: standard output. */
export function fanOutEndpoints({ endpoints }: Pick<Config, 'endpoints'>): readonly FanOutEndpoint[] {
  return endpoints.length > 0 ? endpoints : [{ id: 'stdout', events: ['entry.new'] }];
}

/** The client that feeds are asked with. */
export function clientFor(
  { limits, network, contact, origins }: Config,
  clock: Clock,
  own?: Surroundings['own'],
): FeedClient {
  const { feeds } = network;
  const originAt = (origin: string) => {
    const { host, hostname } = new URL(origin);
    return origins.get(host) ?? origins.get(hostname);
  };
  return createFeedClient({
    clock,
    limits,
    guard: createGuard({ audience: 'feeds', allow: feeds.allow, ...(own && { own }) }),
    userAgent: userAgent(contact),
    // Feeds with lanes of their own on one host must not wait for each other inside the client.
    connectionsTo: (origin) => requestsAtATime(origin, origins, limits.maxConcurrentLanes),
    tlsFor: (origin) => tlsOf(originAt(origin), feeds.ca),
    http2For: (origin) => originAt(origin)?.http2 ?? feeds.http2,
    ...(feeds.proxy && { proxy: feeds.proxy }),
  });
}

function tlsOf(origin: OriginConfig | undefined, caOfAll: string | undefined): TlsSettings {
  const { ca, cert, key } = origin ?? {};
  const authorities = [caOfAll, ca].filter((pem) => pem !== undefined).join('\n');
  return {
    ...(authorities !== '' && { ca: authorities }),
    ...(cert !== undefined && { cert }),
    ...(key && { key: key.reveal() }),
  };
}

/**
 * Schedules that are no cron expressions, templates that cannot be filled in, and hosts that may not be asked: given to
 * loadConfig, they have a line.
 */
export function unpollable(config: Config): Finding[] {
  const ofFeeds = config.feeds.flatMap(({ schedule }, index) =>
    wrongTime(schedule?.expression, ['feeds', index, 'schedule']),
  );
  const ofEndpoints = config.endpoints.flatMap(({ digest, quiet, template }, index) => [
    ...wrongTime(digest, ['endpoints', index, 'digest']),
    ...wrongTime(quiet?.from, ['endpoints', index, 'quiet', 'from']),
    ...wrongTime(quiet?.until, ['endpoints', index, 'quiet', 'until']),
    ...(template ? templateFaults(template, ['endpoints', index, 'template']) : []),
  ]);
  return [...ofFeeds, ...ofEndpoints, ...deniedHosts(config)];
}

function wrongTime(expression: string | undefined, path: Finding['path']): Finding[] {
  const message = expression === undefined ? undefined : checkExpression(expression);
  return message === undefined ? [] : [{ path, message }];
}

/** Throws ConfigError for what is unpollable, all at once, where it was not found while the file was read. */
export function scheduledFeeds(config: Config): DaemonFeed[] {
  const { file } = config;
  const faults = unpollable(config).map(({ path, message }) => ({ file, path: keyPath(path), message }));
  if (faults.length > 0) throw new ConfigError('config-invalid', faults);
  return config.feeds.map((feed) => ({ ...feed, plan: planOf(feed) }));
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
