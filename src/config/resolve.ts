// From the file as written to the Config as used: names with units, absolute paths, defaults handed down to each feed.

import { dirname, resolve } from 'node:path';
import type {
  Config,
  FeedAuth,
  FeedConfig,
  FeedNetwork,
  Limits,
  OriginConfig,
  StoreConfig,
} from './config.ts';
import type { Listen } from './net-values.ts';
import { endpointOf } from './resolve-endpoint.ts';
import { feedId } from './rules.ts';
import { type File, type FileFeed, fileSchema } from './schema.ts';
import { tokenDigest } from './secret.ts';
import { isRedisUrl, parseStoreUrl } from './store-url.ts';

/** `storeCa`: the certificates that the store URL names. */
export function resolveConfig(
  file: File,
  path: string,
  warnings: readonly string[],
  storeCa?: string,
): Config {
  const { defaults, network, server } = file;
  return {
    file: resolve(path),
    warnings,
    store: storeOf(file.store, dirname(resolve(path)), storeCa),
    ...(defaults.contact === undefined ? {} : { contact: defaults.contact }),
    startSpreadMs: file.startSpread,
    retentionMs: file.retention,
    limits: limitsOf(file.limits),
    network: { feeds: feedNetworkOf(network.feeds), webhooks: network.webhooks },
    origins: new Map(Object.entries(file.origins).map(([name, origin]) => [name, originOf(origin)])),
    endpoints: file.endpoints.map(endpointOf),
    feeds: file.feeds.map((feed) => feedOf(feed, defaults)),
    ...(server.listen === 'off' ? {} : { server: serverOf(server.listen, server.token) }),
    logLevel: file.log.level,
  };
}

const sqlitePrefix = 'sqlite:';

function storeOf(store: string, folder: string, ca: string | undefined): StoreConfig {
  const parsed = isRedisUrl(store) ? parseStoreUrl(store) : undefined;
  if (parsed && 'store' in parsed) {
    const { tls, ...rest } = parsed.store;
    return tls ? { ...rest, tls: ca === undefined ? {} : { ca } } : rest;
  }
  return { kind: 'sqlite', path: resolve(folder, store.slice(sqlitePrefix.length)) };
}

function serverOf(listen: Listen, token = ''): NonNullable<Config['server']> {
  return token === '' ? listen : { ...listen, tokenDigest: tokenDigest(token) };
}

function limitsOf(limits: File['limits']): Limits {
  return {
    minIntervalMs: limits.minInterval,
    connectTimeoutMs: limits.connectTimeout,
    headersTimeoutMs: limits.headersTimeout,
    bodyTimeoutMs: limits.bodyTimeout,
    requestTimeoutMs: limits.requestTimeout,
    maxInterimResponses: limits.maxInterimResponses,
    maxHeaderBytes: limits.maxHeaderSize,
    maxWireBytes: limits.maxWireSize,
    maxBodyBytes: limits.maxBodySize,
    maxRedirects: limits.maxRedirects,
    maxDepth: limits.maxDepth,
    maxReferences: limits.maxReferences,
    maxTags: limits.maxTags,
    maxEntries: limits.maxEntries,
    maxArchives: limits.maxArchives,
    floodLimit: limits.floodLimit,
    maxConcurrentLanes: limits.maxConcurrentLanes,
  };
}

/** What holds where no feeds.yaml is read. */
export const defaultLimits: Limits = limitsOf(fileSchema.shape.limits.parse(undefined));

function feedNetworkOf({ allow, ca, http2, proxy }: File['network']['feeds']): FeedNetwork {
  return { allow, http2, ...(ca !== undefined && { ca }), ...(proxy && { proxy }) };
}

function originOf({ scope, gap, concurrency, http2, ca, cert, key }: File['origins'][string]): OriginConfig {
  return {
    ...(scope && { scope }),
    ...(gap === undefined ? {} : { gapMs: gap }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(http2 === undefined ? {} : { http2 }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key && { key }),
  };
}

function feedOf(feed: FileFeed, defaults: File['defaults']): FeedConfig {
  const { interval, schedule, endpoints, filter, identity, auth } = feed;
  return {
    id: feedId(feed),
    url: feed.url,
    ...(interval === undefined ? {} : { intervalMs: interval }),
    defaultIntervalMs: defaults.interval,
    ...(schedule === undefined
      ? {}
      : { schedule: { expression: schedule, timezone: feed.timezone ?? 'UTC' } }),
    ...(endpoints && { endpointIds: [...new Set(endpoints)] }),
    ...(filter && { filter }),
    initial: feed.initial ?? defaults.initial,
    labels: feed.labels ?? [],
    documentHints: feed.documentHints ?? defaults.documentHints,
    rawContent: feed.rawContent ?? defaults.rawContent,
    ...(identity && { identity }),
    headers: feed.headers ?? {},
    ...(auth && { auth: authOf(auth) }),
    allowDowngrade: feed.allowDowngrade ?? false,
    staleProbe: feed.staleProbe ?? false,
  };
}

function authOf({ basic, bearer, preemptive = false }: NonNullable<FileFeed['auth']>): FeedAuth {
  if (basic) return { kind: 'basic', ...basic, isPreemptive: preemptive };
  // The schema has seen to it that there is one of the two.
  return { kind: 'bearer', token: bearer as NonNullable<typeof bearer> };
}
