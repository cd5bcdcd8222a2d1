// How the clients are told where the server, the sentinels or the cluster are, and how they behave while it is away.

import { getCACertificates } from 'node:tls';
import { createClient, type RedisConnectionClientType } from '@keyv/redis';
import { Cluster, type RedisOptions as Options, Redis } from 'ioredis';
import type { RedisNode, RedisStoreConfig } from '../../../config/config.ts';
import { callMs } from './in-time.ts';

export type RedisClient = Redis | Cluster;

/** `legacy`: arrays where RESP 3 has maps, as BullMQ and our scripts expect them. */
type RedisOptions = Options & { readonly replyMapping?: 'legacy' };

const connectMs = 4_000;

/** No sign of life for so long: the connection is given up, however alive it looks. */
const silenceMs = 2 * callMs;

/** So long a replica is endured: each command would otherwise make a connection. */
const replicaMs = 2_000;

/** Until the next attempt to connect: at most a second, and no two processes at once. */
export function backoff(attempts: number): number {
  return Math.round(Math.min(50 * 2 ** Math.min(attempts, 10), 800) * (0.75 + Math.random() / 2));
}

/** `more`: for what the client is used. Reconnects by itself, for ever; has a listener for `error`. */
export function openIoredis(config: RedisStoreConfig, more: RedisOptions): RedisClient {
  const client = config.topology === 'cluster' ? clusterOf(config, more) : serverOf(config, more);
  // Without one an error ends the process; each call rejects with its own.
  client.on('error', () => {});
  return client;
}

/** For one server, since all our keys have one master (see records.ts); not connected yet. */
export function createNodeRedis(config: RedisStoreConfig, node: RedisNode): RedisConnectionClientType {
  const { user, password, database, tls } = config;
  const socket = { host: node.host, port: node.port, connectTimeout: connectMs, reconnectStrategy: backoff };
  const client = createClient({
    socket: tls
      ? { ...socket, socketTimeout: silenceMs, tls: true, ...trust(config) }
      : { ...socket, socketTimeout: silenceMs },
    // So that only a dead connection is ever silent for too long.
    pingInterval: callMs,
    database,
    ...(user !== undefined && { username: user }),
    ...(password && { password: password.reveal() }),
    disableOfflineQueue: true,
  });
  return client as unknown as RedisConnectionClientType;
}

/** A short connection to one sentinel. */
export function openSentinel(config: RedisStoreConfig, { host, port }: RedisNode): Redis {
  const { sentinelPassword } = config;
  const client = new Redis({
    host,
    port,
    ...(sentinelPassword && { password: sentinelPassword.reveal() }),
    ...(config.tls && { tls: trust(config) }),
    retryStrategy: null,
    connectTimeout: connectMs,
    commandTimeout: connectMs,
    disconnectTimeout: 500,
    enableReadyCheck: false,
  });
  client.on('error', () => {});
  return client;
}

function serverOf(config: RedisStoreConfig, more: RedisOptions): Redis {
  const { topology, nodes, masterName, sentinelPassword } = config;
  const tls = config.tls && trust(config);
  const options: RedisOptions = { ...commonOf(config, more), retryStrategy: backoff };
  if (topology === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: nodes.map(({ host, port }) => ({ host, port })),
      name: masterName ?? '',
      // Nothing ends this wait, a close included.
      sentinelRetryStrategy: (attempts) => Math.min(backoff(attempts), 500),
      sentinelCommandTimeout: connectMs,
      ...(sentinelPassword && { sentinelPassword: sentinelPassword.reveal() }),
      ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    });
  }
  const [node] = nodes;
  return new Redis({ ...options, host: node?.host ?? '', port: node?.port ?? 6379 });
}

function clusterOf(config: RedisStoreConfig, { enableOfflineQueue = true, ...more }: RedisOptions): Cluster {
  return new Cluster([...config.nodes], {
    enableOfflineQueue,
    clusterRetryStrategy: backoff,
    slotsRefreshTimeout: connectMs,
    redisOptions: commonOf(config, more),
    // A certificate names a host, not the address that it has.
    ...(config.tls && { dnsLookup: (host, found) => found(null, host) }),
  });
}

function commonOf(config: RedisStoreConfig, more: RedisOptions): RedisOptions {
  const { user, password, database, tls } = config;
  return {
    ...(user !== undefined && { username: user }),
    ...(password && { password: password.reveal() }),
    ...(database > 0 && { db: database }),
    ...(tls && { tls: trust(config) }),
    connectTimeout: connectMs,
    // A stream that is closed already keeps the process alive for as long.
    disconnectTimeout: 500,
    socketTimeout: silenceMs,
    reconnectOnError: leavesReplica(),
    ...more,
  };
}

/** The server that we are connected to has become a replica: the master is elsewhere, or will be soon. */
function leavesReplica(): (error: Error) => boolean {
  let leftAt = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAt < replicaMs) return false;
    leftAt = performance.now();
    return true;
  };
}

function trust({ tls }: RedisStoreConfig): { ca?: string[] } {
  return tls?.ca === undefined ? {} : { ca: [...getCACertificates('default'), tls.ca] };
}
